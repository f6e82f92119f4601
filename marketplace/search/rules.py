"""Who sees the search index itself, and who tunes it. What is found in it is decided by the listings' own rules."""

from core.rules import Policy, Rows, either, granted

INDEX = Policy(operations=Rows(view=granted("view_platform")))

#: The grant with which search is tuned: what holds in the catalogue and what its words mean is one job.
TUNES = "edit_catalogue"
EDITS = granted(TUNES)
LOOKS = either(EDITS, granted("moderate_listings"), granted("view_platform"))
TUNING = Policy(operations=Rows(view=LOOKS, create=EDITS, change=EDITS, delete=EDITS))
UNMET = Policy(
    operations=Rows(
        view=LOOKS,
        verbs={"make_synonym": EDITS, "pin_listing": EDITS, "ignore": EDITS, "watch": EDITS},
    )
)
