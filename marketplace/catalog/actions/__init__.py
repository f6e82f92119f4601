"""The verbs of the catalogue."""

from marketplace.catalog.actions import changes
from marketplace.catalog.actions.categories import close_category, move, open_category
from marketplace.catalog.actions.changes import (
    apply_change,
    change_attribute,
    propose_change,
    undo_change,
    withdraw_change,
)
from marketplace.catalog.actions.definitions import archive_option, delete_option, restore_option, retoken
from marketplace.catalog.actions.images import (
    add_image,
    arrange_images,
    describe_image,
    discard_image,
    fail_image,
    finish_image,
    remove_image,
    retry_image,
)
from marketplace.catalog.actions.listings import (
    approve,
    archive,
    expire,
    pause,
    reject,
    renew,
    request_changes,
    resume,
    submit,
    take_back,
)
from marketplace.catalog.actions.lowstock import note_low_stock, note_low_stock_mailed
from marketplace.catalog.actions.options import create_option, create_value, delete_variant_option, delete_variant_value
from marketplace.catalog.actions.placements import change_placement, place_attribute
from marketplace.catalog.actions.reminders import remind
from marketplace.catalog.actions.revisions import (
    approve_revision,
    change_listing,
    change_listings,
    reject_revision,
    supersede,
    withdraw_revision,
)
from marketplace.catalog.actions.stock import adjust_stock, change_variant, count_stock, create_variant
from marketplace.catalog.actions.variants import generate_variants, match_values

__all__ = [
    "add_image",
    "adjust_stock",
    "apply_change",
    "approve",
    "approve_revision",
    "archive",
    "archive_option",
    "arrange_images",
    "change_attribute",
    "change_listing",
    "change_listings",
    "change_placement",
    "change_variant",
    "changes",
    "close_category",
    "count_stock",
    "create_option",
    "create_value",
    "create_variant",
    "delete_option",
    "delete_variant_option",
    "delete_variant_value",
    "describe_image",
    "discard_image",
    "expire",
    "fail_image",
    "finish_image",
    "generate_variants",
    "match_values",
    "move",
    "note_low_stock",
    "note_low_stock_mailed",
    "open_category",
    "pause",
    "place_attribute",
    "propose_change",
    "reject",
    "reject_revision",
    "remind",
    "remove_image",
    "renew",
    "request_changes",
    "restore_option",
    "resume",
    "retoken",
    "retry_image",
    "submit",
    "supersede",
    "take_back",
    "undo_change",
    "withdraw_change",
    "withdraw_revision",
]
