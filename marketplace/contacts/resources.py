"""The contact log, declared: read by vendors (their own) and by staff; nothing in it says who the visitor is."""

from core.audiences import OPERATIONS, VENDOR
from core.resources.declaration import ANY_OF, EXACT, RANGE, F, Look, Resource
from core.resources.types import text
from marketplace.contacts.models import ContactClick

TEAM = VENDOR | OPERATIONS


def why(click: ContactClick) -> str:
    """The rule that gave a click its class, in a sentence."""
    return str(click.get_rule_display())


class ContactClicks(Resource):
    model, group, icon = ContactClick, "Leads", "call"
    path = "contacts"
    fields = {
        "at": F(read=TEAM, order=True, filter=RANGE),
        "channel": F(read=TEAM, filter=ANY_OF, facet=True),
        "listing": F(read=TEAM, filter=EXACT, expand=True),
        "vendor": F(read=TEAM, filter=EXACT, expand=True),
        "city": F(read=TEAM, filter=EXACT, help="The place of what was contacted, not of who contacted."),
        "klass": F(read=TEAM, filter=ANY_OF, facet=True, help="Only valid ones count in figures and rankings."),
        "why": F(read=TEAM, compute=why, type=text(120), needs=("rule",), help="The rule that gave the class."),
        "agent_family": F(read=TEAM, filter=EXACT),
        "is_signed_in": F(read=TEAM),
    }
    order = ("-at", "-id")
    look = Look(
        columns=("at", "channel", "listing", "vendor", "city", "klass"),
        filters=("channel", "klass", "vendor", "listing", "at"),
        facts=("why", "agent_family", "is_signed_in"),
        empty="Nobody has pressed Call or WhatsApp yet.",
        help="Each press of Call or WhatsApp. Nothing here says who the visitor was.",
    )
