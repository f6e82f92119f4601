"""Many at the books at the same moment, and a journal that does not add up (PostgreSQL, real transactions)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from core.testing import writing_as_system
from core.testing.races import at_once
from marketplace.cast import Goods, Person
from marketplace.ledger import actions, queries, tasks
from marketplace.ledger.actions import Cause, Entry, posting
from marketplace.ledger.kinds import AccountKind, JournalKind
from marketplace.ledger.models import Account, Journal, Posting
from marketplace.ledger.tests.factories import SYSTEM, asked_back, booked, books, delivered, rule
from marketplace.orders import banks
from marketplace.orders.models import Dispute, VendorOrder
from marketplace.orders.tests.factories import paid, refund_succeeds, shares_of
from marketplace.payments.models import Chargeback, Payment
from marketplace.payments.tests.factories import disputed, kes

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
DISPUTE = Cause("orders.dispute", "DS-1")


def test_three_sweeps_at_once_post_everything_once(customer: Person, goods: Goods) -> None:
    rule(1000)
    for _ in range(3):
        paid(customer.user, {goods.mug: 1, goods.rug: 1})
    assert at_once([tasks.catch_up] * 3) == {"done": 3}
    assert Journal.objects.count() == 6
    assert books() == {"gateway": 37_500, "revenue:commission": 3750, "vendor_pending": 33_750}


def test_without_the_constraint_they_post_twice(
    customer: Person, goods: Goods, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control: without `journal_once`, and with nothing else between, money comes three times."""
    paid(customer.user, {goods.mug: 1})
    found = posting._accounts

    def slowly(*given: object) -> object:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.3)")
        return found(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(posting, "_accounts", slowly)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_journal DROP CONSTRAINT journal_once")
    try:
        at_once([tasks.catch_up] * 3)
        assert Journal.objects.filter(kind="capture").count() == 3
        assert books()["gateway"] == 1500
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE ledger_journal, ledger_posting, ledger_linesplit CASCADE")
            cursor.execute(
                "ALTER TABLE ledger_journal ADD CONSTRAINT journal_once UNIQUE (kind, cause_model, cause_reference)"
            )


def test_accounts_are_opened_once_however_many_need_them(db: None) -> None:
    def one(number: int) -> Callable[[], object]:
        def run() -> None:
            with writing_as_system(), transaction.atomic():
                actions.post(
                    JournalKind.CORRECTION, Cause("orders.order", f"SK-{number}"),
                    [Entry(AccountKind.GATEWAY, 5, part="mock"), Entry(AccountKind.CLEARING, -5)],
                    currency="KES", at=timezone.now(),
                )  # fmt: skip

        return run

    assert at_once([one(number) for number in range(8)]) == {"done": 8}
    assert (Account.objects.count(), Journal.objects.count(), books()) == (2, 8, {"clearing": 40, "gateway": 40})


def test_refunds_release_and_hold_at_once_move_each_unit_once(customer: Person, goods: Goods) -> None:
    """T-RACE-4 in the books: whatever comes first, pending, available and reserved never hold more than was sold."""
    rule(1250)
    for _ in range(5):
        order = booked(customer.user, {goods.mug: 2})
        share = delivered(shares_of(order)[0])
        VendorOrder.objects.filter(pk=share.pk).update(state_since=timezone.now() - timedelta(days=400))
        back = [refund_succeeds(asked_back(order, amount, about=share.reference)) for amount in (300, 333)]
        before = books()
        rivals: list[Callable[[], object]] = [
            *(lambda refund=each: actions.book_refund(refund.pk, by=SYSTEM) for each in back),
            lambda share=share: actions.release(share.pk, by=SYSTEM),
            lambda share=share: actions.hold(share.pk, by=SYSTEM, amount=share.total, cause=Cause("orders.dispute", share.reference)),
            tasks.catch_up,
        ]  # fmt: skip
        assert at_once(rivals) == {"done": 5}
        actions.release_hold(share.pk, by=SYSTEM, cause=Cause("orders.dispute", share.reference))
        now = books()
        assert now["gateway"] == before["gateway"] - 633
        assert sum(Posting.objects.filter(journal__share=share).values_list("amount_minor", flat=True)) == 0
        assert Journal.objects.filter(share=share, kind="reversal").count() == 2
        kept = sum(
            -amount for amount in Posting.objects.filter(journal__share=share, account__vendor=share.vendor_id)
            .values_list("amount_minor", flat=True)
        )  # fmt: skip
        assert kept == 1000 - 633 - (125 - 79)  # 12.5 % of 10.00 less 12.5 % of 6.33


@pytest.mark.parametrize(
    ("amounts", "currencies"),
    [((100, -99), ("KES", "KES")), ((100, -100), ("KES", "USD")), ((100,), ("KES",)), ((), ())],
    ids=["not zero", "two currencies", "one posting", "none"],
)
def test_the_database_refuses_a_journal_that_does_not_add_up(
    amounts: tuple[int, ...], currencies: tuple[str, ...], db: None
) -> None:
    def written() -> None:
        with transaction.atomic(), writing_as_system() as deed:
            journal = Journal(
                reference="JN-TEST",
                kind="correction",
                cause_model="a.b",
                cause_reference="c",
                at=timezone.now(),
                deed=deed.id,
            )
            journal.save()
            for number, (amount, currency) in enumerate(zip(amounts, currencies, strict=True)):
                account = Account(kind="clearing", part=str(number), currency=currency)
                account.save()
                Posting(
                    journal=journal, account=account, amount_minor=amount, amount_currency=currency, at=timezone.now()
                ).save()

    with pytest.raises(IntegrityError, match="does not add up to zero"):
        written()
    assert (Journal.objects.count(), Posting.objects.count()) == (0, 0)


def test_a_posting_cannot_be_added_to_a_journal_later(customer: Person, goods: Goods) -> None:
    booked(customer.user, {goods.mug: 1})
    journal, account = Journal.objects.earliest("pk"), Account(kind="clearing", part="other", currency="KES")
    account.save()
    with pytest.raises(IntegrityError, match="does not add up to zero"), transaction.atomic():
        Posting(journal=journal, account=account, amount_minor=5, amount_currency="KES", at=timezone.now()).save()
    assert Posting.objects.filter(journal=journal).count() == 2


def test_what_a_bank_disputes_by_now_is_followed_once_however_many_hear_of_it(customer: Person, goods: Goods) -> None:
    rule(1_000)
    share = delivered(shares_of(booked(customer.user, {goods.mug: 3}))[0])
    payment = Payment.objects.get()
    for amount, reserved in ((1_000, 1_000), (400, 400), (1_200, 1_200)):
        row = disputed(payment, gateway_id="dp_1", amount=kes(amount))
        assert at_once([lambda row=row: banks.follow(share.order.reference, banks.Word.of(row))] * 3) == {"done": 3}
        assert at_once([tasks.catch_up] * 4) == {"done": 4}
        assert queries.standing_of_share(share).reserved.amount == reserved
    assert Journal.objects.filter(kind__startswith="hold").count() == 3
    row = disputed(payment, "lost", gateway_id="dp_1", amount=kes(1_500))
    assert at_once([lambda: banks.follow(share.order.reference, banks.Word.of(row))] * 3) == {"done": 3}
    Chargeback.objects.update(borne_minor=300)
    assert at_once([tasks.catch_up] * 4) == {"done": 4}
    assert Journal.objects.filter(kind="chargeback").count() == 2
    assert Journal.objects.filter(kind="reversal").count() == 1


def test_what_a_bank_takes_up_anew_has_one_more_case_however_many_hear_of_it(customer: Person, goods: Goods) -> None:
    rule(1_000)
    share = delivered(shares_of(booked(customer.user, {goods.mug: 3}))[0])
    payment = Payment.objects.get()
    for number, status in enumerate(("won", "open", "won", "open")):
        row = disputed(payment, status, gateway_id="dp_1", amount=kes(1_500))
        assert at_once([lambda row=row: banks.follow(share.order.reference, banks.Word.of(row))] * 4) == {"done": 4}
        assert at_once([tasks.catch_up] * 3) == {"done": 3}
        held = (0, 1_350)[status == "open"]
        assert (Dispute.objects.count(), queries.standing_of_share(share).reserved.amount) == (
            (1, 2, 2, 3)[number],
            held,
        )


def test_what_a_bank_gives_back_is_given_back_once_however_many_hear_of_it(customer: Person, goods: Goods) -> None:
    rule(1_000)
    share = delivered(shares_of(booked(customer.user, {goods.mug: 3}))[0])
    payment, before = Payment.objects.get(), books()
    for number, status in enumerate(("lost", "won", "lost", "won")):
        row = disputed(payment, status, gateway_id="dp_1", amount=kes(1_500))
        assert at_once([lambda row=row: banks.follow(share.order.reference, banks.Word.of(row))] * 3) == {"done": 3}
        assert at_once([tasks.catch_up] * 3)["done"] == 3
        assert [each.state for each in Dispute.objects.order_by("pk")] == [*["won"] * (number // 2), status]
        assert books() == ({} if status == "lost" else before)
    assert sorted(Journal.objects.filter(reverses__isnull=False).values_list("kind", flat=True)) == [
        *["chargeback"] * 2, *["reversal"] * 4,
    ]  # fmt: skip
