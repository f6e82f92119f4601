"""Documents of a share on paper: its invoice, and what goes with its parcels. Drawn from what was frozen when it was ordered."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from core import context
from core.errors import Missing
from core.money import Money
from core.paper import begun
from marketplace.orders import queries, shapes
from marketplace.orders.models import CreditNote, Invoice, Order, OrderLine, RefundPart, Shipment, VendorOrder


def invoice(share: VendorOrder) -> bytes:
    """The invoice of a share as a PDF, the same bytes each time. Refuses with 404 before the share was accepted."""
    found = Invoice.objects.filter(vendor_order=share).first()
    if found is None:
        raise Missing()
    order = Order.objects.get(pk=share.order_id)
    paper = begun(title=f"Invoice {found}", at=found.issued_at, foot=f"Invoice {found} · {share.reference}")
    paper.gap(4)
    paper.beside(
        ("From", (found.seller_name, found.seller_place)),
        ("To", _address(order)),
        ("Invoice", (str(found), f"Issued {_day(found.issued_at)}", f"Order {order.reference}", *_paid(order))),
    )
    paper.gap(8)
    lines = list(OrderLine.objects.filter(vendor_order=share).order_by("pk"))
    paper.rows(
        ("Goods", "SKU", "Pieces", "Price", "Discount", "Tax", "Amount"),
        [_charged(line) for line in lines],
        widths=(58, 30, 14, 24, 22, 20, 26),
        numbers=5,
    )
    paper.gap(4)
    paper.sums(_sums(share))
    return paper.bytes()


def credit_note(note: CreditNote) -> bytes:
    """What was given back of an invoice, by line with its tax, as a PDF: the same bytes each time."""
    order, share = Order.objects.get(pk=note.vendor_order.order_id), note.vendor_order
    invoiced = note.invoice
    paper = begun(title=f"Credit note {note}", at=note.issued_at, foot=f"Credit note {note} · {share.reference}")
    paper.gap(4)
    paper.beside(
        ("From", (note.seller_name, note.seller_place)),
        ("To", _address(order)),
        (
            "Credit note",
            (str(note), f"Issued {_day(note.issued_at)}", f"For invoice {invoiced} of {_day(invoiced.issued_at)}"),
        ),
    )
    paper.gap(8)
    parts = RefundPart.objects.filter(refund=note.refund_id, vendor_order=share, amount_minor__gt=0)
    paper.rows(
        ("Given back", "SKU", "Pieces", "Tax", "Amount"),
        [_given_back(part) for part in parts.select_related("line").order_by("pk")],
        widths=(82, 36, 18, 26, 30),
        numbers=3,
    )
    paper.gap(4)
    tax = Money(note.tax_minor, note.amount.currency)
    paper.sums(
        [*([("Tax, within the amount", str(tax))] if tax.amount else []), ("Total given back", str(note.amount))]
    )
    return paper.bytes()


def _given_back(part: RefundPart) -> tuple[str, ...]:
    tax = Money(part.tax_minor, part.amount.currency).major() if part.tax_minor else ""
    if part.line is None:
        return "Shipping", "", "", tax, part.amount.major()
    pieces = str(part.quantity) if part.quantity else ""
    return f"{part.line.title}, {part.line.variant_title}", part.line.sku, pieces, tax, part.amount.major()


def _charged(line: OrderLine) -> tuple[str, ...]:
    def amount(minor: int) -> str:
        return Money(minor, line.total.currency).major() if minor else ""

    return (
        f"{line.title}, {line.variant_title}", line.sku, str(line.quantity), line.unit_price.major(),
        amount(line.discount_minor), amount(line.tax_minor), amount(line.total.amount - line.discount_minor),
    )  # fmt: skip


def _sums(share: VendorOrder) -> list[tuple[str, str]]:
    found = [("Goods", str(share.goods))]
    if share.discount.amount:
        found.append(("Discount", f"−{share.discount}"))
    found.append(("Shipping", str(share.shipping)))
    if share.tax.amount and not share.tax_is_included:
        found.append(("Tax", str(share.tax)))
    if share.tax.amount and share.tax_is_included:
        found.append(("Tax, within the prices", str(share.tax)))
    return [*found, ("Total", str(share.total))]


def _address(order: Order) -> tuple[str, ...]:
    return order.recipient, order.street, order.locality, str(order.phone)


def _paid(order: Order) -> tuple[str, ...]:
    return (f"Paid {_day(order.paid_at)}",) if order.paid_at else ()


def _day(at: datetime) -> str:
    return f"{timezone.localtime(at):%d %B %Y}"


def packing_slip(share: VendorOrder) -> bytes:
    """What is still to be packed of a share. Refuses with 404 where nothing is, or the vendor may not know for whom it is."""
    return _slip(share, queries.left_to_ship(share), title="Packing slip", about=share.reference, at=context.now())


def packing_slip_of(parcel: Shipment) -> bytes:
    """What is in a parcel. Refuses with 404 where the vendor may not know for whom it is."""
    packed = {each.line: each.quantity for each in parcel.lines.select_related("line").order_by("pk")}
    carried = (str(parcel), f"Sent {_day(parcel.shipped_at)}")
    title = f"Packing slip {parcel.reference}"
    return _slip(
        parcel.vendor_order, packed, title=title, about=parcel.reference, at=parcel.shipped_at, carried=carried
    )


def _slip(
    share: VendorOrder,
    packed: dict[OrderLine, int],
    *,
    title: str,
    about: str,
    at: datetime,
    carried: Sequence[str] = (),
) -> bytes:
    if shapes.destination(share) is None or not packed:
        raise Missing()
    order = Order.objects.get(pk=share.order_id)
    paper = begun(title=title, at=at, foot=f"Packing slip · {about}")
    paper.gap(4)
    blocks = [
        ("From", (share.vendor.name, share.vendor.city)),
        ("To", _address(order)),
        ("Vendor order", (share.reference,)),
    ]
    paper.beside(*blocks, *((("Carrier", carried),) if carried else ()))
    if order.note:
        paper.gap(4)
        paper.say(f"For whoever delivers: {order.note}")
    paper.gap(8)
    paper.rows(
        ("Goods", "SKU", "Pieces"),
        [(f"{line.title}, {line.variant_title}", line.sku, str(pieces)) for line, pieces in packed.items()],
        widths=(110, 44, 20),
        numbers=1,
    )
    paper.gap(4)
    paper.sums([("Pieces", str(sum(packed.values())))])
    return paper.bytes()
