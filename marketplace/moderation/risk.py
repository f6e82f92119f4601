"""What a moderator should look at twice: pure functions from a few facts to hints, each one sentence."""

from dataclasses import dataclass

from core.money import Money

ENOUGH = 8
NEW_DAYS = 14
SUCCESSES_OF_A_KNOWN_VENDOR = 3


@dataclass(frozen=True)
class Hint:
    """One reason to look twice: a stable code, two or three words for a chip, and the sentence behind them."""

    code: str
    chip: str
    sentence: str


@dataclass(frozen=True)
class Usual:
    """What most approved listings of a category cost: nine of ten lie between `low` and `high`, of `among` in all."""

    low: Money
    high: Money
    among: int


@dataclass(frozen=True)
class Standing:
    """A vendor's record with the moderators, and how many days it has been on the market."""

    approved: int = 0
    rejected: int = 0
    days: int = 0

    @property
    def words(self) -> str:
        """As it stands on a row of the queue: "41 approved, 2 rejected"."""
        if not self.approved and not self.rejected:
            return "first listing"
        return f"{self.approved} approved, {self.rejected} rejected"


def price_words(usual: Usual | None) -> str:
    """The usual range as a moderator reads it; empty where there are too few to say."""
    return "" if usual is None else f"usually {usual.low} to {usual.high}"


def price_hint(price: Money | None, usual: Usual | None) -> Hint | None:
    """A price outside of what most listings of the category cost. Says nothing without a price or of a small category."""
    if price is None or usual is None or usual.among < ENOUGH or price.currency != usual.low.currency:
        return None
    if price.amount == 0:
        return Hint("price_zero", "Free", f"It costs nothing; others here cost {usual.low} to {usual.high}.")
    if price < usual.low:
        return Hint(
            "price_low", "Low price", f"{price} is below what others here cost, {usual.low} to {usual.high}: bait?"
        )
    if usual.high < price:
        return Hint("price_high", "High price", f"{price} is above what others here cost, {usual.low} to {usual.high}.")
    return None


def standing_hint(standing: Standing) -> Hint | None:
    """A vendor that is new, or of which more was rejected than approved."""
    if standing.rejected >= 2 and standing.rejected > standing.approved:
        return Hint(
            "record_bad",
            "Poor record",
            f"More of this vendor's listings were rejected than approved: {standing.words}.",
        )
    if standing.approved < SUCCESSES_OF_A_KNOWN_VENDOR and standing.days < NEW_DAYS:
        words = f"On the market for {_days(standing.days)}, with {_listings(standing.approved)} approved so far."
        return Hint("vendor_new", "New vendor", words)
    return None


def duplicate_hint(*, own: int, others: int) -> Hint | None:
    """How many other listings of the category have the same title: of the same vendor, and of others."""
    if own:
        return Hint("duplicate_own", "Duplicate", f"The same vendor has {_listings(own)} of this title already.")
    if others:
        return Hint("duplicate_other", "Same title", f"Another vendor has {_listings(others)} of this title: copied?")
    return None


def picture_hint(pictures: int) -> Hint | None:
    """A listing without a picture."""
    return None if pictures else Hint("no_picture", "No picture", "Buyers see no picture of it.")


def _days(count: int) -> str:
    return "less than a day" if count < 1 else "1 day" if count == 1 else f"{count} days"


def _listings(count: int) -> str:
    return "a listing" if count == 1 else f"{count or 'no'} listings"
