"""Payouts, declared: where vendors are paid, batches for finance, and each vendor's own payouts."""

from core.audiences import OPERATIONS, VENDOR
from core.resources.declaration import ANY_OF, CREATE, EXACT, RANGE, F, Look, Resource
from core.resources.types import text
from marketplace.payouts import actions
from marketplace.payouts.models import Payout, PayoutAccount, PayoutBatch

TEAM = VENDOR | OPERATIONS


def paid_to(payout: Payout) -> str:
    """Where it goes: the bank, and the end of the number."""
    return str(payout.account)


class PayoutAccounts(Resource):
    model, group, icon = PayoutAccount, "Money", "account_balance"
    fields = {
        "vendor": F(read=TEAM, write=VENDOR, on=CREATE, filter=EXACT, expand=True),
        "kind": F(read=TEAM, write=VENDOR, on=CREATE),
        "bank": F(read=TEAM, write=VENDOR, on=CREATE, search=True),
        "holder": F(read=TEAM, write=VENDOR, on=CREATE, search=True),
        "number": F(read=TEAM, write=VENDOR, on=CREATE, card=False),
        "currency": F(read=TEAM, write=VENDOR, on=CREATE, filter=EXACT),
        "status": F(read=TEAM, filter=ANY_OF),
        "status_since": F(read=TEAM),
        "judgement": F(read=TEAM, card=False),
    }
    verbs = (actions.verify, actions.reject, actions.retire)
    transfer = False
    look = Look(
        columns=("vendor", "bank", "holder", "currency", "status"),
        facts=("vendor", "kind", "bank", "holder", "number", "currency", "judgement"),
        filters=("status", "vendor", "currency"),
        empty="No vendor has said where it is paid.",
        help="Payouts go to an account that staff have verified.",
    )


class PayoutBatches(Resource):
    model, group, icon = PayoutBatch, "Money", "playlist_add_check"
    public_by = "reference"
    fields = {
        "reference": F(read=OPERATIONS, search=True, help="The same as `id`."),
        "status": F(read=OPERATIONS, filter=ANY_OF),
        "status_since": F(read=OPERATIONS),
        "prepared_by_name": F(read=OPERATIONS),
        "approved_by_name": F(read=OPERATIONS),
        "prepared_at": F(read=OPERATIONS, order=True, filter=RANGE),
    }
    verbs = (actions.approve, actions.cancel)
    order = ("-prepared_at", "-id")
    transfer = False
    look = Look(
        columns=("reference", "status", "prepared_by_name", "approved_by_name", "prepared_at"),
        filters=("status", "prepared_at"),
        empty="No payouts have been prepared yet.",
        help="Whoever prepared a batch does not approve it.",
    )


class Payouts(Resource):
    model, group, icon = Payout, "Money", "outbox"
    public_by = "reference"
    fields = {
        "reference": F(read=TEAM, search=True, help="The same as `id`."),
        "vendor": F(read=TEAM, filter=EXACT, expand=True),
        "amount": F(read=TEAM),
        "period": F(read=TEAM, filter=EXACT, help="The day, week or month that it is for."),
        "status": F(read=TEAM, filter=ANY_OF),
        "status_since": F(read=TEAM),
        "paid_to": F(read=TEAM, compute=paid_to, type=text(120), needs=("account",)),
        "batch": F(read=OPERATIONS, filter=EXACT, expand=True),
        "failure_sentence": F(read=TEAM, card=False, help="Why it failed or came back; its money is available again."),
        "trouble": F(read=OPERATIONS, card=False, help="Why nobody knows what became of it."),
        "proof": F(read=TEAM, card=False, help="The bank's reference, where it was paid by hand."),
        "gateway": F(read=OPERATIONS, filter=EXACT),
        "gateway_id": F(read=OPERATIONS, search=True, filter=EXACT),
        "prepared_at": F(read=TEAM, order=True, filter=RANGE),
        "paid_at": F(read=TEAM),
    }
    verbs = (actions.mark_paid, actions.mark_failed, actions.mark_returned, actions.reconcile)
    order = ("-prepared_at", "-id")
    transfer = False
    look = Look(
        columns=("reference", "vendor", "amount", "period", "status", "paid_to"),
        filters=("status", "vendor", "period", "prepared_at"),
        empty="Nobody has been paid out yet.",
    )
