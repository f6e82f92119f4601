"""The work with money: each kind counts exactly the rows that its link shows, and costs the same however much there is."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from core.money import Money
from core.resources.admin import lists
from core.resources.registry import resource_of
from core.rules import Actor, scope
from core.testing import writing_as_system
from marketplace.cast import Goods, Person
from marketplace.finance import figures, landing, reconciliation, work
from marketplace.ledger import tasks as ledger
from marketplace.ledger.tests.factories import booked, given_back, rule
from marketplace.orders.models import RefundRequest
from marketplace.orders.tests.factories import shares_of
from marketplace.payments.models import Payment, Refund, StatementDifference
from marketplace.payments.tests import factories as payments
from marketplace.payments.tests.factories import kes
from marketplace.payouts import actions as payouts
from marketplace.payouts.models import Payout
from marketplace.payouts.tests.factories import CLOCK, account, approved, earned, ended

pytestmark = pytest.mark.django_db
ROWS = [pytest.param(each, id=each.name) for each in work.KINDS]


@pytest.fixture
def actor(finance: Person) -> Actor:
    return finance.actor("operations")


def refused(refund: Refund) -> Refund:
    """A refund that the gateway would not give."""
    answer = payments.said_of_refund(refund, "failed", failure_sentence="The card is closed.")
    return payments.actions.record_refund(refund.pk, by=payments.GATEWAY, answer=answer)


@pytest.fixture
def planted(customer: Person, goods: Goods, owner: Person, rival: Person) -> None:
    """Something of each kind of work, and beside it what is none."""
    stuck, _open = payments.lost(), payments.sending()
    QuerySet(Payment).filter(pk=stuck.pk).update(is_stuck=True)
    payments.lost(amount=kes(700))
    payments.declined()
    paid = payments.paid()
    back = payments.refund_sending(paid, amount=300)
    QuerySet(Refund).filter(pk=back.pk).update(is_stuck=True)
    payments.actions.lose_refund(
        payments.refund_sending(paid, amount=400).pk, by=payments.GATEWAY, why="The reply was dropped."
    )
    refused(payments.refund_sending(paid, amount=500))
    payments.given_back(paid, amount=600)
    payments.disputed()
    payments.disputed(status="lost")
    payments.disputed(due_at=timezone.now() - timedelta(minutes=1))
    payments.disputed(due_at=None)
    for amount, is_sent in ((200, False), (100, True)):
        row = payments.disputed(amount=kes(amount))
        payments.actions.submit_evidence(row.pk, by=payments.GATEWAY, evidence="It was handed over.")
        if is_sent:
            payments.actions.note_evidence(row.pk, by=payments.GATEWAY)
    with writing_as_system():
        row = StatementDifference(
            gateway="mock", kind="captured", gateway_id="pay_x", fault="missing", sentence="Only the gateway has it.",
            moved_at=timezone.now() - timedelta(days=90),
        )  # fmt: skip
        row.amount = kes(900)
        row.save()
    earned(customer.user, {goods.mug: 1, goods.lamp: 1})
    assert owner.vendor is not None
    assert rival.vendor is not None
    account(rival.vendor, is_verified=False)
    account(owner.vendor)
    share = shares_of(booked(customer.user, {goods.rug: 1}))[0]
    with writing_as_system():
        asked = RefundRequest(vendor_order=share, reference="RR-1", reason="It arrived broken.", asked_by_name="Sam")
        asked.amount = kes(250)
        asked.save()


def found(actor: Actor) -> dict[str, work.Work]:
    return {each.kind: each for each in work.work_of(actor)}


def counted(actor: Actor) -> dict[str, tuple[int, list[str]]]:
    return {
        name: (each.much.count, [str(one) for one in each.much.amounts])
        for name, each in found(actor).items()
        if each.much.count
    }


def test_of_a_market_where_nothing_waits_every_kind_says_so(actor: Actor) -> None:
    assert counted(actor) == {}
    assert len(found(actor)) == len(work.KINDS) + 4


def test_each_kind_counts_what_is_planted_and_what_it_comes_to(planted: None, actor: Actor) -> None:
    told = counted(actor)
    assert told == {
        "stuck_payments": (1, ["KES 1,500.00"]),
        "unknown_payments": (1, ["KES 7.00"]),
        "stuck_refunds": (1, ["KES 3.00"]),
        "unknown_refunds": (1, ["KES 4.00"]),
        "refunds_to_allow": (1, ["KES 2.50"]),
        "failed_refunds": (1, ["KES 5.00"]),
        "chargebacks": (2, ["KES 1,502.00"]),
        "accounts_to_verify": (1, []),
        "statement_differences": (1, ["KES 9.00"]),
        "payouts_due": (1, ["KES 5.00"]),
    }


def test_payouts_are_work_from_their_day_to_their_end(
    customer: Person, goods: Goods, owner: Person, rival: Person, actor: Actor
) -> None:
    earned(customer.user, {goods.mug: 1, goods.lamp: 1})
    assert owner.vendor is not None
    assert rival.vendor is not None
    account(owner.vendor)
    account(rival.vendor)
    assert counted(actor)["payouts_due"] == (2, ["KES 35.00"])
    batch = payouts.prepare(by=CLOCK)
    assert {"payouts_to_approve": (1, ["KES 35.00"])}.items() <= counted(actor).items()
    assert "payouts_due" not in counted(actor)
    first, second = approved(batch)
    QuerySet(Payout).filter(pk=first.pk).update(gateway="offline")
    assert "payouts_to_approve" not in counted(actor)
    assert counted(actor)["payouts_by_hand"] == (1, [str(first.amount)])
    ended(second, "failed", failure_sentence="The account is closed.")
    assert counted(actor)["failed_payouts"] == (1, [str(second.amount)])
    QuerySet(Payout).filter(pk=second.pk).update(prepared_at=timezone.now() - timedelta(days=31))
    assert "failed_payouts" not in counted(actor)


def test_vendors_who_owe_are_told_with_their_debt_and_the_page_shows_them_alone(
    customer: Person, goods: Goods, owner: Person, rival: Person, finance: Person, actor: Actor
) -> None:
    order = earned(customer.user, {goods.mug: 1, goods.lamp: 1})
    assert owner.vendor is not None
    assert rival.vendor is not None
    account(owner.vendor)
    for payout in approved(payouts.prepare(by=CLOCK)):
        ended(payout)
    mine = next(each for each in shares_of(order) if each.vendor_id == owner.vendor.pk)
    assert "vendors_in_debt" not in counted(actor)
    given_back(order, 500, about=mine.reference)
    assert counted(actor)["vendors_in_debt"] == (1, ["KES 5.00"])
    page = finance.admin.get(found(actor)["vendors_in_debt"].link).content.decode()
    assert escape(owner.vendor.name) in page
    assert escape(rival.vendor.name) not in page


def test_what_is_not_in_the_books_is_work_and_the_page_is_red_until_it_is(
    actor: Actor, finance: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation, "GRACE", -timedelta(minutes=1))
    payments.paid()
    assert counted(actor) == {"unreconciled": (1, ["KES 1,500.00"])}
    page = finance.admin.get("/admin/finance/").content.decode()
    assert 'data-soko-work="unreconciled" data-soko-count="1"' in page
    assert "Gateways, orders and books agree" not in page
    assert "tone-danger" in page
    ledger.catch_up()
    assert counted(actor) == {}
    assert "Gateways, orders and books agree" in finance.admin.get("/admin/finance/").content.decode()


@pytest.mark.parametrize("kind", ROWS)
def test_the_link_of_a_kind_shows_exactly_the_rows_that_it_counts(
    kind: work.Kind, planted: None, actor: Actor, finance: Person
) -> None:
    mine = found(actor)[kind.name]
    resource: Any = resource_of(kind.model)
    condition = lists.asked(resource, actor, QueryDict(urlsplit(mine.link).query))
    shown = scope(actor, kind.model).filter(condition)
    assert set(shown) == set(scope(actor, kind.model).filter(kind.rows()))
    assert shown.count() == mine.much.count
    assert finance.admin.get(mine.link).status_code == 200
    api = finance.api("operations").get(mine.rows.removeprefix("/api/operations/v1"))
    assert (api.status_code, len(api.json()["items"])) == (200, mine.much.count)


def test_a_hundred_rows_of_work_cost_as_many_queries_as_ten(actor: Actor, customer: Person, finance: Person) -> None:
    def many(count: int) -> None:
        base = payments.lost(customer.user)
        rows = []
        for number in range(count - 1):
            row = Payment.objects.get(pk=base.pk)
            row.pk, row.reference, row.key = None, f"PY-{base.pk}-{number}", f"KEY-{base.pk}-{number}"
            row.subject, row._state.adding = f"SK-{base.pk}-{number}", True
            rows.append(row)
        QuerySet(Payment).bulk_create(rows)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            landing.FINANCE.draw(actor)
        return len(queries)

    many(10)
    ten = cost()
    many(90)
    assert cost() == ten
    assert counted(actor)["unknown_payments"][0] == 100


def test_the_figures_of_today_are_what_moved_today(customer: Person, goods: Goods, actor: Actor) -> None:
    rule(1000)
    order = booked(customer.user, {goods.mug: 1, goods.rug: 1, goods.lamp: 1})
    given_back(order, 6250, about=shares_of(order)[0].reference)
    told = {each.name: each for each in figures.of_today(actor)}
    assert {name: [str(one) for one in each.much.amounts] for name, each in told.items()} == {
        "captured": ["KES 155.00"],
        "refunded": ["KES 62.50"],
        "commission": ["KES 9.25"],
    }
    for each in told.values():
        model: Any = figures.Posting if each.name == "commission" else figures.MoneyMove
        resource: Any = resource_of(model)
        rows = scope(actor, model).filter(lists.asked(resource, actor, QueryDict(urlsplit(each.link).query)))
        assert abs(sum(row.amount.amount for row in rows)) == each.much.amounts[0].amount


def test_the_month_adds_up_to_what_the_books_have(customer: Person, goods: Goods, actor: Actor) -> None:
    rule(1000)
    order = booked(customer.user, {goods.mug: 1, goods.rug: 1, goods.lamp: 1})
    given_back(order, 6250, about=shares_of(order)[0].reference)
    ledger.catch_up()
    days = figures.by_day(actor, landing.last_days(30))["KES"]
    assert len(days) == 30
    assert (days[-1].revenue, days[-1].fees, days[-1].refunds) == (15_500, 925, 6_250)
    assert figures.totals(days, "KES") == {
        "revenue": Money(15_500, "KES"), "fees": Money(925, "KES"), "refunds": Money(6_250, "KES"),
    }  # fmt: skip
    assert "KES 9.25" in [each["sum"] for chart in landing.of_month(actor)["charts"] for each in chart["totals"]]


def test_lists_that_left_the_sidebar_are_found_by_their_names(finance: Person, owner: Person) -> None:
    link = 'href="/admin/payments/webhookdelivery/"'
    assert link not in finance.admin.get("/admin/password_change/").content.decode()
    assert link in finance.admin.get("/admin/search/?s=webhook").content.decode()
    assert link not in owner.admin.get("/admin/search/?s=webhook").content.decode()
