"""What people keep, declared: staff who help people look into it; nobody changes it but whose it is."""

from core.audiences import OPERATIONS, STOREFRONT
from core.resources.declaration import ANY_OF, EXACT, RANGE, F, Look, Resource
from core.rules import Actor
from marketplace.engagement import actions
from marketplace.engagement.models import Favourite, SavedSearch


class Favourites(Resource):
    model, group, icon = Favourite, "Leads", "favorite"
    fields = {
        "user": F(read=OPERATIONS, filter=EXACT, expand=True),
        "listing": F(read=OPERATIONS, filter=EXACT, expand=True),
        "at": F(read=OPERATIONS, filter=RANGE),
    }
    transfer = False
    look = Look(
        columns=("user", "listing", "at"),
        filters=("listing", "at"),
        empty="Nobody keeps a listing in view yet.",
        help="Vendors read how many people keep a listing, and never who.",
    )


def oneself(actor: Actor) -> int | None:
    """Whoever saves a search."""
    return actor.user_id


class SavedSearches(Resource):
    model, group, icon = SavedSearch, "Leads", "saved_search"
    fields = {
        "name": F(write=STOREFRONT, search=True),
        "query": F(
            write=STOREFRONT,
            help="What the list of listings is asked, as in its address: `q=bicycle&category=bikes&price_max=500000`. What the list "
            "refuses is refused.",
        ),
        "frequency": F(write=STOREFRONT, filter=ANY_OF),
        "alerted_at": F(),
        "created_at": F(),
        "user": F(read=OPERATIONS, filter=EXACT, expand=True, preset=oneself),
    }
    verbs = (actions.mute,)
    operations = {"create": actions.save_search, "update": actions.change_search}
    off = {"storefront": ("bulk",)}
    transfer = False
    look = Look(
        columns=("name", "user", "query", "frequency", "alerted_at"),
        filters=("frequency",),
        empty="Nobody keeps a search yet.",
        help="Searches that people keep, and hear about when something new fits. Mute one for somebody who asks for it.",
    )
