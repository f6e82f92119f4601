"""Buying labels in three steps: claim, ask the carrier under a key that stays the same, record what it said.

No step waits for the carrier in a transaction. Whoever dies between two leaves something that the clock finds: what may have been
made is asked for by its key and never bought a second time.
"""

from datetime import timedelta
from secrets import token_hex

import structlog
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import F, Q, QuerySet

from core import context
from core.errors import DomainError, WrongState
from core.faults import here
from core.money import Money
from core.rules import Actor
from marketplace.orders import shapes
from marketplace.orders.actions import labelling
from marketplace.orders.errors import LabelUnderWay
from marketplace.orders.models import Shipment, ShippingLabel
from marketplace.shipping import carriers
from marketplace.shipping import flows as shipping
from marketplace.shipping.carriers import CarrierQuote, Label, NotCarried, OutcomeUnknown, Parcel, Place
from marketplace.shipping.models import ShippingMethod

LABELS = "labels"  # beside the pictures of the market, and served to nobody by address
MOST_BYTES = 2 * 1024 * 1024
PDF = "application/pdf"
#: Whoever is at work on it is left in peace for so long.
QUIET = timedelta(seconds=30)
#: A carrier that has not heard of it for so long after it was asked has made none.
SURELY_NONE = timedelta(hours=1)
log = structlog.get_logger("orders")


def waiting() -> QuerySet[ShippingLabel]:
    """Labels that somebody wants and nobody asks for, and those of which the carrier should say what became."""
    now = context.now()
    unasked = Q(state="wanted", state_since__lt=now - QUIET)
    left = Q(state="asking", state_since__lt=now - labelling.lease())
    unclear = Q(state="unclear") & (Q(asked_at=None) | Q(asked_at__lt=now - QUIET))
    return ShippingLabel.objects.filter(unasked | left | unclear).order_by(F("asked_at").asc(nulls_first=True), "pk")


def buy(label: ShippingLabel) -> ShippingLabel:
    """Have a wanted label made. Of one that somebody asked for before, the carrier is asked first what became of it: it is
    bought only where the carrier has heard of none. Raises nothing that a carrier does: the label says it.
    """
    if label.state == "asking" and context.now() - label.state_since < labelling.lease():
        return label
    if label.state not in ("wanted", "asking", "unclear"):
        return label
    try:
        if label.asked_at is not None:
            found = _found(label)
            if found is not None or label.state != "wanted":
                return label if found is None else found
        return _bought(label)
    except (LabelUnderWay, WrongState):  # somebody else has the answer by now
        return ShippingLabel.objects.get(pk=label.pk)


def _found(label: ShippingLabel) -> ShippingLabel | None:
    """Ask what became of a label; None where the carrier has heard of none, and it may be bought again once it is wanted."""
    try:
        answer = shipping.find_label(label.carrier, label.reference)
    except DomainError as fault:
        log.warning("carrier_not_asked", about=label.reference, why=fault.detail)
        return _unasked(label, fault.detail)
    if answer is not None:
        if label.state == "wanted":
            label = labelling.claim(
                label.pk, by=_by(label), service=label.service, quoted=label.quoted, file=label.file
            )
        return _record(label, answer)
    if label.state == "wanted":
        return None
    if context.now() - label.state_since > SURELY_NONE:
        return labelling.refuse(label.pk, by=_by(label), why=f"{_title(label)} has not heard of it: it made none.")
    label = labelling.lose(label.pk, by=_by(label), why=f"{_title(label)} has not heard of it yet.")
    return _noted(label)


def _unasked(label: ShippingLabel, why: str) -> ShippingLabel:
    """It cannot be asked about now: a wanted one is not bought then, and one that may have been made stays open."""
    verb = labelling.refuse if label.state == "wanted" else labelling.lose
    return _noted(verb(label.pk, by=_by(label), why=why))


def _noted(label: ShippingLabel) -> ShippingLabel:
    ShippingLabel.objects.filter(pk=label.pk).update(asked_at=context.now())
    label.asked_at = context.now()
    return label


