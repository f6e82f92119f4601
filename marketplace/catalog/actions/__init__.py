"""The verbs of the catalogue."""

from marketplace.catalog.actions import changes
from marketplace.catalog.actions.categories import close_category, move, open_category
from marketplace.catalog.actions.changes import (
    apply_change,
    change_attribute,
    propose_change,
    undo_change,
    withdraw_change,
)
from marketplace.catalog.actions.definitions import archive_option, delete_option, restore_option, retoken
from marketplace.catalog.actions.images import add_image, arrange_images, describe_image, discard_image, remove_image
from marketplace.catalog.actions.listings import (
    approve,
    archive,
    expire,
    pause,
    reject,
    renew,
    request_changes,
    resume,
    submit,
    take_back,
)
from marketplace.catalog.actions.reminders import remind
from marketplace.catalog.actions.revisions import (
    approve_revision,
    change_listing,
    reject_revision,
    supersede,
    withdraw_revision,
)
from marketplace.catalog.actions.stock import adjust_stock, create_variant

__all__ = [
    "add_image",
    "adjust_stock",
    "apply_change",
    "approve",
    "approve_revision",
    "archive",
    "archive_option",
    "arrange_images",
    "change_attribute",
    "change_listing",
    "changes",
    "close_category",
    "create_variant",
    "delete_option",
    "describe_image",
    "discard_image",
    "expire",
    "move",
    "open_category",
    "pause",
    "propose_change",
    "reject",
    "reject_revision",
    "remind",
    "remove_image",
    "renew",
    "request_changes",
    "restore_option",
    "resume",
    "retoken",
    "submit",
    "supersede",
    "take_back",
    "undo_change",
    "withdraw_change",
    "withdraw_revision",
]
