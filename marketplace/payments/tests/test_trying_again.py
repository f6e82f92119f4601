"""A refund that failed is asked for once more by a person, once, and by no clock."""

import re
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.errors import Denied, WrongState
from core.models import OutboxEvent
from marketplace.cast import Person
from marketplace.payments import actions, queries, tasks
from marketplace.payments.errors import RefundExceedsCapture
from marketplace.payments.models import Payment, Refund
from marketplace.payments.tests import factories
from marketplace.payments.tests.factories import GATEWAY, kes, said, said_of_refund

pytestmark = pytest.mark.django_db


def fails(refund: Refund) -> Refund:
    """The gateway will not give it back."""
    actions.claim_refund(refund.pk, by=GATEWAY)
    answer = said_of_refund(refund, "failed", gateway_id="", failure_sentence="The card has expired.")
    return actions.record_refund(refund.pk, by=GATEWAY, answer=answer)


def failed(payment: Payment | None = None, **values: Any) -> Refund:
    return fails(factories.refund(payment, **values))


def extra() -> Payment:
    """Money that came after it had been given up and another payment had taken its place."""
    first = factories.declined()
    factories.paid(first.payer, subject=first.subject)
    return actions.record(first.pk, by=GATEWAY, answer=said(first))


def test_a_failed_refund_is_asked_for_again_as_it_was_under_a_new_key(finance: Person) -> None:
    payment = factories.paid()
    row = actions.request_refund(payment.pk, by=GATEWAY, amount=kes(50_000), reason="It broke.", about="SK-1-A")
    old = actions.try_again(fails(row).pk, by=finance.actor("operations"))
    again = Refund.objects.get(repeats=old)
    assert (old.status, again.status) == ("repeated", "requested")
    assert (again.payment, again.amount, again.reason, again.about) == (payment, kes(50_000), "It broke.", "SK-1-A")
    assert again.asked_by_name == str(finance.user)
    assert len({old.key, again.key, old.reference, again.reference}) == 4
    assert queries.standing(payment.subject).refund_pending == kes(50_000)
    asked = OutboxEvent.objects.filter(name="payments.RefundRequested").order_by("pk").last()
    assert asked is not None
    assert asked.payload == {"refund_id": again.pk}


def test_it_is_tried_again_once_for_each_that_failed(finance: Person) -> None:
    refund, by = failed(amount=50_000), finance.actor("operations")
    actions.try_again(refund.pk, by=by)
    with pytest.raises(WrongState):
        actions.try_again(refund.pk, by=by)
    assert Refund.objects.count() == 2
    again = Refund.objects.get(repeats=refund)
    with pytest.raises(WrongState):
        actions.try_again(again.pk, by=by)
    actions.try_again(fails(again).pk, by=by)
    assert [each.status for each in Refund.objects.order_by("pk")] == ["repeated", "repeated", "requested"]


def test_the_database_itself_refuses_a_second_repetition(finance: Person) -> None:
    refund = failed(amount=50_000)
    actions.try_again(refund.pk, by=finance.actor("operations"))
    other = factories.refund()
    with pytest.raises(IntegrityError), transaction.atomic():
        Refund.objects.filter(pk=other.pk).update(repeats=refund)


@pytest.mark.parametrize("make", [factories.refund, factories.refund_sending, factories.given_back])
def test_only_what_failed_is_tried_again(make: Any, finance: Person) -> None:
    refund = make()
    with pytest.raises(WrongState):
        actions.try_again(refund.pk, by=finance.actor("operations"))
    assert Refund.objects.count() == 1


def test_what_went_back_otherwise_meanwhile_is_not_given_twice(finance: Person) -> None:
    payment = factories.paid()
    refund = failed(payment, amount=50_000)
    factories.given_back(payment, amount=150_000)
    with pytest.raises(RefundExceedsCapture):
        actions.try_again(refund.pk, by=finance.actor("operations"))
    refund.refresh_from_db()
    assert (refund.status, Refund.objects.count()) == ("failed", 2)


def test_its_failure_said_once_more_changes_nothing(finance: Person) -> None:
    refund = failed(amount=50_000)
    actions.try_again(refund.pk, by=finance.actor("operations"))
    actions.record_refund(refund.pk, by=GATEWAY, answer=said_of_refund(refund, "failed", gateway_id=""))
    refund.refresh_from_db()
    assert (refund.status, refund.payment.held_minor) == ("repeated", 50_000)


def test_the_refund_of_extra_money_that_failed_is_left_to_people(finance: Person) -> None:
    payment = extra()
    assert payment.is_extra
    assert tasks.tidy_payments() == 1
    refund = fails(Refund.objects.get())
    for _minute in range(3):
        assert tasks.tidy_payments() == 0
    assert actions.return_extra(payment.pk, by=GATEWAY) is None
    assert Refund.objects.count() == 1
    actions.try_again(refund.pk, by=finance.actor("operations"))
    again = Refund.objects.get(repeats=refund)
    assert (again.amount, tasks.tidy_payments()) == (payment.amount, 0)
    fails(again)
    assert tasks.tidy_payments() == 0
    assert Refund.objects.count() == 2


