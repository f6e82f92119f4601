"""What of each line, and of each share's shipping, has not gone back to the buyer and is not on its way back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Sum

from core.money import Money, allocate
from marketplace.orders.models import LineReduction, OrderLine, RefundPart, VendorOrder
from marketplace.orders.sums import total_of
from marketplace.payments.states import HELD


@dataclass(frozen=True)
class Portion:
    """So much of a line, or of a shipping where `line` is None: what one part of a refund says."""

    share: VendorOrder
    line: OrderLine | None
    quantity: int
    minor: int
    tax_minor: int


@dataclass(frozen=True)
class Rest:
    """What of a line, or of a shipping where `line` is None, has neither gone back nor been promised back."""

    share: VendorOrder
    line: OrderLine | None
    quantity: int
    minor: int
    tax_minor: int

    def whole(self) -> Portion:
        """All of it."""
        return Portion(self.share, self.line, self.quantity, self.minor, self.tax_minor)

    def of_pieces(self, count: int) -> Portion:
        """What so many of the pieces that are left cost; the last ones bring the exact rest, whatever was given back before."""
        if count >= self.quantity:
            return self.whole()
        return self.of_amount(allocate(self.minor, [count, self.quantity - count])[0], quantity=count)

    def of_amount(self, minor: int, *, quantity: int = 0) -> Portion:
        """This much of its money, with the tax in proportion."""
        tax = allocate(self.tax_minor, [minor, self.minor - minor])[0] if self.minor else self.tax_minor
        return Portion(self.share, self.line, quantity, minor, tax)


def held_parts() -> QuerySet[RefundPart]:
    """The parts of refunds that count: given back, or promised."""
    return RefundPart.objects.filter(refund__status__in=HELD)


def rests_of(shares: Sequence[VendorOrder]) -> list[Rest]:
    """What is left of these shares: of each its lines in the order of their keys, then its shipping. What somebody gave up is
    settled, by other means or for good."""
    return _less_what_went(shares, held_parts() | RefundPart.objects.filter(refund__status="given_up"))


def refundable_of(shares: Sequence[VendorOrder]) -> list[Rest]:
    """The same where people of the market say on purpose what is to go back: what was given up is left like the rest."""
    return _less_what_went(shares, held_parts())


def _less_what_went(shares: Sequence[VendorOrder], counted: QuerySet[RefundPart]) -> list[Rest]:
    keys = [share.pk for share in shares]
    gone: dict[tuple[int, int | None], tuple[int, int, int]] = {
        (each["vendor_order"], each["line"]): (each["pieces"], each["minor"], each["tax"])
        for each in counted.filter(vendor_order__in=keys)
        .order_by()
        .values("vendor_order", "line")
        .annotate(pieces=Sum("quantity"), minor=Sum("amount_minor"), tax=Sum("tax_minor"))
    }
    lines: dict[int, list[OrderLine]] = {key: [] for key in keys}
    for line in _with_pieces(keys):
        lines[line.vendor_order_id].append(line)
        pieces, minor, tax = gone.get((line.vendor_order_id, line.pk), (0, 0, 0))
        worthless = max(line.given_pieces - line.named_pieces, 0)
        gone[line.vendor_order_id, line.pk] = (pieces + worthless, minor, tax)
    return [rest for share in shares for rest in _of_share(share, lines[share.pk], gone)]


def _with_pieces(shares: Sequence[int]) -> QuerySet:
    """The lines of these shares, each with the pieces of it that were given up, and those that refunds named.

    Pieces that were worth less than half a minor unit came to no refund: they were given up all the same, and what is left of the
    money is that of the others. One that is tried again names the same pieces.
    """
    of_line = {"line": OuterRef("pk")}
    return (
        OrderLine.objects.filter(vendor_order__in=shares)
        .select_related("variant")
        .annotate(
            given_pieces=total_of(LineReduction.objects.filter(**of_line), "line", "quantity"),
            named_pieces=total_of(RefundPart.objects.filter(**of_line, refund__repeats=None), "line", "quantity"),
        )
        .order_by("pk")
    )


def _of_share(
    share: VendorOrder, lines: Iterable[OrderLine], gone: dict[tuple[int, int | None], tuple[int, int, int]]
) -> list[Rest]:
    found = []
    for line in lines:
        pieces, minor, tax = gone.get((share.pk, line.pk), (0, 0, 0))
        paid = line.paid(tax_is_included=share.tax_is_included).amount
        found.append(Rest(share, line, *_less((line.quantity, paid, line.tax_minor), (pieces, minor, tax))))
    _none, minor, tax = gone.get((share.pk, None), (0, 0, 0))
    shipping = _less((0, share.shipping_paid.amount, share.shipping_tax_minor), (0, minor, tax))
    return [*found, Rest(share, None, *shipping)]


def _less(whole: tuple[int, int, int], gone: tuple[int, int, int]) -> tuple[int, int, int]:
    """What is left of pieces, money and tax: none of them below nothing, though what was given up was given back after all."""
    pieces, minor, tax = (max(had - went, 0) for had, went in zip(whole, gone, strict=True))
    return pieces, minor, tax


def everything(rests: Iterable[Rest]) -> list[Portion]:
    """All that is left."""
    return [rest.whole() for rest in rests]


def sum_of(parts: Iterable[Portion | Rest], currency: str) -> Money:
    """What they come to."""
    return Money(sum(each.minor for each in parts), currency)
