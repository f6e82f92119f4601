"""Who sees money: whoever paid, their own payments; finance everything. Vendors see none of it."""

from django.db.models import Q

from core.rules import NO_ROWS, Actor, Policy, Rows, granted


def paid_by(actor: Actor) -> Q:
    """One's own payments."""
    return Q(payer=actor.user_id) if actor.is_signed_in else NO_ROWS


SEES = granted("view_money")

PAYMENT = Policy(storefront=Rows(view=paid_by), operations=Rows(view=SEES, verbs={"reconcile": SEES}))
REFUND = Policy(
    operations=Rows(view=SEES, verbs={"reconcile": SEES, "try_again": granted("refund"), "give_up": granted("refund")})
)
MONEY_MOVE = Policy(operations=Rows(view=SEES))
WEBHOOK = Policy(operations=Rows(view=SEES, verbs={"replay": SEES}))
WEBHOOK_ATTEMPT = Policy(operations=Rows(view=SEES))
DIFFERENCE = Policy(operations=Rows(view=SEES, verbs={"explain": SEES}))
ANSWERS = granted("refund")
CHARGEBACK = Policy(
    operations=Rows(view=SEES, verbs={"submit_evidence": ANSWERS, "send_evidence_again": ANSWERS, "ask_about": SEES})
)
