"""A small whole market for tests: two vendors, every state, and a canary in each private field."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from core import references
from core.audiences import OPERATIONS
from core.jobs.models import ColumnMemory, Job
from core.rules import Actor
from core.testing import writing_as_system
from marketplace.accounts.models import Address, User
from marketplace.accounts.tests.factories import make_user
from marketplace.carts import actions as carts
from marketplace.carts.tests.factories import filled, on_sale
from marketplace.cast import Person
from marketplace.catalog import states
from marketplace.catalog.actions import listings as verbs
from marketplace.catalog.models import Allowance, Image, Listing, LowStock, Revision, StockMove, Variant
from marketplace.catalog.tests import factories as catalog
from marketplace.contacts.models import ContactClick
from marketplace.coupons.tests.factories import coupon
from marketplace.duplicates.models import Duplicate
from marketplace.engagement.models import Favourite, SavedSearch
from marketplace.ledger import tasks as ledger
from marketplace.ledger.models import SettlementTerms, Wallet
from marketplace.ledger.tests.factories import rule
from marketplace.orders import actions as orders
from marketplace.orders.actions import invoicing
from marketplace.orders.actions.shipping import Pieces
from marketplace.orders.models import Delivery, DraftOrder, DraftOrderLine, Order, OrderLine, Shipment, ShippingLabel
from marketplace.orders.pieces import ReceivedPieces, RefundedPieces, SomePieces
from marketplace.orders.tests.factories import SYSTEM, buyer_of, paid, place, refund_succeeds, shares_of
from marketplace.payments.actions import note, receive, submit_evidence
from marketplace.payments.gateways import GatewayEvent
from marketplace.payments.models import Payment, Refund
from marketplace.payments.tests import factories as payments
from marketplace.payouts import actions as payouts
from marketplace.payouts.models import Payout
from marketplace.payouts.tests.factories import account, approved, earned, ended
from marketplace.search.models import PinnedResult, StopWord, Synonym, UnmetSearch
from marketplace.shipping.tests.factories import method, zone
from marketplace.taxes.tests.factories import tax_country, tax_rate

#: Enough listings that a page of one and a page of fifty differ.
CROWD = 52


def canary(whose: str, what: str) -> str:
    """A word that must never reach anybody else."""
    return f"CANARY-{whose}-{what}".upper()


@dataclass
class Market:
    """What was arranged: the listings of each vendor by state."""

    category: Any
    listings: dict[str, list[Listing]] = field(default_factory=dict)


def arrange(owner: Person, rival: Person, moderator: Person) -> Market:
    """Fill the market: for each vendor a listing in every state with all that hangs on one, and a crowd on show."""
    found = Market(catalog.cars())
    for whose, person in (("owner", owner), ("rival", rival)):
        found.listings[whose] = [_listing(whose, person, found.category, state) for state in states.LISTING.states]
        for each in found.listings[whose]:
            _hang(whose, each)
        found.listings[whose] += [
            catalog.listing(
                vendor=person.vendor, category=found.category, status="approved", title=f"Car {n} of {whose}"
            )
            for n in range(CROWD // 2)
        ]
        Job.objects.create(
            kind="import",
            title=canary(whose, "job"),
            actor_id=person.user.pk,
            actor_name=whose,
            audience="vendor",
            request_id="",
            params={"resource": "listings"},
        )
        _remember(whose, f"vendor:{person.vendor.pk}")  # type: ignore[union-attr]
        _pay(person)
    _remember("staff", "operations")
    _resemble(found)
    rule(1000, note=canary("staff", "fee-note"))
    for whose, person in (("owner", owner), ("rival", rival)):
        _order(whose, person, found.category)
    ledger.catch_up()
    for whose, person in (("owner", owner), ("rival", rival)):
        _pay_out(whose, person)
    for whose, person in (("owner", owner), ("rival", rival)):
        _send(whose, person, found.category)  # from now on they send nowhere but there
    waiting = catalog.listing(vendor=owner.vendor, category=found.category, status="pending", title="To be judged")
    verbs.reject(waiting.pk, by=moderator.actor("operations"), reason=canary("owner", "reason"))
    return found


def _remember(whose: str, keeper: str) -> None:
    """What somebody's people said that the headers of a file mean."""
    with writing_as_system():
        ColumnMemory(
            keeper=keeper, resource="listings", digest=whose, mapping={canary(whose, "header"): "title"},
            constants={"city": canary(whose, "constant")},
        ).save()  # fmt: skip


