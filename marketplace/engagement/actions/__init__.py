"""The verbs of engagement."""

from marketplace.engagement.actions.counting import count_views, forget_views
from marketplace.engagement.actions.favourites import drop, keep
from marketplace.engagement.actions.searches import alert, change_search, mute, save_search, unsubscribe

__all__ = [
    "alert",
    "change_search",
    "count_views",
    "drop",
    "forget_views",
    "keep",
    "mute",
    "save_search",
    "unsubscribe",
]
