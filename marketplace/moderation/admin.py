"""Moderation in the sidebar: the queue is a place of its own, with the number of listings that wait."""

from core.admin.sidebar import Place, add_place, badge
from marketplace.catalog.models import Revision
from marketplace.moderation import screens

add_place(
    Place(
        group="Moderation",
        title="Queue",
        link=screens.queue_link,
        icon="rule",
        shown=lambda actor: actor.has("moderate_listings"),
        open_work=screens.pending,
        rank=10,
    )
)
badge(Revision, screens.changes_pending)
