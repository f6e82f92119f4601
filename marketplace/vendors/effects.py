"""What a verb does to a vendor's things, in numbers: higher domains say it here, so that this one need not know them."""

from collections.abc import Callable
from typing import Any

_suspending: list[Callable[[Any], str]] = []


def suspending(say: Callable[[Any], str]) -> Callable[[Any], str]:
    """Register what suspending a vendor does, as in "hides 38 listings"; an empty answer is left out."""
    _suspending.append(say)
    return say


def of_suspending(vendor: Any) -> str:
    """The sentence of the dialog."""
    said = [each for each in (say(vendor) for say in _suspending) if each]
    return f"Suspending {vendor} " + (" and ".join(said) if said else "takes it off the storefront") + "."


def of_reopening(vendor: Any) -> str:
    return f"{vendor} and everything of it that is approved goes back on the storefront."
