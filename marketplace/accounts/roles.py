"""THE role table: which standard role gives which operations grants. It fills the editable rows; people may change those."""

from dataclasses import dataclass

from marketplace.accounts.grants import EVERYTHING

SUPER_ADMIN = "super_admin"


@dataclass(frozen=True)
class StandardRole:
    """A role that is there from the start. Owners and members of vendors hold none: their rights are their membership."""

    name: str
    label: str
    description: str
    grants: frozenset[str]


ROLES: dict[str, StandardRole] = {
    each.name: each
    for each in (
        StandardRole(SUPER_ADMIN, "Super admin", "May do everything, and says who else may do what.", EVERYTHING),
        StandardRole(
            "moderator", "Moderator", "Decides what the market shows: listings, vendors, reports.",
            frozenset({"moderate_listings", "edit_listings", "verify_vendors", "view_contacts", "run_jobs"}),
        ),
        StandardRole(
            "finance", "Finance", "Watches money, gives it back and pays it out.",
            frozenset(
                {
                    "view_money", "view_orders", "refund", "approve_refund", "view_audit", "edit_coupons", "edit_shipping",
                    "edit_taxes", "set_fees", "pay_out",
                }
            ),
        ),
        StandardRole(
            "support", "Support", "Helps people: finds them, their orders and their contacts.",
            frozenset({"view_people", "edit_people", "view_contacts", "view_orders", "manage_orders"}),
        ),
        StandardRole("courier", "Courier", "Delivers: sees the parcels that are theirs to bring.", frozenset({"deliver"})),
        StandardRole("customer", "Customer", "Buys and contacts. Everybody who registers is one.", frozenset()),
    )
}  # fmt: skip
