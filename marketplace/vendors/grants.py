"""The vocabulary of members' grants: what somebody may do for one vendor. Owners have them all, and `own` beside them."""

from marketplace.accounts.grants import Grant

_ALL = (
    Grant("edit_listings", "Edit listings", "Make, change, submit, pause and archive this vendor's listings."),
    Grant("view_contacts", "See contacts", "See who pressed Call or WhatsApp on this vendor's listings."),
    Grant("work_orders", "Work on orders", "See what buyers ordered from this vendor; accept, send and cancel it."),
    Grant("view_money", "See money", "See this vendor's balance, what it is made up of, and its payouts."),
    Grant("edit_vendor", "Edit the profile", "Change this vendor's profile and numbers."),
    Grant("manage_members", "Manage members", "Add and remove members and say what they may do."),
)

GRANTS: dict[str, Grant] = {each.name: each for each in _ALL}
OWN = "own"
EVERYTHING = frozenset(GRANTS) | {OWN}
