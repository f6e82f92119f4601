"""What people keep, declared: staff who help people look into it; nobody changes it but whose it is."""

from core.audiences import OPERATIONS
from core.resources.declaration import EXACT, RANGE, F, Look, Resource
from marketplace.engagement.models import Favourite


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
