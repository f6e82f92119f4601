"""Payments over HTTP and in the admin: the payer's own, finance's all, and nobody else's."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.models import OutboxEvent
from marketplace.cast import Person
from marketplace.payments import actions
from marketplace.payments.gateways import GatewayEvent
from marketplace.payments.models import MoneyMove, Payment, WebhookDelivery
from marketplace.payments.tests import factories
from marketplace.payments.tests.factories import GATEWAY

pytestmark = pytest.mark.django_db
SCREENS = ("payment", "refund", "moneymove", "webhookdelivery")
PATHS = ("payments", "refunds", "money-moves", "webhooks")


@pytest.fixture
def paid(customer: Person) -> Payment:
    """The customer's, of which a third is on its way back."""
    payment = factories.paid(customer.user, subject="SK-0000-0000-0001")
    factories.given_back(payment, amount=20_000)
    factories.refund(payment, amount=50_000)
    payment.refresh_from_db()
    return payment


def told() -> WebhookDelivery:
    event = GatewayEvent("evt_1", "payment.succeeded", "pay_1", "KEY-0000-0000-0001")
    return actions.receive(event, by=GATEWAY, gateway="mock", body='{"id": "evt_1"}')


def items(person: Person, path: str, audience: str = "operations", **query: Any) -> list[Any]:
    answer = person.api(audience).get(f"/{path}", query)
    assert answer.status_code == 200, answer.content
    return answer.json()["items"]


def test_a_payer_reads_what_came_and_what_went_back(paid: Payment, customer: Person) -> None:
    answer = customer.api().get(f"/payments/{paid.reference}")
    assert answer.status_code == 200
    document = answer.json()
    assert re.fullmatch(r"PAY(-[0-9A-HJKMNP-TV-Z]{4}){3}", document.pop("id"))
    assert re.fullmatch(r"[0-9T:.-]+Z", document.pop("started_at"))
    assert document == {
        "version": paid.version,
        "subject": "SK-0000-0000-0001",
        "amount": {"amount": 150_000, "currency": "KES"},
        "status": "succeeded",
        "action_url": "",
        "failure_code": "",
        "failure_sentence": "",
        "captured": {"amount": 150_000, "currency": "KES"},
        "refunded": {"amount": 20_000, "currency": "KES"},
        "pending": {"amount": 50_000, "currency": "KES"},
        "gateway": "mock",
    }


def test_a_payer_is_not_told_what_troubles_us(customer: Person) -> None:
    payment = factories.lost(customer.user)
    document = customer.api().get(f"/payments/{payment.reference}").json()
    assert (document["status"], document["failure_code"], document["failure_sentence"]) == ("unknown", "", "")
    assert "dropped" not in str(document)


def test_everybody_sees_their_own_payments_and_nobody_elses(
    paid: Payment, customer: Person, buyer: Person, owner: Person
) -> None:
    mine = factories.declined(buyer.user)
    assert [each["id"] for each in items(customer, "payments", "storefront")] == [paid.reference]
    assert [each["id"] for each in items(buyer, "payments", "storefront", status="failed")] == [mine.reference]
    assert items(owner, "payments", "storefront") == []
    foreign = buyer.api().get(f"/payments/{paid.reference}")
    assert foreign.status_code == 404
    assert buyer.api().get("/payments/PAY-0000-0000-0000").status_code == 404


def test_nobody_finds_a_payment_by_its_number(paid: Payment, customer: Person, finance: Person) -> None:
    for api in (customer.api(), finance.api("operations")):
        assert api.get(f"/payments/{paid.pk}").status_code in (404, 422)


def test_vendors_and_visitors_see_no_money(paid: Payment, owner: Person, nobody: Person) -> None:
    for path in PATHS:
        assert owner.api("vendor").get(f"/{path}").status_code == 404
        assert owner.api("operations").get(f"/{path}").status_code == 403
        assert nobody.api("operations").get(f"/{path}").status_code == 401
    assert nobody.api().get(f"/payments/{paid.reference}").status_code == 404
    assert nobody.api().get("/payments").json()["items"] == []


