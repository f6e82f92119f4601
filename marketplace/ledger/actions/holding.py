"""A vendor's money waits: until its hold is over, and longer while somebody disputes it."""

from pydantic import InstanceOf

from core import context
from core.actions import action
from core.errors import FieldError, Invalid
from core.money import Money
from core.rules import Actor
from marketplace.ledger import queries, waiting
from marketplace.ledger.actions.posting import Cause, Entry, post
from marketplace.ledger.errors import HoldTooLarge, NothingHeld
from marketplace.ledger.kinds import AccountKind, JournalKind
from marketplace.ledger.models import Journal
from marketplace.orders import states
from marketplace.orders.models import Dispute, VendorOrder


@action(label="Make available")
def release(share: VendorOrder, *, by: Actor) -> VendorOrder:
    """Make the pending money of a share available, once. Does nothing where its hold is not over, something of it is held back,
    or money is on its way back to the buyer."""
    if waiting.to_release(context.now()).filter(pk=share.pk).exists():
        pending = queries.standing_of_share(share).pending.amount
        _move(share, JournalKind.RELEASE, Cause.of(share), AccountKind.PENDING, AccountKind.AVAILABLE, pending)
    return share


@action(label="Hold back")
def hold(share: VendorOrder, *, by: Actor, amount: Money, cause: InstanceOf[Cause]) -> VendorOrder:
    """Hold so much of a vendor's money back until `release_hold` for the same cause; a second time for it does nothing.

    It is taken from what of the share is pending, then from what is available, which may fall below zero. Whoever calls has judged
    that it may be. Refuses with 409 `hold_too_large` more than the share cost, with 422 nothing.
    """
    if amount.amount < 1:
        raise Invalid(errors=[FieldError("/amount", "greater_than_equal", "Hold something back.")])
    if share.total < amount:
        raise HoldTooLarge(total=str(share.total))
    _keep(share, amount.amount, cause)
    return share


@action(label="Let go")
def release_hold(share: VendorOrder, *, by: Actor, cause: InstanceOf[Cause]) -> VendorOrder:
    """Give back what is left of what was held back for a cause: less, where a refund has taken some. A second time does nothing.

    It becomes what it would be by now: available once the share's money is, else pending. Refuses with 409 `nothing_held` where
    nothing was held back for the cause.
    """
    held = queries.journal_of(JournalKind.HOLD, cause.model, cause.reference)
    if held is None or held.share_id != share.pk:
        raise NothingHeld(cause=cause.reference)
    _let_go(share, queries.held_for(share, cause.reference), cause, held)
    return share


@action(label="Hold what is disputed by now")
def follow_hold(share: VendorOrder, *, by: Actor, case: InstanceOf[Dispute]) -> VendorOrder:
    """A bank disputes another amount than before, or the vendor has more by now of what is disputed: hold more back, as far as the
    vendor has it, or let some go. A second time, before anything was held and once the case is decided, it does nothing.
    """
    case = Dispute.objects.get(pk=case.pk)  # as it is now that its share is held
    held = queries.journal_of(JournalKind.HOLD, case._meta.label_lower, case.reference)
    if held is None or case.state not in states.DISPUTED or case.vendor_order_id != share.pk:
        return share
    step = queries.hold_step(case)
    cause = Cause(held.cause_model, f"{case.reference}/{queries.steps_of_hold(share, case.reference) + 1}")
    if step > 0:
        _keep(share, step, cause)
    elif step < 0:
        _let_go(share, -step, cause, held)
    return share


def _keep(share: VendorOrder, amount: int, cause: Cause) -> None:
    pending = min(amount, max(queries.standing_of_share(share).pending.amount, 0))
    entries = [
        Entry(AccountKind.PENDING, pending, vendor_id=share.vendor_id),
        Entry(AccountKind.AVAILABLE, amount - pending, vendor_id=share.vendor_id),
        Entry(AccountKind.RESERVED, -amount, vendor_id=share.vendor_id),
    ]
    _post(share, JournalKind.HOLD, cause, entries)


def _let_go(share: VendorOrder, amount: int, cause: Cause, held: Journal) -> None:
    reserved = queries.standing_of_share(share).reserved.amount - queries.held_for_others(share, held.cause_reference)
    left = min(amount, max(reserved, 0))
    is_released = queries.journal_of(JournalKind.RELEASE, queries.SHARE, share.reference) is not None
    to = AccountKind.AVAILABLE if is_released else AccountKind.PENDING
    entries = [
        Entry(AccountKind.RESERVED, left, vendor_id=share.vendor_id),
        Entry(to, -left, vendor_id=share.vendor_id),
    ]
    _post(share, JournalKind.HOLD_RELEASE, cause, entries, reverses=held)


def _move(
    share: VendorOrder, kind: JournalKind, cause: Cause, source: AccountKind, to: AccountKind, amount: int
) -> None:
    entries = [Entry(source, amount, vendor_id=share.vendor_id), Entry(to, -amount, vendor_id=share.vendor_id)]
    _post(share, kind, cause, entries)


def _post(share: VendorOrder, kind: JournalKind, cause: Cause, entries: list[Entry], **said: object) -> None:
    post(
        kind, cause, entries, currency=share.total.currency, at=context.now(), subject=share.order.reference, share=share,
        **said,  # type: ignore[arg-type]
    )  # fmt: skip
