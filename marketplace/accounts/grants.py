"""The vocabulary of operations grants: what a role may give. A word that is not here is in no role."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Grant:
    """One right, as it is stored, as people read it, and what it lets them do."""

    name: str
    label: str
    description: str


_ALL = (
    Grant("edit_listings", "Edit listings", "Change any vendor's listing, its variants and images."),
    Grant(
        "moderate_listings", "Moderate listings", "Approve, reject, send back and archive listings and their revisions."
    ),
    Grant(
        "edit_catalogue", "Edit the catalogue", "Change categories, their order and their attributes, and tune search."
    ),
    Grant("verify_vendors", "Verify vendors", "Verify, reject, suspend and reopen vendors."),
    Grant("edit_vendors", "Edit vendors", "Change any vendor's profile and members."),
    Grant("view_contacts", "See contacts", "See who pressed Call or WhatsApp on what."),
    Grant("view_people", "See people", "See everybody's account, roles and memberships."),
    Grant("edit_people", "Edit people", "Change accounts, deactivate and reactivate them."),
    Grant(
        "edit_roles", "Edit roles", "Change what roles may do and who holds them: whoever has this can have everything."
    ),
    Grant("view_audit", "See the audit trail", "Read who did what, when and why."),
    Grant("run_jobs", "Run jobs", "Start imports, exports and bulk work, pause and resume them."),
    Grant("view_orders", "See orders", "See all orders, what of them each vendor sends, and carts."),
    Grant(
        "manage_orders", "Work on orders", "Cancel orders before they are sent, and act for vendors on their shares."
    ),
    Grant("view_money", "See money", "See payments, balances and payouts, and what the orders bring that one may see."),
    Grant("refund", "Refund", "Give money back."),
    Grant("view_platform", "See the platform", "See queues, failing work and the health of the platform."),
)

GRANTS: dict[str, Grant] = {each.name: each for each in _ALL}
EVERYTHING = frozenset(GRANTS)
