"""What the market keeps of a line: the fee of a rule, and which rule wins. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.money import Money


@dataclass(frozen=True)
class Terms:
    """One fee of one rule: so many hundredths of a percent and a fixed amount, within bounds; all in minor units.

    `vendor_id`, `category_id`, `listing_id` say for what; none of them: for everything. `currency` is that of the amounts, or
    empty where there are none. `rule_id` is the rule that says so.
    """

    rule_id: int
    fee: str
    basis_points: int = 0
    fixed: int = 0
    minimum: int = 0
    maximum: int | None = None
    currency: str = ""
    vendor_id: int | None = None
    category_id: int | None = None
    listing_id: int | None = None

    def of(self, base: Money) -> Money:
        """The fee of a line that is sold for so much: never less than the minimum, never more than the maximum."""
        found = base.share(self.basis_points).amount + self.fixed
        found = max(found, self.minimum)
        return Money(found if self.maximum is None else min(found, self.maximum), base.currency)


@dataclass(frozen=True)
class Sold:
    """What of a line decides which rules are for it. `path` are the categories from its own up to the root, nearest first."""

    vendor_id: int
    listing_id: int
    path: Sequence[int]
    currency: str


def winning(rules: Iterable[Terms], sold: Sold) -> dict[str, Terms]:
    """Of each fee the most specific rule that is for it, by fee in the order of their names.

    A listing's own comes before a vendor's, a vendor's before a category's, a nearer category's before one above it, and each
    before what is for everything. Of a vendor's, one that also names a category comes first. Rules of another currency do not count.
    """
    best: dict[str, tuple[tuple[int, int, int, int], Terms]] = {}
    for rule in rules:
        if not _is_for(rule, sold):
            continue
        depth = len(sold.path) - sold.path.index(rule.category_id) if rule.category_id is not None else 0
        rank = (int(rule.listing_id is not None), int(rule.vendor_id is not None), depth, -rule.rule_id)
        if rule.fee not in best or rank > best[rule.fee][0]:
            best[rule.fee] = (rank, rule)
    return {fee: best[fee][1] for fee in sorted(best)}


def _is_for(rule: Terms, sold: Sold) -> bool:
    return (
        rule.currency in ("", sold.currency)
        and rule.vendor_id in (None, sold.vendor_id)
        and rule.listing_id in (None, sold.listing_id)
        and (rule.category_id is None or rule.category_id in sold.path)
    )


def fees_of(base: Money, rules: Mapping[str, Terms], *, most: Money | None = None) -> dict[str, Money]:
    """What each fee takes of a line that is sold for so much. Together they never take more than `most`, or than the base."""
    left = base if most is None else most
    found = {}
    for fee, rule in rules.items():
        taken = rule.of(base)
        found[fee] = taken if taken <= left else left
        left = left - found[fee]
    return found
