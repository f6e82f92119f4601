"""The vocabulary of operations grants: what a role may give. A word that is not here is in no role."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Grant:
    """One right, as it is stored, as people read it, and what it lets them do.

    `is_narrow`: whoever has only such grants sees what these name, and nothing of what all who run the market see.
    """

    name: str
    label: str
    description: str
    is_narrow: bool = False


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
    Grant("edit_coupons", "Edit coupons", "Make and change coupons, the market's own and any vendor's."),
    Grant(
        "deliver", "Deliver", "See the parcels that are theirs to bring, and say what became of each.", is_narrow=True
    ),
    Grant("view_money", "See money", "See payments, balances and payouts, and what the orders bring that one may see."),
    Grant("refund", "Refund", "Give money back."),
    Grant("edit_shipping", "Edit shipping", "Change zones, the market's shipping methods and any vendor's."),
    Grant("edit_taxes", "Edit tax", "Change tax rates, and in which countries prices hold their tax."),
    Grant("set_fees", "Set fees", "Say what the market takes of each sale, and on what terms vendors are paid."),
    Grant("pay_out", "Pay out", "Prepare payouts to vendors, and approve those that a colleague prepared."),
    Grant(
        "approve_refund", "Approve refunds", "Allow refunds that others asked for, and one's own where they are small."
    ),
    Grant("view_platform", "See the platform", "See queues, failing work and the health of the platform."),
)

GRANTS: dict[str, Grant] = {each.name: each for each in _ALL}
EVERYTHING = frozenset(GRANTS)
NARROW = frozenset(each.name for each in _ALL if each.is_narrow)