def test_on_the_storefront_there_are_no_refunds_movements_or_webhooks(paid: Payment, customer: Person) -> None:
    for path in PATHS[1:]:
        assert customer.api().get(f"/{path}").status_code == 404


def test_finance_sees_everything_and_other_staff_nothing(
    paid: Payment, finance: Person, support: Person, moderator: Person
) -> None:
    told()
    assert [len(items(finance, path)) for path in PATHS] == [1, 2, 2, 1]
    for person in (support, moderator):
        assert [items(person, path) for path in PATHS] == [[], [], [], []]
        assert person.api("operations").get(f"/payments/{paid.reference}").status_code == 404


def test_every_sum_is_explained_by_movements(paid: Payment, finance: Person) -> None:
    moves = items(finance, "money-moves", payment=paid.reference, order="at")
    assert [(move["kind"], move["amount"]["amount"]) for move in moves] == [("captured", 150_000), ("refunded", 20_000)]
    assert {move["payment_id"] for move in moves} == {paid.reference}
    assert MoneyMove.objects.count() == 2


def test_finance_finds_what_is_stuck(finance: Person, customer: Person) -> None:
    factories.paid(customer.user)
    lost = factories.lost(customer.user)
    Payment.objects.filter(pk=lost.pk).update(status_since=timezone.now() - timedelta(minutes=6))
    actions.mark_stuck(by=GATEWAY)
    assert [each["id"] for each in items(finance, "payments", is_stuck="true")] == [lost.reference]
    page = finance.admin.get("/admin/payments/payment/", {"is_stuck": "true"})
    assert lost.reference in page.content.decode()
    assert page.context["cl"].result_count == 1
    sidebar = finance.admin.get("/admin/").content.decode()
    assert "Stuck payments" in sidebar
    assert "/admin/payments/payment/?is_stuck=true" in sidebar


def test_finance_has_the_gateway_asked_and_others_may_not(customer: Person, finance: Person, support: Person) -> None:
    payment = factories.lost(customer.user)
    path = f"/payments/{payment.reference}/reconcile"
    assert support.api("operations").post(path).status_code == 404
    assert customer.api().post(path).status_code == 404
    answer = finance.api("operations").post(path)
    assert (answer.status_code, answer.json()["status"]) == (200, "unknown")
    assert OutboxEvent.objects.get(name="payments.ReconcileAsked").payload == {"payment_id": payment.pk, "refund_id": 0}


def test_the_admin_has_a_screen_for_everything_and_changes_nothing_by_hand(paid: Payment, finance: Person) -> None:
    told()
    for screen in SCREENS:
        page = finance.admin.get(f"/admin/payments/{screen}/")
        assert page.status_code == 200
        assert page.context["cl"].result_count >= 1
        key = page.context["cl"].queryset.first().pk
        assert finance.admin.get(f"/admin/payments/{screen}/{key}/change/").status_code == 200
        assert finance.admin.get(f"/admin/payments/{screen}/add/").status_code == 403
        assert finance.admin.post(f"/admin/payments/{screen}/{key}/delete/", {"post": "yes"}).status_code == 403


def test_the_payment_screen_says_in_words_what_became_of_the_money(paid: Payment, finance: Person) -> None:
    text = finance.admin.get(f"/admin/payments/payment/{paid.pk}/change/").content.decode()
    for words in (
        "KES 1,500.00",
        "KES 200.00",
        "KES 500.00",
        "SK-0000-0000-0001",
        "Cleo Customer",
        "It arrived broken.",
    ):
        assert words in text


def test_other_staff_have_no_money_in_their_admin(paid: Payment, support: Person, owner: Person) -> None:
    for person in (support, owner):
        for screen in SCREENS:
            assert person.admin.get(f"/admin/payments/{screen}/").status_code in (302, 403)
        assert "Stuck payments" not in person.admin.get("/admin/").content.decode()
