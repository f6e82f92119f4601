"""Vendors and members, declared. Numbers are never on the storefront: there is the logged contact for that."""

from collections.abc import Mapping
from typing import Any, Literal

from core.audiences import OPERATIONS, VENDOR
from core.errors import Denied
from core.resources.declaration import ANY_OF, CHANGE, CREATE, EXACT, RANGE, F, Look, Resource
from core.resources.types import text
from core.rules import Actor
from marketplace.accounts.columns import typed
from marketplace.vendors import actions
from marketplace.vendors.grants import GRANTS
from marketplace.vendors.models import Member, Vendor

INSIDE = VENDOR | OPERATIONS


def person(member: Member) -> str:
    """The member's name, or what they sign in with."""
    return str(member.user)


def channels(vendor: Vendor) -> list[str]:
    """The ways of contact that the vendor has a number for."""
    return [name for name, number in (("call", vendor.phone), ("whatsapp", vendor.whatsapp)) if number]


def open_as_owner(resource: type[Resource], values: Mapping[str, Any], *, by: Actor, reason: str = "") -> Vendor:
    """Creating a vendor makes its creator the owner. Refuses with 403 who is not signed in."""
    if by.user_id is None:
        raise Denied()
    return actions.open_vendor(by.user_id, by=by, **values)


class Vendors(Resource):
    model, group, icon = Vendor, "Vendors", "storefront"
    fields = {
        "name": F(write=INSIDE, search=True, order=True),
        "slug": F(),
        "description": F(write=INSIDE, card=False),
        "city": F(write=INSIDE, filter=EXACT),
        "country": F(write=INSIDE, filter=EXACT),
        "latitude": F(write=INSIDE, card=False),
        "longitude": F(write=INSIDE, card=False),
        "currency": F(write=VENDOR, on=CREATE),
        "status": F(read=INSIDE, filter=ANY_OF),
        "status_since": F(read=INSIDE),
        "channels": F(
            compute=channels,
            type=list[Literal["call", "whatsapp"]],
            needs=("phone", "whatsapp"),
            help="How the vendor can be reached: which buttons to show. The numbers come from POST /contacts.",
        ),
        "phone": F(read=INSIDE, write=INSIDE, card=False),
        "whatsapp": F(read=INSIDE, write=INSIDE, card=False),
        "email": F(read=INSIDE, write=INSIDE, card=False),
        "low_stock_at": F(read=INSIDE, write=INSIDE, on=CHANGE, card=False),
        "judgement": F(read=INSIDE, card=False),
        "created_at": F(filter=RANGE),
    }
    verbs = (actions.verify, actions.reject, actions.submit, actions.suspend, actions.reopen, actions.add_member)
    operations = {"create": open_as_owner}
    also_by = "slug"
    key = ("slug",)
    place = ("latitude", "longitude")
    look = Look(
        columns=("name", "city", "status", "status_since"),
        filters=("status", "country", "city"),
        facts=("status_since", "judgement", "slug", "created_at"),
        tabs={"Contact": ("phone", "whatsapp", "email"), "Place": ("city", "country", "latitude", "longitude")},
        inlines=("members",),
        empty="No vendor is here.",
    )
    public_max_age, public_kept = 30, 15 * 60


class Members(Resource):
    model, group, icon = Member, "Vendors", "group"
    fields = {
        "vendor": F(read=INSIDE, filter=EXACT, expand=True),
        "user": F(read=INSIDE, filter=EXACT),
        "person": F(
            read=INSIDE, compute=person, type=text(254), needs=("user__full_name", "user__email", "user__phone")
        ),
        "is_owner": F(read=INSIDE, filter=EXACT),
        "grants": F(read=INSIDE, type=typed(GRANTS)),
        "created_at": F(read=INSIDE),
    }
    verbs = (actions.change_grants, actions.make_owner, actions.remove)
    transfer = False
    look = Look(columns=("person", "vendor", "is_owner", "grants", "created_at"))
