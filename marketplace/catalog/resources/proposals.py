"""What moderators judge beside listings themselves: their images, and changes that vendors propose; declared."""

from typing import Any

from core.audiences import OPERATIONS, VENDOR
from core.resources.declaration import ANY_OF, EXACT, F, Look, Resource
from marketplace.catalog import actions, shapes
from marketplace.catalog.models import Image, Revision

TEAM = VENDOR | OPERATIONS


def retriable(image: Any) -> bool:
    """May drawing it be tried again?"""
    return bool(image.may_be_retried)


class Images(Resource):
    model, group, icon = Image, "Catalogue", "image"
    fields = {
        "listing": F(filter=EXACT, expand=True),
        "alt_text": F(write=TEAM),
        "state": F(read=TEAM, filter=ANY_OF),
        "progress": F(
            read=TEAM,
            filter=ANY_OF,
            help="Pending until it is drawn, or failed; then `fault` says why. Buyers see it once it is ready.",
        ),
        "fault": F(read=TEAM, help="Why it could not be drawn; else empty."),
        "may_be_retried": F(
            read=TEAM,
            compute=retriable,
            type=bool,
            needs=("progress", "original", "state"),
            help="Drawing it failed for a reason that may pass. If not, send it again.",
            card=False,
        ),
        "position": F(),
        "width": F(),
        "height": F(),
        "colour": F(),
        "renditions": F(
            compute=shapes.renditions,
            type=list[shapes.Rendition],
            needs=("alt_text", "width", "height", "colour", "renditions"),
        ),
        "srcset": F(
            compute=shapes.srcset,
            type=shapes.Srcset,
            needs=("alt_text", "width", "height", "colour", "renditions"),
            card=False,
        ),
    }
    verbs = (actions.retry_image,)
    operations = {"update": actions.describe_image}
    order = ("listing_id", "position", "id")
    transfer = False
    look = Look(
        header="head",
        columns=("listing", "state", "progress", "fault", "position"),
        filters=("progress", "state", "listing"),
        facts=("listing", "state", "progress", "fault", "width", "height", "colour"),
        empty="No picture has been uploaded.",
    )


def field_names(revision: Any) -> str:
    """What it would change, in words."""
    return ", ".join(revision.proposed)


class Revisions(Resource):
    model, group, icon = Revision, "Catalogue", "difference"
    fields = {
        "listing": F(read=TEAM, filter=EXACT, expand=True),
        "changes": F(read=TEAM, compute=field_names, type=str, needs=("proposed",)),
        "proposed": F(
            read=TEAM,
            compute_for=shapes.proposed,
            type=dict[str, Any],
            needs=("proposed", "listing__category"),
            card=False,
        ),
        "status": F(read=TEAM, filter=ANY_OF),
        "status_since": F(read=TEAM, order=True),
        "judgement": F(read=TEAM),
        "created_at": F(read=TEAM),
    }
    verbs = (actions.approve_revision, actions.reject_revision, actions.withdraw_revision)
    order = ("-status_since", "-id")
    transfer = False
    look = Look(
        header="head",
        columns=("changes", "status", "status_since"),
        filters=("status",),
        facts=("listing", "changes", "proposed", "judgement", "created_at"),
        empty="No changes have been proposed.",
    )