def test_finance_tries_again_over_http_and_others_may_not(finance: Person, support: Person, customer: Person) -> None:
    refund = failed(factories.paid(customer.user), amount=50_000)
    path = f"/refunds/{refund.reference}/try_again"
    assert support.api("operations").post(path).status_code == 404
    assert customer.api().post(path).status_code == 404
    assert Refund.objects.count() == 1
    answer = finance.api("operations").post(path)
    assert (answer.status_code, answer.json()["status"]) == (200, "repeated")
    (again,) = finance.api("operations").get("/refunds", {"repeats": refund.reference}).json()["items"]
    assert (again["status"], again["amount"]["amount"]) == ("requested", 50_000)
    answer = finance.api("operations").post(path)
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")


def test_who_may_look_at_money_and_not_give_it_back_may_not_try_again(finance: Person) -> None:
    refund, looker = failed(), replace(finance.actor("operations"), grants=frozenset({"view_money"}))
    with pytest.raises(Denied):
        actions.try_again(refund.pk, by=looker)
    refund.refresh_from_db()
    assert (refund.status, Refund.objects.count()) == ("failed", 1)


def test_the_landing_leads_to_it_and_its_page_has_the_button_until_it_is_tried(finance: Person) -> None:
    refund = failed(amount=50_000)
    button = re.compile(rf"/admin/payments/refund/{refund.pk}/verb/try_again/")

    def page(path: str) -> str:
        answer = finance.admin.get(path)
        assert answer.status_code == 200, path
        return answer.content.decode()

    assert 'data-soko-work="failed_refunds" data-soko-count="1"' in page("/admin/")
    assert refund.reference in page("/admin/payments/refund/?status=failed")
    assert button.search(page(f"/admin/payments/refund/{refund.pk}/change/"))
    actions.try_again(refund.pk, by=finance.actor("operations"))
    again = Refund.objects.get(repeats=refund)
    text = page(f"/admin/payments/refund/{refund.pk}/change/")
    assert not button.search(text)
    assert "The card has expired. It was tried again." in text
    assert again.reference in text
    assert refund.reference in page(f"/admin/payments/refund/{again.pk}/change/")
    assert 'data-soko-work="failed_refunds" data-soko-count="1"' not in page("/admin/")


def test_the_refund_of_extra_money_that_is_given_up_is_asked_for_by_no_clock(finance: Person) -> None:
    payment = extra()
    assert tasks.tidy_payments() == 1
    refund = fails(Refund.objects.get())
    actions.give_up_refund(refund.pk, by=finance.actor("operations"), reason="Paid by bank transfer")
    assert tasks.tidy_payments() == 0
    assert actions.return_extra(payment.pk, by=GATEWAY) is None
    assert Refund.objects.count() == 1


def test_one_that_is_given_up_is_nobodys_work_and_moves_no_money(finance: Person, customer: Person) -> None:
    payment = factories.paid(customer.user)
    refund = failed(payment, amount=50_000)
    path, why = f"/refunds/{refund.reference}/give_up", {"reason": "The buyer's bank has it"}
    assert finance.api("operations").post(path, {}).status_code == 422
    answer = finance.api("operations").post(path, why)
    assert (answer.status_code, answer.json()["status"]) == (200, "given_up")
    payment.refresh_from_db()
    assert (payment.held_minor, payment.refunded_minor, Refund.objects.count()) == (0, 0, 1)
    assert 'data-soko-work="failed_refunds" data-soko-count="1"' not in finance.admin.get("/admin/").content.decode()
    page = finance.admin.get(f"/admin/payments/refund/{refund.pk}/change/").content.decode()
    assert "The card has expired. It was given up; why stands in its history." in page
    history = finance.admin.get(f"/admin/payments/refund/{refund.pk}/history/").content.decode()
    assert "The buyer&#x27;s bank has it" in history
    for verb in ("give_up", "try_again"):
        answer = finance.api("operations").post(
            f"/refunds/{refund.reference}/{verb}", why if verb == "give_up" else None
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")


def test_who_may_not_give_money_back_may_not_give_it_up_either(finance: Person, support: Person) -> None:
    refund = failed()
    looker = replace(finance.actor("operations"), grants=frozenset({"view_money"}))
    with pytest.raises(Denied):
        actions.give_up_refund(refund.pk, by=looker, reason="It is too late.")
    answer = support.api("operations").post(f"/refunds/{refund.reference}/give_up", {"reason": "It is too late."})
    assert answer.status_code == 404
    refund.refresh_from_db()
    assert refund.status == "failed"
