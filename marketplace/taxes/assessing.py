"""What tax a sale holds, or has put on top: pure sums over rates.

Each rate is rounded once for a sale, over everything that it taxes, and then shared out among lines and shipping by largest
remainder: the parts add up to the whole, and nobody can tell another sum from the same lines.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.money import Money


@dataclass(frozen=True)
class Rate:
    """So much of a price, of things in a category (None: all things) that are sent to a town and a province (empty: any) of one
    country.
    """

    name: str
    basis_points: int
    town: str = ""
    province: str = ""
    category: int | None = None
    covers_shipping: bool = True
    valid_from: date = date.min
    valid_until: date | None = None

    def holds(self, path: Sequence[int], *, town: str, on: date, province: str = "") -> bool:
        """Does it tax a thing of this category (and those above it) that is sent there, on that day?"""
        return (
            self.valid_from <= on
            and (self.valid_until is None or on <= self.valid_until)
            and (not self.town or folded(self.town) == folded(town))
            and (not self.province or folded(self.province) == folded(province))
            and (self.category is None or self.category in path)
        )


@dataclass(frozen=True)
class Taxable:
    """A line of a sale: what is paid for it, and its category with those above it, nearest first."""

    amount: Money
    path: tuple[int, ...] = ()


@dataclass(frozen=True)
class Assessment:
    """The tax of a sale: of each line, and of its shipping. `is_included`: within the prices, or on top of them."""

    lines: tuple[Money, ...]
    shipping: Money
    is_included: bool

    @property
    def total(self) -> Money:
        found = self.shipping
        for each in self.lines:
            found += each
        return found


def folded(town: str) -> str:
    """A town or a province as it is compared."""
    return " ".join(town.split()).casefold()


def rate_for(path: Sequence[int], rates: Sequence[Rate], *, town: str, on: date, province: str = "") -> Rate | None:
    """The one rate of a thing: of the nearest category; of those, the one that names the town; of those, the one that names the
    province; of those, the newest.
    """

    def nearness(rate: Rate) -> tuple[int, bool, bool, int]:
        steps = len(path) if rate.category is None else list(path).index(rate.category)
        return steps, not rate.town, not rate.province, -rate.valid_from.toordinal()

    fitting = [each for each in rates if each.holds(path, town=town, province=province, on=on)]
    return min(fitting, key=nearness, default=None)


def assess(
    lines: Sequence[Taxable],
    shipping: Money,
    rates: Sequence[Rate],
    *,
    town: str,
    on: date,
    is_included: bool,
    province: str = "",
) -> Assessment:
    """The tax of these lines and of sending them.

    Shipping goes with the goods: it is split over the lines by what they cost, and each part is taxed as its line is, where
    that rate covers shipping.
    """
    nothing = Money(0, shipping.currency)
    of_line = [rate_for(each.path, rates, town=town, province=province, on=on) for each in lines]
    carried = _carried(lines, shipping)
    groups: dict[Rate, list[int]] = defaultdict(list)
    for number, rate in enumerate(of_line):
        if rate is not None and rate.basis_points:
            groups[rate].append(number)
    taxes, on_shipping = [nothing] * len(lines), nothing
    for rate, numbers in groups.items():
        goods = [lines[number].amount for number in numbers]
        sent = sum((carried[number] for number in numbers), nothing) if rate.covers_shipping else nothing
        *parts, last = _shared([*goods, sent], rate.basis_points, is_included=is_included)
        for number, part in zip(numbers, parts, strict=True):
            taxes[number] = part
        on_shipping += last
    return Assessment(tuple(taxes), on_shipping, is_included)


def _carried(lines: Sequence[Taxable], shipping: Money) -> list[Money]:
    """What of the shipping is each line's: by what they cost, or evenly where nothing costs anything."""
    if not lines:
        return []
    weights = [each.amount.amount for each in lines]
    return shipping.share_out(weights if sum(weights) else [1] * len(lines))


def _shared(amounts: Sequence[Money], basis_points: int, *, is_included: bool) -> list[Money]:
    """The tax of all of these together, rounded once, and shared out among them."""
    whole = amounts[0]
    for each in amounts[1:]:
        whole += each
    if not whole.amount:
        return [whole] * len(amounts)
    tax = whole.within(basis_points) if is_included else whole.share(basis_points)
    return tax.share_out([each.amount for each in amounts])
