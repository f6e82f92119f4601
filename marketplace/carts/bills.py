"""What a cart costs: goods, less discounts, plus shipping and tax, for each vendor and each line. Pure sums."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.money import Money
from marketplace.carts.queries import Contents, Line, Share
from marketplace.shipping.queries import Choice


@dataclass(frozen=True)
class LineBill:
    """What one line costs. `by_market` is that part of the discount which the market bears, and not its vendor.

    `tax` is what the line holds of tax: within its price where prices include tax, on top of it where they do not.
    """

    line: Line
    discount: Money
    by_market: Money
    tax: Money

    @property
    def goods(self) -> Money:
        return self.line.total


@dataclass(frozen=True)
class ShareBill:
    """What one vendor's share costs. `by_market` is what the market bears of `shipping_discount`.

    `sent_by` is how it is sent, and `choices` how it could be; a vendor who has no method sends for nothing.
    """

    share: Share
    lines: tuple[LineBill, ...]
    shipping: Money
    shipping_discount: Money
    shipping_by_market: Money
    shipping_tax: Money
    tax_is_included: bool
    sent_by: Choice | None = None
    choices: tuple[Choice, ...] = ()

    @property
    def goods(self) -> Money:
        """At the prices of the lines, before anything is taken off."""
        return self.share.total

    @property
    def discount(self) -> Money:
        """All that is taken off, of goods and of shipping."""
        return total(self.shipping_discount, (each.discount for each in self.lines))

    @property
    def by_market(self) -> Money:
        """What the market bears of the discount."""
        return total(self.shipping_by_market, (each.by_market for each in self.lines))

    @property
    def tax(self) -> Money:
        """Of goods and of shipping."""
        return total(self.shipping_tax, (each.tax for each in self.lines))

    @property
    def total(self) -> Money:
        """What the buyer pays for it."""
        net = self.goods - self.discount + self.shipping
        return net if self.tax_is_included else net + self.tax


@dataclass(frozen=True)
class Bill:
    """What a whole cart costs."""

    shares: tuple[ShareBill, ...]

    @property
    def total(self) -> Money | None:
        """None where nothing can be bought: there is no amount without a currency."""
        if not self.shares:
            return None
        first, *rest = (each.total for each in self.shares)
        return total(first, rest)

    @property
    def discount(self) -> Money | None:
        """All that is taken off; None where nothing can be bought."""
        if not self.shares:
            return None
        first, *rest = (each.discount for each in self.shares)
        return total(first, rest)


def bill(found: Contents) -> Bill:
    """The bill of a cart as it stands: nothing taken off, nothing shipped, no tax."""
    return Bill(tuple(_plain(share) for share in found.shares))


def _plain(share: Share) -> ShareBill:
    nothing = Money(0, share.total.currency)
    lines = tuple(LineBill(line, nothing, nothing, nothing) for line in share.lines)
    return ShareBill(share, lines, nothing, nothing, nothing, nothing, tax_is_included=True)


def total(start: Money, amounts: Iterable[Money]) -> Money:
    """All of these together, and what there was before."""
    for each in amounts:
        start += each
    return start
