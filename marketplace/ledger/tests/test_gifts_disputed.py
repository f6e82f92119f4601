"""What the market paid of a share for its buyer stays the vendor's while something paid of it is sold, and goes with the last of it
where a bank or a dispute takes that: such a share is not sold any more."""

from typing import Any

import pytest

from marketplace.cast import Goods, Person
from marketplace.catalog.models import Variant
from marketplace.coupons.tests.factories import coupon
from marketplace.ledger import tasks
from marketplace.ledger.actions import charging_back
from marketplace.ledger.models import Journal
from marketplace.ledger.tests.factories import SYSTEM, books, delivered, paid_for, rebilled, rule
from marketplace.ledger.tests.test_banks import says
from marketplace.ledger.tests.test_subsidies import alarms, bought, gift  # noqa: F401  a fixture
from marketplace.orders import actions as orders
from marketplace.orders import tasks as of_orders
from marketplace.orders.actions import deciding
from marketplace.orders.models import Dispute, VendorOrder
from marketplace.orders.pieces import RefundedPieces
from marketplace.orders.tests.factories import money_goes_back, place, shares_of
from marketplace.orders.tests.test_refund_parts import failed
from marketplace.payments.models import Refund
from marketplace.shipping.tests.factories import method

pytestmark = pytest.mark.django_db
WHY = "It arrived broken."
SAID: dict[str, Any] = {"why": "broken", "text": "It came in two pieces."}


@pytest.fixture
def share(customer: Person, goods: Goods, gift: Variant) -> VendorOrder:  # noqa: F811
    """Two gifts of 10.00 and two mugs of 5.00, delivered; the market takes a tenth."""
    rule(1_000)
    found = delivered(bought(customer, {gift: 2, goods.mug: 2}, "gift"))
    assert books() == {"coupons": 2_000, "gateway": 1_000, "revenue:commission": 300, "vendor_pending": 2_700}
    return found


@pytest.fixture
def sent_free(customer: Person, goods: Goods) -> VendorOrder:
    """Two mugs of 5.00, delivered, whose shipping the market paid."""
    method(333)
    coupon("free", kind="free_shipping")
    return delivered(bought(customer, {goods.mug: 2}, "free"))


def lost(share: VendorOrder, customer: Person, amount: int | None = None) -> Dispute:
    """A dispute is decided for the buyer, and so much goes back."""
    case = orders.open_dispute(share.order_id, by=customer.actor(), share=share.reference, **SAID)
    tasks.catch_up()
    deciding.lose(case.pk, by=SYSTEM, reason="It is broken.", amount_minor=amount)
    assert money_goes_back(share.order) == 1
    tasks.catch_up()
    return Dispute.objects.get(pk=case.pk)


def mugs(share: VendorOrder, goods: Goods, count: int) -> None:
    lines = [RefundedPieces(variant_id=goods.mug.pk, quantity=count)]
    orders.refund_lines(share.pk, by=SYSTEM, lines=lines, reason=WHY)
    assert money_goes_back(share.order) == 1
    tasks.catch_up()


def asked(share: VendorOrder, count: int, *, shipping: bool = False) -> Refund:
    """So many mugs are to go back, and have not yet."""
    line = share.lines.order_by("unit_price_minor")[0]  # a gift is worth more
    lines = [RefundedPieces(variant_id=line.variant_id, quantity=count)]
    orders.refund_lines(share.pk, by=SYSTEM, lines=lines, reason=WHY, shipping=shipping)
    return Refund.objects.get()


def swept() -> int:
    """What the clocks find to do: cases first, then books; nothing is found a third time."""
    return sum(of_orders.follow_banks() + tasks.catch_up() for _time in range(2))


def test_a_bank_that_takes_all_that_was_paid_leaves_its_vendor_nothing_of_the_gifts(share: VendorOrder) -> None:
    """Had the buyer paid one cent for them, the market's part would go back with that cent."""
    says(share, "open", 1_000)
    says(share, "lost", 1_000)
    assert (books(), tasks.catch_up(), alarms()) == ({}, 0, set())
    assert Journal.objects.filter(kind="reversal").count() == 1, (
        "by the journal of the case, so that it can be undone with it"
    )


def test_what_it_gives_back_brings_the_gifts_along_and_takes_them_again(share: VendorOrder) -> None:
    before = books()
    for _time in range(2):
        says(share, "lost", 1_000)
        assert books() == {}
        says(share, "won", 1_000)
        assert (books(), tasks.catch_up(), alarms()) == (before, 0, set())


@pytest.mark.parametrize("gives_back", [False, True])
def test_the_rest_of_what_a_bank_took_may_be_on_its_way_back(
    share: VendorOrder, goods: Goods, *, gives_back: bool
) -> None:
    """The gifts stay till that has arrived: it may not, and something of the share is sold then."""
    kept = {"coupons": 2_000, "gateway": 500, "revenue:commission": 250, "vendor_pending": 2_250}
    asked(share, 1)
    says(share, "lost", 500)
    assert (books(), tasks.catch_up(), alarms()) == (kept, 0, set())
    if gives_back:
        says(share, "won", 500)
        assert alarms() == set()
    assert money_goes_back(share.order) == 1
    swept()
    assert (books(), swept(), alarms()) == (kept if gives_back else {}, 0, set())
    if not gives_back:
        says(share, "won", 500)
        assert (books(), swept(), alarms()) == (kept, 0, set())


def test_what_does_not_arrive_leaves_the_gifts(share: VendorOrder) -> None:
    refund = asked(share, 1)
    says(share, "lost", 400)
    failed(refund)
    swept()
    kept = {"coupons": 2_000, "gateway": 600, "revenue:commission": 260, "vendor_pending": 2_340}
    assert (books(), alarms()) == (kept, set())