def _bought(label: ShippingLabel) -> ShippingLabel:
    parcel = parcel_of(label.shipment)
    if parcel is None or label.shipment.state != "shipped":
        return labelling.refuse(label.pk, by=_by(label), why="It is not to be sent any more.")
    try:
        offer = _offer(label, parcel)
    except DomainError as refusal:
        return labelling.refuse(label.pk, by=_by(label), why=refusal.detail)
    if isinstance(offer, str):
        return labelling.refuse(label.pk, by=_by(label), why=offer)
    file = f"{LABELS}/{token_hex(16)}.pdf"
    label = labelling.claim(label.pk, by=_by(label), service=offer.service, quoted=offer.price, file=file)
    here("label.after_claim")
    try:
        answer = shipping.label(label.carrier, parcel, service=label.service, key=label.reference)
    except OutcomeUnknown as fault:
        return labelling.lose(label.pk, by=_by(label), why=f"No usable answer came: {fault}")
    except NotCarried:
        return labelling.refuse(label.pk, by=_by(label), why=f"{_title(label)} does not carry this parcel.")
    except DomainError as refusal:
        return labelling.refuse(label.pk, by=_by(label), why=refusal.detail)
    here("label.after_carrier")
    return _record(label, answer)


def _offer(label: ShippingLabel, parcel: Parcel) -> CarrierQuote | str:
    """What the carrier asks for the service that the buyer chose, or for its cheapest; a sentence where it offers none."""
    method = label.shipment.vendor_order.shipping_method
    is_theirs = method is not None and method.kind == ShippingMethod.Kind.CARRIER and method.carrier == label.carrier
    service = method.service if method is not None and is_theirs else ""
    try:
        offers = shipping.offers(label.carrier, parcel)
    except NotCarried:
        return f"{_title(label)} does not carry this parcel."
    known = [each for each in offers if service in ("", each.service) and each.price.currency == parcel.value.currency]
    return known[0] if known else f"{_title(label)} offers no such service for this parcel."


def _record(label: ShippingLabel, answer: Label) -> ShippingLabel:
    """Keep its paper, if that is a PDF of a bearable size, and write it down. A label without is bought all the same."""
    is_fit = answer.media_type == PDF and answer.content.startswith(b"%PDF-") and len(answer.content) <= MOST_BYTES
    is_kept = _kept(label.file, answer.content if is_fit else b"")
    here("label.after_paper")
    return labelling.record(label.pk, by=_by(label), answer=answer, has_paper=is_kept)


def _kept(file: str, content: bytes) -> bool:
    """Is the paper in the store, by now? It may be away, and says so with faults of its own: the label was made all the same."""
    try:
        if default_storage.exists(file):
            return True
        return bool(content) and default_storage.save(file, ContentFile(content)) == file
    except Exception as fault:
        log.error("label_not_kept", file=file, why=str(fault))
        return False


def parcel_of(row: Shipment) -> Parcel | None:
    """A parcel as its carrier is told of it, with what is in it; None where it is not to be sent."""
    share = row.vendor_order
    to, vendor = shapes.destination(share), share.vendor
    if to is None:
        return None
    lines = list(row.lines.select_related("line__variant"))
    grams = sum(each.line.variant.weight_grams * each.quantity for each in lines)
    worth = sum((each.line.unit_price * each.quantity for each in lines), Money(0, share.total.currency))
    sender = Place(vendor.country, vendor.city, name=vendor.name, phone=str(vendor.phone or ""))
    recipient = Place(
        to["country"], to["town"], to["street"], to["recipient"], str(to["phone"]), to["province"], to["postal_code"]
    )
    return Parcel(grams, worth, sender, recipient)


def _title(label: ShippingLabel) -> str:
    return carriers.title_of(label.carrier)


def _by(label: ShippingLabel) -> Actor:
    """Who acts when a carrier's word is written down."""
    return Actor.system(f"{_title(label)} label")
