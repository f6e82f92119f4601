"""The pages of orders: what is to be done, by whom it may be done, and nothing of anybody else's."""

import re
from typing import Any

import pytest

from core.rules import Actor
from marketplace.cast import Goods, Person
from marketplace.orders import actions, queries, screens
from marketplace.orders.models import Order, VendorOrder
from marketplace.orders.tests.factories import SYSTEM, money_goes_back, paid, place, shares_of
from marketplace.payments.models import Payment, Refund

pytestmark = pytest.mark.django_db
ORDERS, SHARES = "/admin/orders/order/", "/admin/orders/vendororder/"


def page(person: Person, path: str) -> str:
    answer = person.admin.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def of(row: Order | VendorOrder, person: Person) -> str:
    return page(person, f"{ORDERS if isinstance(row, Order) else SHARES}{row.pk}/change/")


def verbs_on(text: str, share: VendorOrder) -> set[str]:
    """The verbs of a share that a page offers, by the addresses of their dialogs."""
    return set(re.findall(rf'href="/admin/orders/vendororder/{share.pk}/verb/(\w+)/\?version={share.version}"', text))


def two_shares(customer: Person, goods: Goods) -> tuple[Order, VendorOrder, VendorOrder]:
    """A paid order: mugs of the owner's vendor, a lamp of the rival's."""
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    mine, theirs = sorted(shares_of(order), key=lambda each: each.vendor.name)
    return order, mine, theirs


def test_support_reads_who_bought_and_how_to_reach_them(customer: Person, support: Person, goods: Goods) -> None:
    order, mine, theirs = two_shares(customer, goods)
    text = of(order, support)
    assert customer.user is not None
    for words in (
        f"/admin/accounts/user/{customer.user.pk}/change/", "mailto:customer@soko.example", "KES 40.00", "Omar&#x27;s Shop",
        "2 × KES 5.00", mine.reference, theirs.reference, "Gross, 2 items", "tel:+254712345678",
    ):  # fmt: skip
        assert words in text, words


def test_who_may_not_look_at_people_knows_the_buyer_by_name_alone(
    customer: Person, finance: Person, goods: Goods
) -> None:
    text = of(two_shares(customer, goods)[0], finance)
    assert "Cleo Customer" in text
    assert "customer@soko.example" not in text
    assert "/admin/accounts/user/" not in text


def test_payments_and_refunds_are_for_those_who_may_see_money(
    customer: Person, support: Person, finance: Person, goods: Goods
) -> None:
    order, mine, _theirs = two_shares(customer, goods)
    actions.cancel_share(mine.pk, by=support.actor("operations"), reason="The price was a mistake.")
    payment, refund = Payment.objects.get(), Refund.objects.get()
    seen, hidden = of(order, finance), of(order, support)
    for words in (f"/admin/payments/payment/{payment.pk}/change/", f"/admin/payments/refund/{refund.pk}/change/"):
        assert (words in seen, words in hidden) == (True, False)
    assert "Payments and refunds" not in hidden


def test_a_payment_leads_to_its_order(customer: Person, finance: Person, goods: Goods) -> None:
    order = two_shares(customer, goods)[0]
    text = page(finance, f"/admin/payments/payment/{Payment.objects.get().pk}/change/")
    assert f'href="{ORDERS}{order.pk}/change/">{order.reference}</a>' in text


def test_each_card_offers_the_verbs_that_are_legal_now_to_this_person(
    customer: Person, owner: Person, support: Person, finance: Person, goods: Goods
) -> None:
    order, mine, theirs = two_shares(customer, goods)
    actions.accept(mine.pk, by=owner.actor("vendor"))
    actions.ship(mine.pk, by=owner.actor("vendor"), carrier="G4S", tracking_number="G4S-77")
    mine.refresh_from_db()
    text = of(order, support)
    assert verbs_on(text, mine) == {"deliver"}
    assert verbs_on(text, theirs) == {"accept", "cancel", "cancel_lines"}
    assert "G4S-77" in text
    assert verbs_on(of(order, finance), theirs) == {"cancel_lines", "refund_lines"}
    assert verbs_on(of(mine, owner), mine) == {"deliver"}


