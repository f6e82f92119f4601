"""Who sees and edits tax: those who keep the rates, and those who watch the money."""

from core.rules import Policy, Rows, either, granted

EDITS = granted("edit_taxes")
TAX = Policy(
    operations=Rows(view=either(EDITS, granted("view_money")), create=EDITS, change=EDITS, delete=EDITS),
)
