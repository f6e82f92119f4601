"""The states of a payment, a refund and a webhook. What a gateway may have done is ended by what the gateway says, never by a guess."""

from core.states import Moves

PAYMENT = Moves(
    "status",
    initial="started",
    table=(
        ("started", "claim", "sending"),
        ("sending", "claim", "sending"),  # a claim that nobody finished; the key is the same
        ("unknown", "claim", "sending"),
        ("sending", "succeed", "succeeded"),
        ("unknown", "succeed", "succeeded"),
        ("requires_action", "succeed", "succeeded"),
        ("failed", "succeed", "succeeded"),  # it had been given up, and the money came all the same
        ("sending", "require_action", "requires_action"),
        ("unknown", "require_action", "requires_action"),
        ("sending", "lose", "unknown"),
        ("sending", "fail", "failed"),
        ("unknown", "fail", "failed"),
        ("requires_action", "fail", "failed"),
        ("started", "abandon", "failed"),
    ),
    tones={
        "started": "info",
        "sending": "info",
        "unknown": "danger",
        "requires_action": "warning",
        "succeeded": "success",
        "failed": "warning",
    },
)
#: The gateway has heard of it, or may have: only the gateway can end it.
OPEN = ("sending", "unknown", "requires_action")

#: Refunds that the gateway would not make and that no clock asks for again.
LEFT = ("failed", "given_up")

REFUND = Moves(
    "status",
    initial="requested",
    table=(
        ("requested", "claim", "sending"),
        ("sending", "claim", "sending"),
        ("unknown", "claim", "sending"),
        ("sending", "succeed", "succeeded"),
        ("unknown", "succeed", "succeeded"),
        ("sending", "lose", "unknown"),
        ("sending", "fail", "failed"),
        ("unknown", "fail", "failed"),
        ("failed", "try_again", "repeated"),  # another refund has taken its place
        ("failed", "give_up", "given_up"),  # it is settled outside of the gateway, or there is nothing left to settle
    ),
    tones={
        "requested": "info",
        "sending": "info",
        "unknown": "danger",
        "succeeded": "success",
        "failed": "danger",
        "repeated": "info",
        "given_up": "",
    },
)
#: Money that is to go back and has not yet.
PENDING = ("requested", "sending", "unknown")
#: Money that has gone back, or is to: a failed one's is free again, a repeated one's is the next one's.
HELD = (*PENDING, "succeeded")

DELIVERY = Moves(
    "status",
    initial="waiting",
    table=(
        ("waiting", "apply", "applied"),
        ("waiting", "refuse", "refused"),
        ("applied", "replay", "waiting"),
        ("refused", "replay", "waiting"),
    ),
    tones={"waiting": "warning", "applied": "success", "refused": "danger"},
)

DIFFERENCE = Moves(
    "status",
    initial="open",
    table=(
        ("open", "settle", "settled"),
        ("explained", "settle", "settled"),
        ("open", "explain", "explained"),
        ("settled", "reopen", "open"),
        ("explained", "reopen", "open"),
    ),
    tones={"open": "danger", "explained": "info", "settled": "success"},
)

#: The gateway decides; money that came back to us may be asked for once more.
CHARGEBACK = Moves(
    "status",
    initial="open",
    table=(
        ("open", "win", "won"),
        ("open", "lose", "lost"),
        ("won", "lose", "lost"),
        ("lost", "win", "won"),
        ("won", "reopen", "open"),
    ),
    tones={"open": "danger", "won": "success", "lost": "warning"},
)
