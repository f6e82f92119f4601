"""The mock gateway's two pages: what it keeps, and the one where a person approves or declines a payment."""

from html import escape

from babel.numbers import get_currency_precision

from marketplace.payments.mockgateway.books import OPEN, Movement

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 3rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% } th, td { text-align: start; padding: .4rem .8rem .4rem 0 }
td { border-top: 1px solid #8884; overflow-wrap: anywhere } .amount { text-align: end; white-space: nowrap }
button { font: inherit; padding: .6rem 1.4rem; margin-inline-end: .6rem; cursor: pointer } .still { opacity: .75 }
"""
NOTE = '<p class="still">This is a stand-in for a payment gateway: no money is moved here.</p>'


def page(title: str, body: str) -> bytes:
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    return f'<!doctype html><html lang="en">{head}<style>{STYLE}</style><h1>{escape(title)}</h1>{body}{NOTE}'.encode()


def ledger(movements: list[Movement]) -> bytes:
    """The newest payments and refunds."""
    rows = "".join(
        f'<tr><td>{each.kind}<td>{escape(each.subject)}<td class="amount">{_amount(each)}'
        f"<td>{_state(each)}<td>{escape(each.id)}"
        for each in movements[:200]
    )
    head = '<tr><th>What<th>For<th class="amount">Amount<th>State<th>Id'
    return page("Mock gateway", f"<table>{head}{rows}</table>" if rows else "<p>Nothing was asked for yet.</p>")


def decision(movement: Movement) -> bytes:
    """The question to the payer, or what became of it."""
    what = f"<p>{_amount(movement)} for {escape(movement.subject)}</p>"
    if movement.status not in OPEN:
        return page("Payment", f"{what}<p>It is decided: {escape(movement.status)}. You may close this page.</p>")
    buttons = '<button name="decision" value="approve">Approve</button><button name="decision" value="decline">Decline</button>'
    return page("Approve this payment?", f'{what}<form method="post">{buttons}</form>')


def _amount(movement: Movement) -> str:
    """As its payer knows it: "KES 1,500.00"."""
    places = get_currency_precision(movement.currency)
    whole, minor = divmod(movement.amount, 10**places)
    return f"{escape(movement.currency)} {whole:,}" + (f".{minor:0{places}}" if places else "")


def _state(movement: Movement) -> str:
    state = escape(movement.status.replace("_", " "))
    if movement.kind == "payment" and movement.status in OPEN:
        return f'<a href="/pay/{escape(movement.id)}">{state}</a>'
    return f"{state} {escape(movement.failure_code)}"
