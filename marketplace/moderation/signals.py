"""Hints of higher domains: what they know of listings that a moderator should look at twice, said here so that moderation need
not know them."""

from collections.abc import Callable, Collection, Mapping, Sequence

from marketplace.catalog.models import Listing
from marketplace.moderation.risk import Hint

type Signal = Callable[[Collection[Listing]], Mapping[int, Sequence[Hint]]]
_signals: dict[str, Signal] = {}


def tells(signal: Signal) -> Signal:
    """Register one: it takes all listings of a page at once, and gives hints by their keys. No hint for a key that is given says
    that the listing was looked at, and that there is nothing to say of it."""
    _signals[f"{signal.__module__}.{signal.__qualname__}"] = signal
    return signal


def told_of(listings: Collection[Listing]) -> dict[int, list[Hint]]:
    """The hints of all signals, by the listings that one of them has looked at."""
    found: dict[int, list[Hint]] = {}
    for signal in _signals.values():
        for key, hints in signal(listings).items():
            found.setdefault(key, []).extend(hints)
    return found
