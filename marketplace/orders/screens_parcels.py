"""Parcels as the pages of orders show them: by whom they go, what is in each, how it stands, what may be done with it now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString

from core.admin import words
from core.resources.admin.rows import Button, buttons, legal_verbs, row_url
from core.rules import Actor, scope
from marketplace.orders import shapes, states
from marketplace.orders.models import Shipment, ShipmentLine, ShippingLabel, VendorOrder
from marketplace.orders.resources import Shipments
from marketplace.shipping.carriers import title_of


@dataclass(frozen=True)
class Parcel:
    """One parcel: `contents` is empty where it holds its share whole, which the lines above it tell."""

    row: Shipment
    link: str
    state: SafeString
    contents: Sequence[str]
    courier: str
    verbs: Sequence[Button]


def with_parcels(actor: Actor) -> Prefetch:
    """The parcels of shares that the actor may see, with what is in them."""
    held = Prefetch("lines", scope(actor, ShipmentLine).select_related("line").order_by("pk"))
    rows: QuerySet[Shipment] = (
        scope(actor, Shipment)
        .select_related("delivery__courier", "label", "vendor_order__shipping_method")
        .prefetch_related(held)
        .order_by("pk")
    )
    return Prefetch("shipments", rows)


def parcels_of(shares: Sequence[VendorOrder], actor: Actor) -> dict[int, list[Parcel]]:
    """By the key of each share its parcels, oldest first, with the verbs that are legal on each now."""
    rows = [parcel for share in shares for parcel in share.shipments.all()]
    legal = legal_verbs(actor, Shipments, rows)
    found: dict[int, list[Parcel]] = {share.pk: [] for share in shares}
    whole = {share.pk for share in shares if share.state != "part_shipped" and len(share.shipments.all()) == 1}
    for row in rows:
        alone = row.vendor_order_id in whole
        offered = legal[row.pk]
        if alone:  # then the share's own verb says the same
            offered = [verb for verb in offered if verb.name != "deliver"]
        contents = () if alone else tuple(_words(row.lines.all()))
        state = words.state(states.SHIPMENT, row)
        found[row.vendor_order_id].append(
            Parcel(row, row_url(row), state, contents, _courier(row), buttons(row, offered))
        )
    return found


def _words(lines: Iterable[ShipmentLine]) -> Iterable[str]:
    for each in lines:
        yield f"{each.quantity} × {each.line.title}, {each.line.variant_title}"


def _courier(row: Shipment) -> str:
    """Which courier of the market brings it, and how far they are."""
    delivery = getattr(row, "delivery", None)
    if delivery is None or delivery.state == "closed":
        return ""
    failed = f": {delivery.reason}" if delivery.state == "failed_attempt" else ""
    received = f", received by {delivery.received_by}" if delivery.received_by else ""
    return f"{delivery.courier.full_name}, {delivery.get_state_display().lower()}{failed}{received}"


def papers_of(share: VendorOrder) -> list[tuple[str, str]]:
    """The documents of a share that there are now: (words, address)."""
    found = []
    if hasattr(share, "invoice"):
        found.append((f"Invoice {share.invoice}", reverse("admin:orders_vendororder_invoice", args=(share.pk,))))
        found += [
            (f"Credit note {note}", reverse("admin:orders_creditnote_paper", args=(note.pk,)))
            for note in sorted(share.credit_notes.all(), key=lambda each: each.number)
        ]
    if share.state in ("to_ship", "part_shipped"):
        found.append(("Packing slip", reverse("admin:orders_vendororder_slip", args=(share.pk,))))
    return found


def of_parcel(parcel: Shipment, actor: Actor) -> dict[str, Any]:
    """The page of one parcel: what is in it, where it goes, who brings it."""
    rows = scope(actor, VendorOrder).select_related("order", "vendor").prefetch_related(with_parcels(actor))
    share = rows.get(pk=parcel.vendor_order_id)
    found = next(each for each in parcels_of([share], actor)[share.pk] if each.row.pk == parcel.pk)
    to = shapes.destination(share)
    return {
        "parcel": found,
        "lines": [(each.line, each.quantity) for each in found.row.lines.all()],
        "share": share,
        "share_link": row_url(share),
        "to": to,
        "is_dead": share.state in states.DEAD,
        "slip": reverse("admin:orders_shipment_slip", args=(parcel.pk,)) if to else "",
        "label": _label(parcel, actor),
    }


def _label(parcel: Shipment, actor: Actor) -> dict[str, Any] | None:
    """The label of a parcel: how it stands, what it cost or why there is none, and the way to its paper."""
    found = scope(actor, ShippingLabel).filter(shipment=parcel).first()
    if found is None:
        return None
    return {
        "row": found,
        "carrier": title_of(found.carrier),
        "state": words.state(states.LABEL, found),
        "said": found.failure_sentence or found.trouble,
        "paper": reverse("admin:orders_shipment_label", args=(parcel.pk,)) if found.has_paper else "",
    }