def test_a_verb_pressed_on_the_order_goes_through_its_dialog_and_comes_back(
    customer: Person, support: Person, goods: Goods
) -> None:
    order, _mine, theirs = two_shares(customer, goods)
    here = f"http://testserver{ORDERS}{order.pk}/change/"
    dialog = f"{SHARES}{theirs.pk}/verb/cancel/?version={theirs.version}"
    assert support.admin.get(dialog, HTTP_REFERER=here).status_code == 200
    unsaid = support.admin.post(dialog, {"_asked": "on", "_version": theirs.version}, HTTP_REFERER=here)
    assert (unsaid.status_code, VendorOrder.objects.get(pk=theirs.pk).state) == (200, "to_accept")
    sent = {"_asked": "on", "_version": theirs.version, "reason": "This is no longer in stock."}
    answer = support.admin.post(dialog, sent, HTTP_REFERER=here)
    assert (answer.status_code, answer["Location"]) == (302, f"{ORDERS}{order.pk}/change/")
    text = of(order, support)
    assert "Cancelled: This is no longer in stock." in text
    assert "<q>This is no longer in stock.</q>" in text
    assert "Sam Support" in text


def test_what_the_header_says_is_not_said_again_below(customer: Person, support: Person, goods: Goods) -> None:
    order, mine, _theirs = two_shares(customer, goods)
    for row in (order, mine):
        answer = support.admin.get(f"{ORDERS if row is order else SHARES}{row.pk}/change/")
        titles = [title for title, _value in answer.context["folded"]]
        assert answer.context["facts"] == []
        assert not {"Customer", "Vendor", "Order", "State", "Total", "Refunded", "Payment state"} & set(titles)
        assert answer.context["inline_admin_formsets"] == []


def test_a_vendor_never_sees_the_order_or_the_share_of_another(
    customer: Person, owner: Person, rival: Person, goods: Goods
) -> None:
    order, mine, theirs = two_shares(customer, goods)
    assert customer.user is not None
    strange = (
        theirs.reference, "Rita", "Lamp", "KES 30.00", "KES 40.00", "Cleo", "customer@soko.example", f"{ORDERS}{order.pk}/",
        f">{order.reference}<", f"{SHARES}{theirs.pk}/", "/admin/payments/", Payment.objects.get().reference,
    )  # fmt: skip
    found = [of(mine, owner), page(owner, SHARES), page(owner, f"{SHARES}?q={order.reference}")]
    found.append(page(owner, f"/admin/search/?s={order.reference}"))
    for text in found:
        assert mine.reference in text
        assert [words for words in strange if words in text] == []
    assert owner.admin.get(f"{SHARES}{theirs.pk}/change/").status_code == 404
    assert owner.admin.get(f"{ORDERS}{order.pk}/change/").status_code in (403, 404)
    assert owner.admin.get(ORDERS).status_code == 403
    assert [words for words in (mine.reference, "Mug", "Omar") if words in of(theirs, rival)] == []


@pytest.mark.parametrize(
    ("steps", "vendor_reads", "operations_read"),
    [
        ((), "Paid. Accept it, then ship 2 items to Nairobi.", "Paid. Omar's Shop has not accepted it yet."),
        (("accept",), "Paid. Ship 2 items to Nairobi.", "Accepted. Omar's Shop has 2 items to ship to Nairobi."),
        (
            ("accept", "ship"),
            "On the way to Nairobi. Say so here when it has arrived.",
            "2 items on the way to Nairobi.",
        ),
        (
            ("accept", "ship", "deliver"),
            "2 items delivered. Nothing is left to do.",
            "2 items delivered. Nothing is left to do.",
        ),
        (("cancel_share",), "Do not send it. Cancelled: Sold out.", "Cancelled: Sold out."),
    ],
)
def test_what_is_to_be_done_is_said_in_a_sentence(
    steps: tuple[str, ...],
    vendor_reads: str,
    operations_read: str,
    customer: Person,
    owner: Person,
    support: Person,
    goods: Goods,
) -> None:
    share = shares_of(paid(customer.user, {goods.mug: 2}))[0]
    asked: dict[str, dict[str, str]] = {"ship": {"carrier": "G4S"}, "cancel_share": {"reason": "Sold out."}}
    for step in steps:
        getattr(actions, step)(share.pk, by=owner.actor("vendor"), **asked.get(step, {}))
    share = VendorOrder.objects.get(pk=share.pk)
    assert screens.todo(share, owner.actor("vendor")) == vendor_reads
    assert screens.todo(share, support.actor("operations")) == operations_read


def test_a_vendor_is_told_to_send_nothing_before_the_money_comes(customer: Person, owner: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 2})
    share = shares_of(order)[0]
    text = of(share, owner)
    assert "Do not send anything yet. Not paid yet: it ends in" in text
    assert "You see it once it is paid." in text
    assert not {word for word in ("Amina", "Moi Avenue", "Nairobi") if word in text}
    Order.objects.filter(pk=order.pk).update(expires_at=order.placed_at)
    assert "It was not paid in time and ends in a moment." in of(share, owner)
    actions.expire(order.pk, by=SYSTEM)
    assert "It was not paid in time. Nothing is left to do." in of(share, owner)


