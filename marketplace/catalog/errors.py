"""What the catalogue refuses, in sentences."""

from core.errors import Conflict, InUse, Invalid


class ListingIncomplete(Conflict):
    code = "listing_incomplete"
    sentence = "Complete the listing first: {missing}"


class RevisionOutdated(Conflict):
    code = "revision_outdated"
    sentence = "These changes no longer fit the listing's category: {why}"


class ChangesWait(Conflict):
    code = "changes_wait"
    sentence = "Its vendor has proposed changes since; judge those first."


class DefinitionBreaks(Conflict):
    code = "definition_breaks"
    sentence = "It would no longer fit what some listings hold ({count}), such as {samples}: propose a definition change, which maps them."


class ChangeRuns(Conflict):
    code = "change_runs"
    sentence = "Another change of {attribute} is running; wait until it is done."


class CategoryHasListings(Conflict):
    code = "category_has_listings"
    sentence = "There are listings in {category} or below it ({count}); move them to another category first."


class CategoryCycle(Conflict):
    code = "category_cycle"
    sentence = "{category} cannot be inside itself or something below it."


class ParentClosed(Conflict):
    code = "parent_closed"
    sentence = "Open {parent} first: a category is open only where the one above it is."


class UnknownCategory(Invalid):
    code = "unknown_category"
    sentence = "There is no such category."


class OptionInUse(InUse):
    code = "option_in_use"
    sentence = "{option} is used by listings ({count}); archive it, so that they keep it and no new one takes it."


class NotEnoughStock(Conflict):
    code = "not_enough_stock"
    sentence = "Only {free} of {sku} are free, so {wanted} cannot be taken."


class FreeListingsUsed(Conflict):
    code = "free_listings_used"
    sentence = "All {free} free places in {category} are taken: {used} of your listings stand or wait there. Archive one first."


class StockMoved(Conflict):
    code = "stock_moved"
    sentence = "By now {on_hand} of {sku} are on hand, not {said}; count again."


class TooManyOptions(Conflict):
    code = "too_many_options"
    sentence = "A listing has at most {most} options, such as size and colour."


class TooManyValues(Conflict):
    code = "too_many_values"
    sentence = "An option has at most {most} values."


class TooManyVariants(Conflict):
    code = "too_many_variants"
    sentence = "A listing has at most {most} variants; these would make {count}."


class OptionsIncomplete(Conflict):
    code = "options_incomplete"
    sentence = "{missing}"


class ValueInUse(InUse):
    code = "value_in_use"
    sentence = "{name} is what some variants stand for ({count}); match them to other values first."


class UnknownValues(Invalid):
    code = "unknown_values"
    sentence = "{why}"


class TooManyImages(Conflict):
    code = "too_many_images"
    sentence = "A listing has at most {most} images; remove one first."


class UnknownImage(Invalid):
    code = "unknown_image"
    sentence = "Name each image of this listing once."


class ImageRefused(Invalid):
    code = "image_refused"
    sentence = "{why}"


class PicturesPending(Conflict):
    code = "pictures_pending"
    sentence = "Some of its pictures ({count}) are still being drawn, so nobody has seen them; judge it in a moment."


class PictureGone(Conflict):
    code = "picture_gone"
    sentence = "This picture cannot be drawn again; remove it and upload it anew."


class NoDirectUpload(Conflict):
    code = "no_direct_upload"
    sentence = "Files are kept on this server: send the picture itself to /listings/{listing}/images."


class UploadUnknown(Invalid):
    code = "upload_unknown"
    sentence = "This upload was not asked for here, has ended, or its file has not arrived; ask for a new one."
