"""Who sees and judges possible duplicates."""

from core.rules import Policy, Rows, granted

MODERATES = granted("moderate_listings")
DUPLICATE = Policy(operations=Rows(view=MODERATES, verbs=dict.fromkeys(("mark_same", "mark_different"), MODERATES)))