def test_a_share_says_what_of_it_goes_back_and_whether_it_has(
    customer: Person, owner: Person, finance: Person, goods: Goods
) -> None:
    order, mine, theirs = two_shares(customer, goods)

    def back() -> dict[int, tuple[str, bool]]:
        row = Order.objects.get(pk=order.pk)
        return {key: (str(each.amount), each.is_done) for key, each in queries.given_back(row, shares_of(row)).items()}

    assert back() == {}
    actions.cancel_share(mine.pk, by=owner.actor("vendor"), reason="Sold out.")
    assert back() == {mine.pk: ("KES 10.00", False)}
    assert "To be given back to the buyer" in of(mine, owner)
    money_goes_back(order)
    assert back() == {mine.pk: ("KES 10.00", True)}
    assert "Given back to the buyer" in of(mine, owner)
    actions.refund(order.pk, by=finance.actor("operations"), reason="It broke on the way.")
    assert back() == {mine.pk: ("KES 10.00", True), theirs.pk: ("KES 30.00", False)}
    money_goes_back(order)
    assert back() == {mine.pk: ("KES 10.00", True), theirs.pk: ("KES 30.00", True)}


def test_an_unpaid_order_that_was_called_off_gives_nothing_back(customer: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 2})
    actions.cancel(order.pk, by=customer.actor(), reason="I have changed my mind.")
    order.refresh_from_db()
    assert queries.given_back(order, shares_of(order)) == {}


def test_rows_of_orders_tell_who_what_from_whom_and_how_it_stands(
    customer: Person, support: Person, owner: Person, goods: Goods
) -> None:
    order, mine, _theirs = two_shares(customer, goods)
    text = page(support, ORDERS)
    for words in (order.reference, "Cleo Customer", "3 items", "Mug and 1 more", "Rita&#x27;s Rival Shop", "KES 40.00"):
        assert words in text, words
    assert re.search(r'soko-state tone-warning">Paid<', text)
    listed = page(owner, SHARES)
    assert "2 items: Mug" in listed
    assert re.search(r'soko-state tone-warning">To accept<', listed)
    assert verbs_on(listed, mine) == {"accept", "cancel", "cancel_lines"}


def test_the_sidebar_counts_what_is_to_be_sent_and_leads_to_just_that(
    customer: Person, owner: Person, finance: Person, goods: Goods
) -> None:
    _order, mine, _theirs = two_shares(customer, goods)
    place(customer.user, {goods.rug: 1})
    answer = owner.admin.get(f"{SHARES}?state=to_accept,to_ship,part_shipped")
    assert [row.pk for row in answer.context["cl"].result_list] == [mine.pk]
    lines = {line["title"]: line for each in answer.context["sidebar_navigation"] for line in each["items"]}
    assert (lines["To send"]["badge"], lines["To send"]["link"]) == (
        "1",
        f"{SHARES}?state=to_accept,to_ship,part_shipped",
    )
    assert "To send" not in page(finance, SHARES)


def test_what_soko_did_by_itself_is_not_signed_as_a_system() -> None:
    moment: Any = queries.Moment(at=None, event="paid", who=Actor.system("payment").name, about="", reason="")  # type: ignore[arg-type]
    assert screens.told([moment], {})[0].who == "Soko (payment)"


def test_grave_verbs_name_their_effect_in_numbers(
    customer: Person, owner: Person, support: Person, finance: Person, goods: Goods
) -> None:
    order, mine, theirs = two_shares(customer, goods)
    waiting = place(customer.user, {goods.rug: 1})
    whole = "KES 40.00 goes back to the buyer; 2 vendor orders are cancelled, and the goods are free again."
    assert whole in page(finance, f"{ORDERS}{order.pk}/verb/refund/")
    assert whole in page(support, f"{ORDERS}{order.pk}/verb/cancel/")
    assert "It ends unpaid, and its goods are free again." in page(support, f"{ORDERS}{waiting.pk}/verb/cancel/")
    asked = page(owner, f"{SHARES}{mine.pk}/verb/cancel/")
    assert "KES 10.00 goes back to the buyer" in asked
    assert "KES 40.00" not in asked
    actions.cancel_share(theirs.pk, by=support.actor("operations"), reason="The vendor does not answer.")
    asked = page(finance, f"{ORDERS}{order.pk}/verb/refund/")
    assert "KES 10.00 goes back to the buyer; 1 vendor order is cancelled, and the goods are free again." in asked
    actions.accept(mine.pk, by=owner.actor("vendor"))
    actions.ship(mine.pk, by=owner.actor("vendor"), carrier="G4S")
    asked = page(finance, f"{ORDERS}{order.pk}/verb/refund/")
    assert "KES 10.00 goes back to the buyer. What was sent stays sent." in asked
