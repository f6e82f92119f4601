"""Payouts are prepared, by the clock or a person, and approved by a second person."""

from collections.abc import Iterable, Sequence

from django.db import IntegrityError, transaction

from core import context, deeds, references, writing
from core.actions import action, locked
from core.events import publish
from core.inputs import Reason
from core.rules import Actor
from marketplace.ledger.actions import Cause, Entry, post
from marketplace.ledger.kinds import AccountKind, JournalKind
from marketplace.payouts import gateways, queries, states
from marketplace.payouts.errors import NothingToPayOut, SamePerson
from marketplace.payouts.events import PayoutApproved
from marketplace.payouts.models import Payout, PayoutBatch
from marketplace.vendors.models import Vendor


@action(label="Prepare payouts", audited=False)
def prepare(*, by: Actor) -> PayoutBatch | None:
    """Prepare a payout for each vendor that is due: its available money is set aside. None where nobody is due.

    Whoever calls has judged that payouts may be prepared. Safe to run again, or several times at once: a vendor has one payout
    for each period.
    """
    due = [each.vendor.pk for each in queries.plan(context.now()) if each.is_due]
    return _batch(due, by=by, asked=False)


@action(label="Ask for a payout", audited=False)
def ask_for(vendor_id: int, /, *, by: Actor) -> Payout:
    """Prepare a payout of all that a vendor has available, outside of its schedule; it is approved like any other. Once a day.

    Whoever calls has judged that it may be asked for. Refuses with 409 `nothing_to_pay_out`, saying why.
    """
    batch = _batch([vendor_id], by=by, asked=True)
    if batch is None:
        lines = queries.plan(context.now(), vendor_ids=[vendor_id], asked=True)
        raise NothingToPayOut(why=lines[0].why if lines else "nothing is available yet.")
    return Payout.objects.get(batch=batch)


def held(vendor_ids: Iterable[int]) -> None:
    """Hold these vendors, in the order of their keys: nobody else sets their money aside meanwhile."""
    list(locked(Vendor).filter(pk__in=list(vendor_ids)).order_by("pk"))


def _batch(vendor_ids: Sequence[int], *, by: Actor, asked: bool) -> PayoutBatch | None:
    if not vendor_ids:
        return None
    held(vendor_ids)
    due = [each for each in queries.plan(context.now(), vendor_ids=vendor_ids, asked=asked) if each.is_due]
    if not due:  # somebody was faster
        return None
    batch = PayoutBatch(reference=references.new("PB"), prepared_by_id=by.user_id, prepared_by_name=by.name[:120])
    batch.save(force_insert=True)
    writing.audit(deeds.require(batch), batch, writing.created(batch))
    made = [_payout(batch, line) for line in due]
    if not any(made):
        batch.delete()
        return None
    return batch


def _payout(batch: PayoutBatch, line: queries.Line) -> bool:
    """One payout, its money set aside with it; False where the vendor has one for this period."""
    payout = Payout(
        batch=batch, vendor=line.vendor, account=line.account, reference=references.new("PO"), key=references.new("KEY"),
        period=line.period, gateway=gateways.name(),
    )  # fmt: skip
    payout.amount = line.amount
    try:
        with transaction.atomic():
            payout.save(force_insert=True)
    except IntegrityError:
        return False
    writing.audit(deeds.require(payout), payout, writing.created(payout))
    move(payout, JournalKind.PAYOUT, AccountKind.AVAILABLE, AccountKind.PAYING)
    return True


def move(payout: Payout, kind: JournalKind, source: AccountKind, to: AccountKind) -> None:
    """Post a payout's money from one of its vendor's accounts, or from the gateway's, to another."""
    minor = payout.amount.amount
    post(
        kind, Cause.of(payout), [_entry(source, minor, payout), _entry(to, -minor, payout)],
        currency=payout.amount.currency, at=context.now(),
    )  # fmt: skip


def _entry(kind: AccountKind, minor: int, payout: Payout) -> Entry:
    if kind == AccountKind.GATEWAY:
        return Entry(kind, minor, part=payout.gateway)
    return Entry(kind, minor, vendor_id=payout.vendor_id)


def payouts_of(batch: PayoutBatch) -> list[Payout]:
    """The payouts of a batch that is held, locked in the order of their keys."""
    return list(locked(Payout).filter(batch=batch).order_by("pk"))


def what_goes_out(batch: PayoutBatch) -> str:
    """What approving it does, in numbers."""
    rows = list(batch.payouts.all())
    sums: dict[str, int] = {}
    for each in rows:
        sums[each.amount.currency] = sums.get(each.amount.currency, 0) + each.amount.amount
    money = (
        " and ".join(str(type(rows[0].amount)(minor, currency)) for currency, minor in sorted(sums.items()))
        if rows
        else "Nothing"
    )
    return f"{money} goes out to {len(rows)} vendor{'' if len(rows) == 1 else 's'}. This cannot be taken back."


def who_waits(batch: PayoutBatch, by: Actor) -> str:
    """Why a batch is not this person's to approve: whoever prepared it waits for a second person."""
    own = batch.status == "prepared" and by.user_id is not None and by.user_id == batch.prepared_by_id
    return "You prepared this: it waits for a second person, who approves it." if own else ""


@action(label="Approve", icon="task_alt", effect=what_goes_out, unless=who_waits)
def approve(batch: PayoutBatch, *, by: Actor) -> PayoutBatch:
    """Let the payouts of a batch go. Refuses with 409 `same_person` whoever prepared it, `wrong_state` one that is decided."""
    if who_waits(batch, by):
        raise SamePerson()
    states.BATCH.move(batch, "approve")
    batch.approved_by_name = by.name[:120]
    for payout in payouts_of(batch):
        _settled(payout, "approve")
        publish(PayoutApproved(payout_id=payout.pk, vendor_id=payout.vendor_id))
    return batch


@action(label="Cancel", icon="cancel", danger=True)
def cancel(batch: PayoutBatch, *, by: Actor, reason: Reason) -> PayoutBatch:
    """Call a batch off before it is approved: its money is available again. Refuses with 409 `wrong_state` any other."""
    states.BATCH.move(batch, "cancel")
    for payout in payouts_of(batch):
        _settled(payout, "cancel")
        move(payout, JournalKind.PAYOUT_RETURNED, AccountKind.PAYING, AccountKind.AVAILABLE)
    return batch


def _settled(payout: Payout, verb: str) -> None:
    before = writing.snapshot(payout)
    states.PAYOUT.move(payout, verb)
    writing.settle(deeds.require(payout), payout, before)
