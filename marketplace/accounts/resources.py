"""People and roles, declared: for operations only. A password exists nowhere here."""

from core.audiences import OPERATIONS, STOREFRONT
from core.resources.declaration import CREATE, EXACT, IS_SET, F, Look, Resource
from core.resources.types import text
from core.rules import Actor
from marketplace.accounts import actions, addresses
from marketplace.accounts.columns import typed
from marketplace.accounts.grants import GRANTS
from marketplace.accounts.models import Address, HeldRole, Role, User


def roles(user: User) -> list[str]:
    """The roles the user holds, in words."""
    return [each.role.label for each in user.held.all()]


class Users(Resource):
    model, group, icon = User, "People", "person"
    fields = {
        "full_name": F(read=OPERATIONS, write=OPERATIONS, search=True),
        "email": F(read=OPERATIONS, search=True, filter=EXACT),
        "phone": F(read=OPERATIONS, search=True, filter=EXACT),
        "roles": F(read=OPERATIONS, compute=roles, type=list[text(60)], needs=("held__role",)),  # type: ignore[misc]
        "is_active": F(read=OPERATIONS, filter=EXACT),
        "phone_verified_at": F(read=OPERATIONS, filter=IS_SET, card=False),
        "last_login": F(read=OPERATIONS),
        "created_at": F(read=OPERATIONS),
    }
    verbs = (actions.give_role, actions.take_role, actions.deactivate, actions.reactivate)
    transfer = False
    look = Look(
        columns=("full_name", "email", "phone", "roles", "is_active", "last_login"),
        facts=("created_at", "last_login", "phone_verified_at"),
        help="Accounts are made by registering. What somebody may do in operations comes from the roles they hold.",
    )


class Roles(Resource):
    model, group, icon = Role, "People", "badge"
    fields = {
        "label": F(read=OPERATIONS, write=OPERATIONS, search=True),
        "name": F(read=OPERATIONS, write=OPERATIONS, on=CREATE, filter=EXACT),
        "description": F(read=OPERATIONS, write=OPERATIONS),
        "grants": F(read=OPERATIONS, write=OPERATIONS, type=typed(GRANTS)),
        "is_standard": F(read=OPERATIONS, filter=EXACT),
    }
    order = ("id",)
    key = ("name",)
    look = Look(
        columns=("label", "name", "description", "is_standard"),
        help="A change holds from each holder's next request on.",
    )


class HeldRoles(Resource):
    model, group, icon = HeldRole, "People", "assignment_ind"
    fields = {
        "user": F(read=OPERATIONS, filter=EXACT, expand=True),
        "role": F(read=OPERATIONS, filter=EXACT, expand=True),
        "created_at": F(read=OPERATIONS),
    }
    transfer = False
    look = Look(
        columns=("user", "role", "created_at"), help="Who holds what. Give and take roles on the person's page."
    )


def oneself(actor: Actor) -> int | None:
    """Whose address it is: whoever keeps it."""
    return actor.user_id


class Addresses(Resource):
    model, group, icon = Address, "People", "home_pin"
    fields = {
        "label": F(write=STOREFRONT, search=True),
        "recipient": F(write=STOREFRONT, search=True),
        "phone": F(write=STOREFRONT),
        "street": F(write=STOREFRONT),
        "town": F(write=STOREFRONT),
        "province": F(
            write=STOREFRONT,
            help="A state or province, by name or code; kept as its country's code.",
        ),
        "postal_code": F(write=STOREFRONT),
        "country": F(write=STOREFRONT),
        "note": F(write=STOREFRONT),
        "is_default": F(write=STOREFRONT, filter=EXACT, help="The first is; another that becomes it takes its place."),
        "user": F(read=OPERATIONS, filter=EXACT, expand=True, preset=oneself),
    }
    operations = {"create": addresses.keep_address, "update": addresses.change_address}
    off = {"storefront": ("bulk",)}
    transfer = False
    look = Look(
        columns=("label", "user", "recipient", "street", "town", "is_default"),
        filters=("user",),
        empty="Nobody keeps an address yet.",
        help="Where people have things sent. An order copies it, so changing it changes no order.",
    )
