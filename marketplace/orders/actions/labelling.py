"""A label of a carrier for a parcel: it is wanted, claimed by whoever asks the carrier, and ended by what the carrier says."""

from datetime import timedelta

from django.conf import settings
from pydantic import InstanceOf

from core import context, deeds, references, writing
from core.actions import action, locked
from core.errors import WrongState
from core.events import publish
from core.inputs import Reason
from core.money import Money
from core.rules import Actor
from marketplace.orders import states
from marketplace.orders.errors import HasNumber, LabelUnderWay, NoLabelHere
from marketplace.orders.events import LabelBought, LabelWanted
from marketplace.orders.models import Shipment, ShippingLabel
from marketplace.shipping import carriers
from marketplace.shipping.carriers import Label
from marketplace.shipping.models import ShippingMethod


def lease() -> timedelta:
    """How long a claim is left to whoever made it: longer than asking a carrier takes, so after it that one is gone."""
    return timedelta(seconds=30 + 4 * settings.CARRIER_SECONDS)


def carrier_for(parcel: Shipment) -> str:
    """The carrier that the buyer paid for, or else the one that the vendor named, if this market asks it; "" for any other."""
    method = parcel.vendor_order.shipping_method
    chosen = method.carrier if method is not None and method.kind == ShippingMethod.Kind.CARRIER else ""
    return next((each for each in (chosen, parcel.carrier.strip().lower()) if each in carriers.names()), "")


def can_be_bought(parcel: Shipment) -> bool:
    """Is there a label to buy, or to ask about?"""
    found = getattr(parcel, "label", None)
    if found is not None and found.state != "refused":
        return found.state == "unclear"
    return parcel.state == "shipped" and not parcel.tracking_number and bool(carrier_for(parcel))


def what_it_takes(parcel: Shipment) -> str:
    """Who makes it, and who pays for it."""
    found = getattr(parcel, "label", None)
    if found is not None and found.state == "unclear":
        return f"{carriers.title_of(found.carrier)} is asked what became of it. Nothing is bought a second time."
    return f"{carriers.title_of(carrier_for(parcel))} makes it now, and its price is taken from the vendor's available money."


@action(label="Buy label", icon="label", when=can_be_bought, effect=what_it_takes)
def buy_label(parcel: Shipment, *, by: Actor) -> Shipment:
    """Have the carrier asked for a label, at once and on the market's account: its price is taken from what the vendor has available.
    The parcel gets its number. Pressed again it is the same label: one that is there stays, an unclear one is asked about,
    a refused one is tried again under the same key.

    Refuses with 409 `wrong_state` what has arrived or was called off, `has_number`, `no_label_here`.
    """
    found = locked(ShippingLabel).filter(shipment=parcel).first()
    if found is not None and found.state == "made":
        return parcel
    if found is None or found.state == "refused":
        found = _wanted(parcel, found)
    publish(LabelWanted(label_id=found.pk, shipment_id=parcel.pk, vendor_id=parcel.vendor_order.vendor_id))
    return parcel


def is_unclear(parcel: Shipment) -> bool:
    """Does nobody know what became of its label?"""
    found = getattr(parcel, "label", None)
    return found is not None and found.state == "unclear"


@action(label="No label was made", icon="label_off", danger=True, when=is_unclear)
def give_label_up(parcel: Shipment, *, by: Actor, reason: Reason) -> Shipment:
    """End an unclear label of which the carrier, asked by other means, says that it made none. Nothing is charged, and it can be
    bought again.

    Refuses with 409 `wrong_state` any other.
    """
    found = locked(ShippingLabel).filter(shipment=parcel).first()
    if found is None or found.state != "unclear":
        state = found.state if found is not None else "none"
        raise WrongState(state=state, verb="be given up", allowed_from=["unclear"])
    before = writing.snapshot(found)
    states.LABEL.move(found, "refuse")
    found.failure_sentence, found.trouble = reason[:300], ""
    writing.settle(deeds.require(found), found, before)
    return parcel


def _wanted(parcel: Shipment, found: ShippingLabel | None) -> ShippingLabel:
    share = parcel.vendor_order
    if parcel.state != "shipped" or share.state in states.DEAD or share.order.payment_state not in states.PAID:
        raise WrongState(state=parcel.state, verb="get a label", allowed_from=["shipped"])
    if parcel.tracking_number:
        raise HasNumber(number=parcel.tracking_number)
    carrier = carrier_for(parcel)
    if not carrier:
        raise NoLabelHere(asked=", ".join(carriers.names()) or "none")
    if found is None:
        found = ShippingLabel(shipment=parcel, reference=references.new("LB"), carrier=carrier)
        found.save(force_insert=True)
        writing.audit(deeds.require(found), found, writing.created(found))
        return found
    before = writing.snapshot(found)
    states.LABEL.move(found, "want")
    found.failure_sentence = ""
    writing.settle(deeds.require(found), found, before)
    return found


@action(label="Claim")
def claim(label: ShippingLabel, *, by: Actor, service: str, quoted: Money, file: str) -> ShippingLabel:
    """Take it upon oneself to ask the carrier for this service. Where its paper will be kept is fixed with it.

    Refuses with 409 `label_under_way` while another does, `wrong_state` at its end.
    """
    if label.state == "asking":
        raise LabelUnderWay()
    states.LABEL.move(label, "claim")
    label.service, label.quoted, label.file, label.asked_at = service, quoted, file, context.now()
    return label


@action(label="Lose sight")
def lose(label: ShippingLabel, *, by: Actor, why: str) -> ShippingLabel:
    """No usable answer came: what became of it is unclear until the carrier says. Does nothing where it has said by now."""
    if label.state == "asking":
        states.LABEL.move(label, "lose")
    if label.state in states.LABEL_ASKED:
        label.trouble = why[:300]
    return label


@action(label="Refuse")
def refuse(label: ShippingLabel, *, by: Actor, why: str) -> ShippingLabel:
    """The carrier made none: nothing is charged. Does nothing where one was made by now."""
    if label.state in states.LABEL_OPEN:
        states.LABEL.move(label, "refuse")
        label.failure_sentence, label.trouble = why[:300], ""
    return label


@action(label="Record")
def record(label: ShippingLabel, *, by: Actor, answer: InstanceOf[Label], has_paper: bool) -> ShippingLabel:
    """Write down the label that was made, once however often it is said: the parcel gets its carrier and number.

    It costs what the carrier bills; what it asked before where it does not say, or says so in another currency.
    """
    if label.state == "made":
        return label
    quoted = label.quoted
    assert quoted is not None
    states.LABEL.move(label, "make")
    is_billed = answer.price is not None and answer.price.currency == quoted.currency
    label.price = answer.price if is_billed else quoted
    label.tracking_number, label.has_paper, label.bought_at = answer.tracking_number, has_paper, context.now()
    label.trouble = label.failure_sentence = ""
    parcel = locked(Shipment).get(pk=label.shipment_id)
    before = writing.snapshot(parcel)
    parcel.tracking_number = answer.tracking_number
    if parcel.carrier.strip().lower() != label.carrier:
        parcel.carrier = carriers.title_of(label.carrier)
    writing.settle(deeds.require(parcel), parcel, before)
    vendor_id = parcel.vendor_order.vendor_id
    publish(LabelBought(label_id=label.pk, shipment_id=parcel.pk, vendor_id=vendor_id))
    return label