def test_of_two_disputes_either_brings_the_gifts_back(share: VendorOrder) -> None:
    says(share, "lost", 600, "dp_1")
    says(share, "lost", 400, "dp_2")
    assert (books(), alarms()) == ({}, set())
    says(share, "won", 600, "dp_1")
    kept = {"coupons": 2_000, "gateway": 600, "revenue:commission": 260, "vendor_pending": 2_340}
    assert (books(), swept(), alarms()) == (kept, 0, set())


def test_shipping_that_a_refund_named_does_not_come_back_from_a_bank(sent_free: VendorOrder) -> None:
    asked(sent_free, 1, shipping=True)
    says(sent_free, "lost", 500)
    assert money_goes_back(sent_free.order) == 1
    swept()
    assert (books(), alarms()) == ({}, set())
    says(sent_free, "won", 500)
    assert (books(), swept(), alarms()) == ({"gateway": 500, "vendor_pending": 500}, 0, set())


def test_shipping_that_came_back_from_a_bank_goes_when_its_share_is_called_off(customer: Person, goods: Goods) -> None:
    method(333)
    coupon("free", kind="free_shipping")
    share = bought(customer, {goods.mug: 2}, "free")
    before = books()
    says(share, "lost", 1_000)
    says(share, "won", 1_000)
    assert books() == before
    orders.cancel(share.order_id, by=SYSTEM, reason="Nobody is there to send it.")
    failed(Refund.objects.latest("pk"))
    swept()
    assert (books(), swept()) == ({"gateway": 1_000, "vendor_pending": 1_000}, 0)
    assert "I-L8" not in alarms(), "what its buyer is still owed, others tell"


def test_a_bank_that_takes_some_of_it_leaves_the_gifts(share: VendorOrder) -> None:
    says(share, "open", 999)
    says(share, "lost", 999)
    assert (books(), alarms()) == (
        {"coupons": 2_000, "gateway": 1, "revenue:commission": 200, "vendor_pending": 1_801}, set(),
    )  # fmt: skip


def test_a_bank_that_takes_the_last_of_what_was_paid_takes_the_gifts_with_it(share: VendorOrder, goods: Goods) -> None:
    mugs(share, goods, 1)
    assert books() == {"coupons": 2_000, "gateway": 500, "revenue:commission": 250, "vendor_pending": 2_250}
    says(share, "open", 500)
    says(share, "lost", 500)
    assert (books(), alarms()) == ({}, set())


def test_goods_that_are_paid_back_by_the_piece_leave_the_gifts(share: VendorOrder, goods: Goods) -> None:
    mugs(share, goods, 2)
    assert (books(), alarms()) == ({"coupons": 2_000, "revenue:commission": 200, "vendor_pending": 1_800}, set())


def test_a_bank_that_wins_for_the_vendor_changes_nothing(share: VendorOrder) -> None:
    before = books()
    says(share, "open", 1_000)
    says(share, "won", 1_000)
    assert (books(), alarms()) == (before, set())


def test_a_dispute_that_is_lost_whole_takes_the_gifts_and_one_in_part_leaves_them(
    customer: Person, share: VendorOrder
) -> None:
    lost(share, customer, 400)
    assert (books(), alarms()) == (
        {"coupons": 2_000, "gateway": 600, "revenue:commission": 260, "vendor_pending": 2_340}, set(),
    )  # fmt: skip
    lost(share, customer)
    assert (books(), tasks.catch_up(), alarms()) == ({}, 0, set())


def test_the_last_of_a_share_that_lost_a_dispute_goes_with_the_gifts_by_whatever_way(
    customer: Person, share: VendorOrder, goods: Goods
) -> None:
    lost(share, customer, 400)
    mugs(share, goods, 2)
    assert (books(), tasks.catch_up(), alarms()) == ({}, 0, set())


def test_free_shipping_goes_and_stays_as_gifts_do(customer: Person, sent_free: VendorOrder) -> None:
    lost(sent_free, customer, 400)
    assert (books(), alarms()) == ({"coupons": 333, "gateway": 600, "vendor_pending": 933}, set())
    lost(sent_free, customer)
    assert (books(), alarms()) == ({}, set())


def test_a_bank_takes_free_shipping_with_the_last_of_what_was_paid(sent_free: VendorOrder) -> None:
    says(sent_free, "open", 1_000)
    says(sent_free, "lost", 1_000)
    assert (books(), alarms()) == ({}, set())


def test_a_share_of_which_nothing_was_paid_has_no_case_and_keeps_what_the_market_pays(
    customer: Person, goods: Goods
) -> None:
    """Another vendor's loss is not its own: the bank has taken nothing of it, and nobody has asked it for evidence."""
    free, other = shares_of(place(customer.user, {goods.mug: 1, goods.lamp: 1}))
    rebilled(free, discount=500, market_discount=500)
    delivered(paid_for(free))
    delivered(other)
    says(free, "open", 3_000)
    says(free, "lost", 3_000)
    assert list(Dispute.objects.values_list("vendor_order", flat=True)) == [other.pk]
    assert (books(), alarms()) == ({"coupons": 500, "vendor_pending": 500}, set())


def test_gifts_that_a_vendor_would_have_kept_are_told_by_the_audit(
    share: VendorOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    reverse = charging_back.reverse

    def of_money_alone(share: Any, sold: Any, wanted: Any, **said: Any) -> None:
        reverse(share, sold, {line: back for line, back in wanted.items() if back.amount}, **said)

    with monkeypatch.context() as planted:
        planted.setattr(charging_back, "reverse", of_money_alone)
        says(share, "open", 1_000)
        says(share, "lost", 1_000)
    assert books() == {"coupons": 2_000, "revenue:commission": 200, "vendor_pending": 1_800}
    assert "I-L8" in alarms()
