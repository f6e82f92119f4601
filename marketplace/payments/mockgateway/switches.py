"""How the mock gateway misbehaves: each switch is one thing that real gateways, networks or thieves have done."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Self, get_args

Forgery = Literal["", "secret", "header", "v0", "body", "old", "future"]
FORGERIES = get_args(Forgery)


class BadSwitch(ValueError):
    """There is no such switch, or it does not take this value."""


@dataclass(frozen=True)
class Switches:
    """All off, unless said. Of the gateway itself:

    `down` answers 503 to everything, having done nothing; `decline_all` declines every charge, and `refund_cap_off` lets
    refunds exceed what was captured; `pending_refunds` leaves refunds in progress until they are settled; `keep_waiting` lets
    nobody call a payment off; `drop_replies` does the next so many charges and refunds without a word of reply; `slow` is
    how long `tok_slow` waits, and `late` every answer; `flap` refuses so many questions as `down` does, answers as many, and
    so on; `lie` says these fields of payments and refunds otherwise than they are.

    Of its webhooks: where to (`notify`, with `headers` of the receiver's proxy), each so many times (`duplicate`), late
    (`delay` in seconds), never (`lost`), held back and then newest first (`out_of_order`, until switched off), and
    `forged` in one of several ways. `other_secret` signs with a second one as well, as gateways do while secrets change.
    """

    down: bool = False
    decline_all: bool = False
    refund_cap_off: bool = False
    pending_refunds: bool = False
    keep_waiting: bool = False
    drop_replies: int = 0
    slow: int | float = 12
    late: int | float = 0
    flap: int = 0
    lie: dict[str, Any] = field(default_factory=dict)
    notify: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    duplicate: int = 1
    delay: int | float = 0
    lost: bool = False
    out_of_order: bool = False
    forged: Forgery = ""
    other_secret: str = ""

    def turned(self, wanted: Any) -> Self:
        """With these changes. Refuses what is no switch, or no value of it; `forged: true` is signed with a wrong secret."""
        if not isinstance(wanted, dict):
            raise BadSwitch("Send a JSON object of switches.")
        known = asdict(self)
        for name in wanted.keys() - known.keys():
            raise BadSwitch(f"There is no switch called {name}. There are: {', '.join(known)}.")
        changes = {name: _fitting(name, value, known[name]) for name, value in wanted.items()}
        return replace(self, **changes)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def _fitting(name: str, value: Any, now: Any) -> Any:
    if name == "forged":
        value = {True: "secret", False: ""}.get(value, value) if isinstance(value, bool) else value
        fits = value in FORGERIES
    elif isinstance(now, bool) or isinstance(value, bool):
        fits = isinstance(now, bool) and isinstance(value, bool)
    elif name in ("slow", "late", "delay"):
        fits = isinstance(value, int | float) and 0 <= value <= 3600
    elif isinstance(now, int):
        fits = isinstance(value, int) and 0 <= value <= 1000
    else:
        fits = isinstance(value, type(now))
    if not fits:
        raise BadSwitch(f"{name} cannot be {value!r}.")
    return value
