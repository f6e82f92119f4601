"""Hints of higher domains: what they know of listings that a moderator should look at twice, said here so that moderation need
not know them."""

from collections.abc import Callable, Collection, Mapping, Sequence

from marketplace.catalog.models import Listing
from marketplace.moderation.risk import Hint

type Signal = Callable[[Collection[Listing]], Mapping[int, Sequence[Hint]]]
_signals: dict[str, Signal] = {}


def tells(signal: Signal) -> Signal:
    """Register one: it takes all listings of a page at once, and gives hints by their keys."""
    _signals[f"{signal.__module__}.{signal.__qualname__}"] = signal
    return signal


def told_of(listings: Collection[Listing]) -> dict[int, list[Hint]]:
    """The hints of all signals, by listing."""
    found: dict[int, list[Hint]] = {row.pk: [] for row in listings}
    for signal in _signals.values():
        for key, hints in signal(listings).items():
            found[key] += hints
    return found
