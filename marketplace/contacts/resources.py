"""The contact log, declared: read by vendors (their own) and by staff; nothing in it says who the visitor is."""

from core.audiences import OPERATIONS, VENDOR
from core.resources.declaration import ANY_OF, EXACT, RANGE, SUBTREE, F, Look, Resource
from core.resources.types import text
from marketplace.contacts.models import ContactClick

TEAM = VENDOR | OPERATIONS


def why(click: ContactClick) -> str:
    """The rule that gave a click its class, in a sentence."""
    return str(click.get_rule_display())


def category(click: ContactClick) -> str:
    """The category of what was contacted."""
    return str(click.listing.category)


class ContactClicks(Resource):
    model, group, icon = ContactClick, "Leads", "call"
    path = "contacts"
    fields = {
        "at": F(read=TEAM, order=True, filter=RANGE),
        "channel": F(read=TEAM, filter=ANY_OF, facet=True),
        "listing": F(read=TEAM, filter=EXACT, expand=True),
        "vendor": F(read=TEAM, filter=EXACT, expand=True),
        "category": F(
            read=TEAM,
            compute=category,
            type=text(80),
            needs=("listing__category",),
            filter=SUBTREE,
            through="listing__category",
            help="The name of the category in which it is listed now.",
        ),
        "city": F(read=TEAM, filter=EXACT, help="The place of what was contacted, not of who contacted."),
        "klass": F(read=TEAM, filter=ANY_OF, facet=True, help="Only valid ones count in figures and rankings."),
        "why": F(read=TEAM, compute=why, type=text(120), needs=("rule",), help="The rule that gave the class."),
        "agent_family": F(read=TEAM, filter=EXACT),
        "is_signed_in": F(read=TEAM),
    }
    order = ("-at", "-id")
    look = Look(
        columns=("at", "channel", "listing", "vendor", "city", "klass"),
        filters=("category", "vendor", "listing", "channel", "klass", "at"),
        facts=("category", "why", "agent_family", "is_signed_in"),
        empty="Nobody has pressed Call or WhatsApp yet.",
        help="Each press of Call or WhatsApp. Nothing here says who the visitor was.",
    )
