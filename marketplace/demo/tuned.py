"""How the demo market's search is tuned, and what people looked for there without finding it."""

from datetime import timedelta

from core.audiences import OPERATIONS
from core.resources import operations
from core.rules import actor_of, scope
from marketplace.catalog.models import Category, Listing
from marketplace.demo.agenda import as_of
from marketplace.demo.lives import Life
from marketplace.search.models import UnmetSearch
from marketplace.search.resources import PinnedResults, StopWords, Synonyms

SYNONYMS = (
    ("phone, handset, cell phone, smartphone", "", ""),
    ("sofa, couch, settee", "", ""),
    ("bodaboda, motorcycle, motorbike", "", ""),
    ("fridge", "refrigerator", ""),
    ("pickup", "hilux, double cab", "vehicles"),
)
STOP_WORDS = ("a", "an", "and", "for", "in", "of", "the", "with")
PINNED = "phone"
UNMET = (
    ("wheelbarrow", "", 41, "", "open"),
    ("solar water heater", "", 27, "", "open"),
    ("tuktuk", "vehicles", 19, "", "open"),
    ("samsing galaxy", "", 12, "samsung galaxy", "open"),
    ("goat", "", 9, "", "ignored"),
    ("beach plot kilifi", "property", 6, "", "open"),
)


def tune(life: Life) -> None:
    """Staff say what words mean and pin a phone or two; and there is work left for them."""
    admin = actor_of(life.town.users["admin@soko.example"], OPERATIONS)
    keys = dict(Category.objects.values_list("slug", "pk"))
    with as_of(life.now - timedelta(days=12)):
        for words, means, slug in SYNONYMS:
            operations.create(Synonyms, {"words": words, "means": means, "category": keys.get(slug)}, by=admin)
        for word in STOP_WORDS:
            operations.create(StopWords, {"word": word}, by=admin)
        shown = scope(admin, Listing).filter(status="approved", category__slug="smartphones").order_by("-price_minor")
        for position, listing in enumerate(shown[:2]):
            pin = {
                "query": PINNED,
                "listing": listing.pk,
                "position": position,
                "ends_at": life.now + timedelta(days=20),
            }
            operations.create(PinnedResults, pin, by=admin)
    UnmetSearch.objects.bulk_create(
        UnmetSearch(
            query=query, category_id=keys.get(slug), count=count, did_you_mean=meant, outcome=outcome,
            first_at=life.now - timedelta(days=20), last_at=life.now - timedelta(hours=3 * turn + 1),
        )
        for turn, (query, slug, count, meant, outcome) in enumerate(UNMET)
    )  # fmt: skip