def _pay(person: Person) -> None:
    """As a buyer: payments in every state, refunds, and what the gateway told, with words that only finance reads."""
    for pay in payments.STATES.values():
        Payment.objects.filter(pk=pay(person.user).pk).update(trouble=canary("staff", "trouble"))
    paid = payments.paid(person.user)
    for give_back in (payments.refund, payments.refund_sending, payments.given_back):
        give_back(paid, amount=10_000, reason=canary("staff", "refund"))
    answered = payments.disputed(paid, reason=canary("staff", "dispute"), amount=payments.kes(10_000))
    submit_evidence(answered.pk, by=payments.GATEWAY, evidence=canary("staff", "evidence-of-the-sale"))
    told = GatewayEvent(f"evt-{paid.key}", "payment.succeeded", canary("staff", "gateway"), paid.key)
    told_of = receive(told, by=payments.GATEWAY, gateway="mock", body=canary("staff", "webhook"))
    note(told_of.pk, by=payments.GATEWAY, outcome="waiting", error=canary("staff", "attempt"))


def _pay_out(whose: str, person: Person) -> None:
    """A payout that came back, with words for finance and for those who see the vendor's money."""
    assert person.vendor is not None
    earned(make_user("customer"), {on_sale(person.vendor, title=f"Paid out to {whose}"): 1})
    account(person.vendor, number=canary(f"{whose}sales", "number"), holder=canary(f"{whose}sales", "holder"))
    asked = payouts.ask_for(person.vendor.pk, by=SYSTEM)  # of this vendor alone: what came back is in any other batch
    (payout,) = approved(asked.batch)
    ended(payout)
    payouts.mark_returned(payout.pk, by=SYSTEM, reason=canary(f"{whose}sales", "came-back"))
    Payout.objects.filter(pk=payout.pk).update(trouble=canary("staff", "payout"))


def _listing(whose: str, person: Person, category: Any, state: str) -> Listing:
    on_show = state == "approved"
    return catalog.listing(
        vendor=person.vendor,
        category=category,
        status=state,
        title=f"{whose} {state}" if on_show else canary(whose, f"title-{state}"),
        staff_note=canary("staff", f"note-{whose}-{state}"),
        reference=canary(whose, f"reference-{state}"),
        attributes={"make": "toyota", "year": 2012},
    )


def _hang(whose: str, listing: Listing) -> None:
    on_show = listing.status == "approved"
    size = catalog.variant_value(listing, "Size", "M" if on_show else canary(whose, f"size-{listing.status}")[:40])
    variant = catalog.variant(
        listing, on_hand=3, sku=f"{whose}-{listing.status}"[:40], combination=Variant.combined([size.pk])
    )
    LowStock(variant=variant, vendor=listing.vendor, since=timezone.now()).save()
    StockMove(
        variant=variant,
        on_hand_change=3,
        kind="received",
        reason=canary(whose, "stock"),
        at=timezone.now(),
        actor_name=whose,
    ).save()
    with writing_as_system():
        Image(
            listing=listing, file=f"listings/{whose}-{listing.status}.jpg", position=0, width=10, height=10, colour="#aabbcc",
            alt_text="" if listing.status == "approved" else canary(whose, "image"), renditions=[],
        ).save()  # fmt: skip
        Revision(listing=listing, base_version=1, proposed={"title": canary(whose, "proposed")}).save()
    ContactClick(
        listing=listing, vendor=listing.vendor, channel="call", at=timezone.now() - timedelta(days=1), klass="valid", rule="valid",
        visitor=canary(whose, "visitor")[:32], agent_family="Chrome", city=canary(whose, "city"),
    ).save()  # fmt: skip


