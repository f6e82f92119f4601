"""The search index, declared: read by those who look after the platform, changed by nobody. And how staff tune what it finds."""

from core.audiences import AUDIENCES, OPERATIONS
from core.resources.declaration import ANY_OF, EXACT, IS_SET, OPERATIONS_OF_AUDIENCE, RANGE, F, Look, Resource
from core.resources.types import Id
from marketplace.search import actions
from marketplace.search.models import Entry, KnownWord, PinnedResult, StopWord, Synonym, UnmetSearch

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
        "refusal": F(read=OPERATIONS, card=False, filter=IS_SET, help="Why OpenSearch does not hold it; empty where it does."),
    }  # fmt: skip
    off = NO_API
    transfer = False
    look = Look(
        columns=("title", "listing", "facts", "is_shown", "listing_version", "indexed_at"),
        filters=("is_shown", "listing", "refusal"),
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


class Synonyms(Resource):
    model, group, icon = Synonym, "Search", "sync_alt"
    fields = {
        "words": F(read=OPERATIONS, write=OPERATIONS, search=True),
        "means": F(read=OPERATIONS, write=OPERATIONS, search=True),
        "category": F(read=OPERATIONS, write=OPERATIONS, filter=EXACT, expand=True),
        "updated_at": F(read=OPERATIONS),
    }
    order = ("words", "id")
    look = Look(
        columns=("words", "means", "category", "updated_at"),
        filters=("category",),
        empty="No word stands for another yet.",
        help="Words that mean the same to search, from the moment they are saved. Try a query on the tuning page to see what they do.",
    )


class StopWords(Resource):
    model, group, icon = StopWord, "Search", "block"
    fields = {
        "word": F(read=OPERATIONS, write=OPERATIONS, search=True, filter=EXACT, order=True),
        "updated_at": F(read=OPERATIONS),
    }
    order = ("word",)
    key = ("word",)
    look = Look(
        columns=("word", "updated_at"),
        empty="Every word counts.",
        help="Words that search passes over. A query of nothing else is asked as it is.",
    )


class PinnedResults(Resource):
    model, group, icon = PinnedResult, "Search", "push_pin"
    fields = {
        "query": F(read=OPERATIONS, write=OPERATIONS, search=True, filter=EXACT),
        "category": F(read=OPERATIONS, write=OPERATIONS, filter=EXACT, expand=True),
        "listing": F(read=OPERATIONS, write=OPERATIONS, filter=EXACT, expand=True),
        "position": F(read=OPERATIONS, write=OPERATIONS),
        "starts_at": F(read=OPERATIONS, write=OPERATIONS, filter=RANGE),
        "ends_at": F(read=OPERATIONS, write=OPERATIONS, filter=RANGE),
    }
    order = ("query", "position", "id")
    look = Look(
        columns=("query", "listing", "category", "position", "starts_at", "ends_at"),
        filters=("category", "starts_at", "ends_at"),
        empty="Nothing is pinned: what fits best comes first.",
        help="Listings that stand before all others for a query, while they are on show and fit its filters.",
    )


class UnmetSearches(Resource):
    model, group, icon = UnmetSearch, "Search", "search_off"
    fields = {
        "query": F(read=OPERATIONS, search=True),
        "category": F(read=OPERATIONS, filter=EXACT, expand=True),
        "count": F(read=OPERATIONS, order=True, help="By so many people, each counted once in half an hour."),
        "did_you_mean": F(read=OPERATIONS, help="What was found instead, the last time; empty where nothing was."),
        "outcome": F(read=OPERATIONS, filter=ANY_OF),
        "first_at": F(read=OPERATIONS, card=False),
        "last_at": F(read=OPERATIONS, order=True, filter=RANGE),
    }
    verbs = (actions.make_synonym, actions.pin_listing, actions.ignore, actions.watch)
    order = ("-count", "-id")
    look = Look(
        columns=("query", "category", "count", "did_you_mean", "last_at", "outcome"),
        filters=("outcome", "category", "last_at"),
        empty="Everything that people look for is found.",
        help="What people asked without any listing having the words, the most frequent first. Nothing tells who asked. Forgotten "
        "after 90 days without a new asker.",
    )
