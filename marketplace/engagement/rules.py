"""Who sees what people keep: they themselves, by routes of their own, and staff who help people. Vendors read counts only."""

from core.rules import Policy, Rows, granted

FAVOURITE = Policy(operations=Rows(view=granted("view_people")))