def _resemble(found: Market) -> None:
    """The first listings of both vendors may be duplicates: a matter between moderators."""
    mine, theirs = found.listings["owner"][0], found.listings["rival"][0]
    with writing_as_system():
        Duplicate(
            original=mine, listing=theirs, score=91, words_score=88, pictures_alike=2, is_same_price=True,
            is_same_vendor=False, judged_by=canary("staff", "judge"),
        ).save()  # fmt: skip


def _bring_back(order: Order, buyer: User, goods: Variant, sales: str) -> None:
    """Of what has arrived, a piece was sent back, some money was asked for, and about the rest there is a dispute."""
    share, by = shares_of(order)[0], buyer_of(buyer)
    orders.accept(share.pk, by=SYSTEM)
    orders.ship(share.pk, by=SYSTEM, carrier="G4S")
    orders.deliver(share.pk, by=SYSTEM)
    one = [SomePieces(variant_id=goods.pk, quantity=1)]
    asked = orders.ask_return(order.pk, by=by, lines=one, why="broken", note=canary(sales, "return-note"))
    orders.returning.approve(asked.pk, by=SYSTEM, answer=canary(sales, "return-answer"))
    orders.returning.receive(asked.pk, by=SYSTEM, lines=[ReceivedPieces(variant_id=goods.pk, quantity=1, restock=1)])
    grants = frozenset({"view_orders", "refund"})
    clerk = Actor(name=canary("staff", "clerk"), audience=OPERATIONS, grants=grants)
    little = [RefundedPieces(variant_id=goods.pk, amount_minor=1)]
    orders.refund_lines(share.pk, by=clerk, lines=little, reason=canary("staff", "little"))
    refund_succeeds(Refund.objects.filter(payment__subject=order.reference).latest("pk"))
    invoicing.credit(share.pk, by=SYSTEM)
    case = orders.open_dispute(order.pk, by=by, share=share.reference, why="broken", text=canary(sales, "dispute"))
    orders.disputing.answer(case.pk, by=SYSTEM, text=canary(sales, "dispute-answer"))
    orders.add_file(case.pk, by=SYSTEM, file="evidence/none.pdf", title=canary(sales, "file"), kind="pdf", size=3)


def _order(whose: str, person: Person, category: Any) -> None:
    """Somebody buys from the vendor alone: one order that waits, one that is on its way, one that was called off; and a cart.

    What buyers said is for those who work the vendor's orders (`ownersales`), the rest of an unpaid order for nobody of the vendor.
    """
    goods = on_sale(person.vendor, category=category, stock=9, title=f"Sold by {whose}")
    stranger = make_user("customer", full_name=canary("market", "buyer"))

    def address(reader: str) -> dict[str, str]:
        return {name: canary(reader, name) for name in ("recipient", "street", "note")}

    private, sales = address(f"{whose}sales"), f"{whose}sales"
    place(stranger, {goods: 1}, **address("market"))
    unpaid = place(stranger, {goods: 1}, **address("market"))
    orders.cancel(unpaid.pk, by=buyer_of(stranger), reason=canary(sales, "changed-mind"))
    sent, dropped = paid(stranger, {goods: 2}, **private), paid(stranger, {goods: 1}, **private)
    share = shares_of(sent)[0]
    orders.accept(share.pk, by=SYSTEM)
    orders.ship(share.pk, by=SYSTEM, carrier="G4S", tracking_number=canary(sales, "tracking"))
    orders.cancel_share(shares_of(dropped)[0].pk, by=SYSTEM, reason=canary(sales, "called-off"))
    _bring_back(paid(stranger, {goods: 2}, **private), stranger, goods, sales)
    _bring(sent, sales)
    _bring(_sent(stranger, goods, private), sales, hand_over=True)
    filled(stranger, {goods: 1})
    _discount(whose, person, stranger, goods)
    Favourite(user=stranger, listing=goods.listing).save()
    with writing_as_system():
        SavedSearch(
            user=stranger, name=canary("market", f"search-{whose}"), query=f"q={canary('market', 'query')}"
        ).save()
        Allowance(vendor=person.vendor, category=category, free_listings=9).save()
        SettlementTerms(vendor=person.vendor, hold_days=3).save()
        Wallet(vendor=person.vendor, currency="KES").save()
        Synonym(words=f"{whose}, {canary('staff', 'synonym')}").save()
        StopWord(word=f"the{whose}").save()
        PinnedResult(query=f"{whose} {canary('staff', 'pin')}", listing=goods.listing).save()
        UnmetSearch(query=canary("staff", f"unmet {whose}"), category=category).save()


