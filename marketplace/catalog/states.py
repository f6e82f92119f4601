"""The states of listings, their images (whether they are shown, and whether they are drawn) and proposed revisions."""

from core.states import Moves

LISTING = Moves(
    "status",
    initial="draft",
    table=(
        ("draft", "submit", "pending"),
        ("changes_requested", "submit", "pending"),
        ("rejected", "submit", "pending"),
        ("pending", "approve", "approved"),
        ("pending", "reject", "rejected"),
        ("pending", "request_changes", "changes_requested"),
        ("approved", "take_back", "pending"),
        ("rejected", "take_back", "pending"),
        ("changes_requested", "take_back", "pending"),
        ("approved", "pause", "paused"),
        ("paused", "resume", "approved"),
        ("approved", "expire", "expired"),
        ("expired", "renew", "approved"),
        ("approved", "renew", "approved"),
        ("*", "archive", "archived"),
    ),
    tones={
        "pending": "warning",
        "changes_requested": "warning",
        "approved": "success",
        "paused": "info",
        "rejected": "danger",
        "expired": "info",
    },
)

#: A moderator has judged what buyers see: a vendor's edit of it waits as a revision.
JUDGED = ("approved", "paused", "expired")

REVISION = Moves(
    "status",
    initial="pending",
    table=(
        ("pending", "approve_revision", "applied"),
        ("pending", "reject_revision", "rejected"),
        ("pending", "withdraw_revision", "withdrawn"),
        ("pending", "supersede", "superseded"),
    ),
    tones={"pending": "warning", "applied": "success", "rejected": "danger"},
)

CHANGE = Moves(
    "status",
    initial="proposed",
    table=(
        ("proposed", "apply_change", "running"),
        ("running", "finish_change", "applied"),
        ("applied", "undo_change", "undoing"),
        ("undoing", "finish_undoing", "undone"),
        ("proposed", "withdraw_change", "withdrawn"),
    ),
    tones={"proposed": "warning", "running": "info", "applied": "success", "undoing": "info"},
)

IMAGE = Moves(
    "state",
    initial="proposed",
    table=(
        ("proposed", "show", "live"),
        ("proposed", "remove", "removed"),
        ("live", "remove", "removed"),
        ("proposed", "discard", "removed"),
    ),
    tones={"proposed": "warning", "live": "success"},
)

#: How far the pipeline is with an image. One that was made whole needs none of it.
DRAWING = Moves(
    "progress",
    initial="ready",
    table=(
        ("ready", "receive", "pending"),
        ("pending", "draw", "ready"),
        ("pending", "fail", "failed"),
        ("failed", "retry_image", "pending"),
    ),
    tones={"pending": "warning", "ready": "success", "failed": "danger"},
)
