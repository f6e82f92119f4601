"""Who sees what people keep: they themselves, by routes of their own, and staff who help people. Vendors read counts only."""

from django.db.models import Q

from core.rules import NO_ROWS, Actor, Policy, Rows, granted, signed_in


def own(actor: Actor) -> Q:
    """What the actor keeps."""
    return Q(user=actor.user_id) if actor.is_signed_in else NO_ROWS


FAVOURITE = Policy(operations=Rows(view=granted("view_people")))
SAVED_SEARCH = Policy(
    storefront=Rows(view=own, create=signed_in, change=own, delete=own),
    operations=Rows(view=granted("view_people"), verbs={"mute": granted("edit_people")}),
)
