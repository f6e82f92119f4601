"""The pages of money: how each payment, refund and webhook stands, in a sentence, and a way to what it is about."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.rules import Actor
from marketplace.cast import Person
from marketplace.payments import actions, screens
from marketplace.payments.gateways import GatewayEvent
from marketplace.payments.models import Payment, Refund
from marketplace.payments.tests import factories
from marketplace.payments.tests.factories import GATEWAY, said_of_refund

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    reverse("admin:index")  # whoever leads somewhere has said so by now, and is not lost with the patch
    monkeypatch.setattr(screens, "_ways", [])


def page(person: Person, path: str) -> str:
    answer = person.admin.get(f"/admin/payments/{path}")
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_a_failed_payment_says_why_in_its_list_and_on_its_page(finance: Person, customer: Person) -> None:
    payment = factories.declined(customer.user)
    for text in (page(finance, "payment/"), page(finance, f"payment/{payment.pk}/change/")):
        assert "The card was declined." in text
        assert "Cleo Customer" in text


def test_a_stuck_payment_says_that_nobody_knows_and_who_will(finance: Person, customer: Person) -> None:
    payment = factories.lost(customer.user)
    Payment.objects.filter(pk=payment.pk).update(status_since=timezone.now() - timedelta(minutes=6))
    actions.mark_stuck(by=GATEWAY)
    assert "The reply was dropped. The gateway is asked until it says." in page(
        finance, f"payment/{payment.pk}/change/"
    )
    assert '<span class="soko-chip">Stuck</span>' in page(finance, "payment/")


def test_a_payment_leads_only_where_somebody_says_that_it_may(finance: Person, customer: Person) -> None:
    payment = factories.paid(customer.user)
    path = f"payment/{payment.pk}/change/"
    assert f">{payment.subject}</a>" not in page(finance, path)

    @screens.leads_to
    def nowhere(_actor: Actor, _subject: str) -> str:
        return ""

    @screens.leads_to
    def there(_actor: Actor, subject: str) -> str:
        return f"/admin/there/{subject}/"

    assert f'href="/admin/there/{payment.subject}/">{payment.subject}</a>' in page(finance, path)


def test_a_refund_that_failed_says_why_and_whose_it_was(finance: Person, customer: Person) -> None:
    refund = factories.refund_sending(factories.paid(customer.user))
    answer = said_of_refund(refund, "failed", failure_code="expired", failure_sentence="The card has expired.")
    actions.record_refund(refund.pk, by=GATEWAY, answer=answer)
    text = page(finance, f"refund/{refund.pk}/change/")
    for words in (
        "The card has expired.",
        "It arrived broken.",
        "Soko (mock gateway)",
        refund.payment.reference,
        "Cleo Customer",
    ):
        assert words in text, words
    assert "The card has expired." in page(finance, f"payment/{refund.payment_id}/change/")


def test_a_webhook_says_what_it_is_about_and_what_came_of_it(finance: Person, customer: Person) -> None:
    payment = factories.paid(customer.user)
    event = GatewayEvent("evt_1", "payment.succeeded", payment.gateway_id, payment.key)
    told = actions.receive(event, by=GATEWAY, gateway="mock", body='{"id": "<evt_1>"}')
    assert told is not None
    path = f"webhookdelivery/{told.pk}/change/"
    assert "Nobody has looked at it yet." in page(finance, path)
    actions.note(told.pk, by=GATEWAY, outcome="refused", error="It speaks of another amount.")
    text = page(finance, path)
    for words in (f"/admin/payments/payment/{payment.pk}/change/", "It speaks of another amount.", "&lt;evt_1&gt;"):
        assert words in text, words


def test_pages_and_lists_of_money_cost_the_same_for_one_and_for_five(finance: Person, customer: Person) -> None:
    payment = factories.paid(customer.user)
    factories.given_back(payment, amount=1_000)
    paths = ("payment/", "refund/", "moneymove/", f"payment/{payment.pk}/change/")

    def counted() -> list[int]:
        found = []
        for path in paths:
            page(finance, path)
            with CaptureQueriesContext(connection) as made:
                page(finance, path)
            found.append(len(made))
        return found

    before = counted()
    for _ in range(4):
        factories.given_back(payment, amount=1_000)
        factories.given_back(factories.paid(), amount=1_000)
    assert Refund.objects.filter(payment=payment).count() == 5
    assert counted() == before
