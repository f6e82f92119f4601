"""Documents on paper: A4 pages as PDF, with fonts of their own, and the same bytes for the same words."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.paper.drawing import Paper


def begun(*, title: str, at: datetime, foot: str = "") -> Paper:
    """A document with its title on the first page and `foot` at the foot of each. `at` is its moment: made again, it is the same file."""
    from core.paper.drawing import Paper  # it takes as much memory as a worker that never draws may have altogether

    return Paper(title=title, at=at, foot=foot)