def _send(whose: str, person: Person, category: Any) -> None:
    """How a vendor sends, which its own people see; and what of its prices is tax, which finance sees."""
    own = zone(vendor=person.vendor, name=canary(whose, "zone"), towns=canary(whose, "town"))
    method(steps={1_000: 100}, vendor=person.vendor, zone=own, name=canary(whose, "method"), note=canary(whose, "note"))
    tax_rate(name=canary("staff", "tax"), town=canary("staff", f"town-{whose}"), category=category)
    tax_country("UG" if whose == "rival" else "KE", prices_include_tax=True)


def _discount(whose: str, person: Person, buyer: Any, goods: Variant) -> None:
    """A coupon of the vendor that was used once and lies in a cart, an address, and an order that staff write down."""
    code = f"{whose}-ten".upper()
    ten = coupon(code, vendor=person.vendor, borne_by="vendor", listings=(goods.listing,))
    carts.add_coupon(code, by=buyer_of(buyer))
    place(buyer, {}, recipient=canary("market", "recipient"))
    filled(buyer, {goods: 1})
    carts.add_coupon(code, by=buyer_of(buyer))
    with writing_as_system():
        Address(
            user=buyer, label=canary("market", f"address-{whose}")[:40], recipient=canary("market", "recipient"), phone="+254712345678",
            street=canary("market", "street"), town="Nairobi",
        ).save()  # fmt: skip
        draft = DraftOrder(customer=buyer, coupon=ten, staff_note=canary("staff", "draft"), town="Nairobi")
        draft.save()
        line = DraftOrderLine(draft=draft, variant=goods)
        line.seen_price = goods.listing.price
        line.save()


def _sent(buyer: Any, goods: Variant, address: dict[str, str]) -> Any:
    """Another order of two pieces, of which one is on its way and the other is left."""
    order = paid(buyer, {goods: 2}, **address)
    share = shares_of(order)[0]
    orders.accept(share.pk, by=SYSTEM)
    one = [Pieces(line_id=OrderLine.objects.get(order=order).pk, quantity=1)]
    orders.ship(share.pk, by=SYSTEM, carrier="Our own rider", lines=one)
    return order


def _bring(order: Any, sales: str, *, hand_over: bool = False) -> None:
    """A courier of the market has a parcel on the list, or has handed it over with proof."""
    rider = make_user("courier", full_name="Rider of the market")
    parcel = Shipment.objects.get(vendor_order__order=order)
    orders.assign(parcel.pk, by=SYSTEM, courier_id=rider.pk)
    task = Delivery.objects.get(shipment=parcel)
    with writing_as_system():
        ShippingLabel(
            shipment=parcel, reference=references.new("LB"), carrier="dhl", state="made", tracking_number=canary(sales, "label"),
            price_minor=0, price_currency="KES", bought_at=timezone.now(), has_paper=True, file=f"labels/{canary(sales, 'paper')}.pdf",
        ).save()  # fmt: skip
    orders.pick_up(task.pk, by=SYSTEM)
    if hand_over:
        orders.add_photo(task.pk, by=SYSTEM, file=f"proofs/{canary(sales, 'photo')}.jpg")
        orders.hand_over(task.pk, by=SYSTEM, received_by=canary(sales, "received"), note=canary(sales, "proof"))
    else:
        orders.fail(task.pk, by=SYSTEM, reason=canary(sales, "attempt"))
