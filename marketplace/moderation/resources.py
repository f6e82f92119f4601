"""Decisions, declared: read by moderators and by those who watch."""

from core.audiences import OPERATIONS
from core.resources.declaration import ANY_OF, EXACT, RANGE, F, Look, Resource
from core.resources.types import text
from marketplace.moderation.models import Decision


class Decisions(Resource):
    model, group, icon = Decision, "Moderation", "gavel"
    fields = {
        "at": F(read=OPERATIONS, order=True, filter=RANGE),
        "verdict": F(read=OPERATIONS, filter=ANY_OF, facet=True),
        "subject": F(read=OPERATIONS, filter=ANY_OF, facet=True),
        "about": F(
            read=OPERATIONS, compute=Decision.about, type=text(140), needs=("listing__title", "vendor__name"),
            help="The title of what was judged.",
        ),
        "listing": F(read=OPERATIONS, filter=EXACT, expand=True),
        "vendor": F(read=OPERATIONS, filter=EXACT, expand=True),
        "reason": F(read=OPERATIONS),
        "by_name": F(read=OPERATIONS),
        "by_id": F(read=OPERATIONS, filter=EXACT),
        "waited_seconds": F(read=OPERATIONS, help="How long it had waited."),
    }  # fmt: skip
    order = ("-at", "-id")
    look = Look(
        columns=("at", "verdict", "about", "vendor", "by_name", "reason"),
        filters=("verdict", "subject", "vendor", "at"),
        empty="Nothing has been decided yet.",
    )
