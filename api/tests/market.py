"""A small whole market for tests: two vendors, every state, and a canary in each private field."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from core.jobs.models import ColumnMemory, Job
from core.testing import writing_as_system
from marketplace.accounts.tests.factories import make_user
from marketplace.carts.tests.factories import filled, on_sale
from marketplace.cast import Person
from marketplace.catalog import states
from marketplace.catalog.actions import listings as verbs
from marketplace.catalog.models import Allowance, Image, Listing, LowStock, Revision, StockMove, Variant
from marketplace.catalog.tests import factories as catalog
from marketplace.contacts.models import ContactClick
from marketplace.duplicates.models import Duplicate
from marketplace.engagement.models import Favourite, SavedSearch
from marketplace.orders import actions as orders
from marketplace.orders.tests.factories import SYSTEM, buyer_of, paid, place, shares_of
from marketplace.payments.actions import note, receive
from marketplace.payments.gateways import GatewayEvent
from marketplace.payments.models import Payment
from marketplace.payments.tests import factories as payments
from marketplace.search.models import PinnedResult, StopWord, Synonym, UnmetSearch

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
        )
        _remember(whose, f"vendor:{person.vendor.pk}")  # type: ignore[union-attr]
        _pay(person)
    _remember("staff", "operations")
    _resemble(found)
    for whose, person in (("owner", owner), ("rival", rival)):
        _order(whose, person, found.category)
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
    told = GatewayEvent(f"evt-{paid.key}", "payment.succeeded", canary("staff", "gateway"), paid.key)
    told_of = receive(told, by=payments.GATEWAY, gateway="mock", body=canary("staff", "webhook"))
    note(told_of.pk, by=payments.GATEWAY, outcome="waiting", error=canary("staff", "attempt"))


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
    filled(stranger, {goods: 1})
    Favourite(user=stranger, listing=goods.listing).save()
    with writing_as_system():
        SavedSearch(
            user=stranger, name=canary("market", f"search-{whose}"), query=f"q={canary('market', 'query')}"
        ).save()
        Allowance(vendor=person.vendor, category=category, free_listings=9).save()
        Synonym(words=f"{whose}, {canary('staff', 'synonym')}").save()
        StopWord(word=f"the{whose}").save()
        PinnedResult(query=f"{whose} {canary('staff', 'pin')}", listing=goods.listing).save()
        UnmetSearch(query=canary("staff", f"unmet {whose}"), category=category).save()
