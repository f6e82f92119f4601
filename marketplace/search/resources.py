"""The search index, declared: read by those who look after the platform, changed by nobody."""

from core.audiences import AUDIENCES, OPERATIONS
from core.resources.declaration import EXACT, OPERATIONS_OF_AUDIENCE, F, Look, Resource
from core.resources.types import Id
from marketplace.search.models import Entry, KnownWord

NO_API = {audience.word: OPERATIONS_OF_AUDIENCE for audience in AUDIENCES}


def listing(entry: Entry) -> int:
    """The key of what it is an entry of, which may be gone."""
    return entry.listing_id


class SearchEntries(Resource):
    model, group, icon = Entry, "Platform", "manage_search"
    fields = {
        "title": F(read=OPERATIONS, search=True),
        "listing": F(
            read=OPERATIONS, compute=listing, type=Id, needs=("listing_id",), filter=EXACT, through="listing", help="Its key."
        ),
        "facts": F(read=OPERATIONS, search=True),
        "body": F(read=OPERATIONS, card=False),
        "is_shown": F(read=OPERATIONS, filter=EXACT, help="Buyers could see the listing when the entry was written."),
        "listing_version": F(read=OPERATIONS, help="The version of the listing that it tells of."),
        "indexed_at": F(read=OPERATIONS),
    }  # fmt: skip
    off = NO_API
    transfer = False
    look = Look(
        columns=("title", "listing", "facts", "is_shown", "listing_version", "indexed_at"),
        filters=("is_shown", "listing"),
        empty="Nothing is indexed yet.",
        help="The words by which each listing is found. They follow from the listings and cannot be edited.",
    )


class KnownWords(Resource):
    model, group, icon = KnownWord, "Platform", "spellcheck"
    fields = {
        "word": F(read=OPERATIONS, search=True, order=True),
        "cached_listings": F(read=OPERATIONS, order=True, help="How many listings on show have it."),
    }
    off = NO_API
    transfer = False
    order = ("-cached_listings", "word")
    look = Look(
        columns=("word", "cached_listings"),
        empty="No words are known yet.",
        help="What misspelt words are corrected to, and begun ones completed.",
    )
