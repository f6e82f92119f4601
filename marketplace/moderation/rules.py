"""Who sees what moderators decided."""

from core.rules import Policy, Rows, either, granted

DECISION = Policy(
    operations=Rows(view=either(granted("moderate_listings"), granted("verify_vendors"), granted("view_audit")))
)
