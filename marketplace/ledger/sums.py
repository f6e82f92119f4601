"""How a sale is split, and what of it goes back when some of it is refunded. Pure: whole numbers of one currency, no database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.money import allocate


@dataclass(frozen=True)
class Split:
    """What one line of a share, or its shipping, brings to whom. `paid` and `borne` are what all the others add up to.

    `paid` by the buyer, `borne` by the market (its own discount); `tax` is what the market remits; `fees` are what it keeps;
    `vendor` is what is left. `quantity` are the pieces.
    """

    paid: int
    borne: int = 0
    tax: int = 0
    fees: Mapping[str, int] = field(default_factory=dict)
    vendor: int = 0
    quantity: int = 0

    def __add__(self, other: "Split") -> "Split":
        return self._with(other, 1)

    def __sub__(self, other: "Split") -> "Split":
        return self._with(other, -1)

    def __neg__(self) -> "Split":
        return NOTHING - self

    def _with(self, other: "Split", sign: int) -> "Split":
        names = [*self.fees, *(name for name in other.fees if name not in self.fees)]
        return Split(
            self.paid + sign * other.paid,
            self.borne + sign * other.borne,
            self.tax + sign * other.tax,
            {name: self.fees.get(name, 0) + sign * other.fees.get(name, 0) for name in names},
            self.vendor + sign * other.vendor,
            self.quantity + sign * other.quantity,
        )

    @property
    def balances(self) -> bool:
        """Does what comes in equal what is handed out?"""
        return self.paid + self.borne == self.tax + sum(self.fees.values()) + self.vendor


NOTHING = Split(0)


def sale(*, paid: int, borne: int, tax: int, fees: Mapping[str, int], market_remits: bool, quantity: int = 0) -> Split:
    """The split of what the buyer paid: the vendor is owed as if the market had given no discount, less the fees.

    Tax is the vendor's to remit, and within what it gets, unless the market remits it. Fees take no more than there is.
    """
    remitted = min(tax, paid + borne) if market_remits else 0
    left, kept = paid + borne - remitted, {}
    for name, fee in fees.items():
        kept[name] = min(fee, left)
        left -= kept[name]
    return Split(paid, borne, remitted, kept, left, quantity)


def portion(whole: int, part: int, of: int) -> int:
    """What of a whole belongs to a part of something, rounded half up. Grows with the part and never turns back."""
    return allocate(whole, [part, of - part])[0] if of else 0


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """An amount of at most their sum, over these weights, each part rounded from what is left.

    Unlike the method of largest remainders no part ever shrinks when the amount grows, and no part exceeds its weight: so what
    is given back in steps is the same as what is given back at once.
    """
    parts, left, weight = [], amount, sum(weights)
    for each in weights:
        part = portion(left, each, weight)
        parts.append(part)
        left, weight = left - part, weight - each
    return parts


def taken_back(sold: Split, *, paid: int, quantity: int) -> Split:
    """What of a sale is undone once so much of what was paid has gone back: the same however many refunds that took.

    Of a line that cost the buyer nothing, the pieces that came back decide. Never more than was sold; all of it when all went back.
    """
    part, of = (min(paid, sold.paid), sold.paid) if sold.paid else (min(quantity, sold.quantity), sold.quantity)
    borne = portion(sold.borne, part, of)
    back = (part if sold.paid else 0) + borne
    names = list(sold.fees)
    *fees, tax, vendor = spread(back, [*(sold.fees[name] for name in names), sold.tax, sold.vendor])
    return Split(
        part if sold.paid else 0, borne, tax, dict(zip(names, fees, strict=True)), vendor, min(quantity, sold.quantity)
    )


def over_what_is_left(amount: int, left: Sequence[int]) -> list[int]:
    """An amount over what is left of each, in proportion, by largest remainders; what exceeds all of it is nobody's."""
    whole = sum(left)
    return allocate(min(amount, whole), left) if whole else [0 for _ in left]
