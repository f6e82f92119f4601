"""One's own account: profile, password, and what one may do."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from api.auth import Bearer
from api.storefront.auth import Password, PasswordBody, TokensOut
from api.storefront.identity import welcome
from core.audiences import OPERATIONS, STOREFRONT, VENDOR
from core.limits import check
from core.resources.answers import answer, version_said
from core.resources.api import IF_MATCH, nothing_asked
from core.resources.types import Id, Moment, text
from core.rules import actor_of
from marketplace.accounts import actions
from marketplace.accounts.models import User
from marketplace.vendors.queries import memberships_of

router = Router(tags=["Me"], auth=Bearer(STOREFRONT))
Word = Annotated[str, Field(max_length=64)]


class MembershipOut(Schema):
    """A vendor one works for."""

    model_config = ConfigDict(title="Membership")

    vendor_id: Id  # type: ignore[valid-type]
    vendor_name: text(80)  # type: ignore[valid-type]
    vendor_slug: text(60)  # type: ignore[valid-type]
    vendor_status: Word
    is_owner: bool
    grants: list[Word]


class MeOut(Schema):
    """One's own account."""

    model_config = ConfigDict(title="Me")

    id: Id  # type: ignore[valid-type]
    full_name: text(120)  # type: ignore[valid-type]
    email: text(254) | None  # type: ignore[valid-type]
    phone: text(16) | None  # type: ignore[valid-type]
    created_at: Moment
    roles: list[Word]
    memberships: list[MembershipOut]
    version: int = Field(ge=1)


class MePatch(Schema):
    """What to change. A new e-mail address or phone number needs the current password; an empty one takes it away."""

    model_config = ConfigDict(extra="forbid", title="MePatch")

    full_name: text(120, 1) | None = None  # type: ignore[valid-type]
    email: text(254) | None = None  # type: ignore[valid-type]
    phone: text(40) | None = None  # type: ignore[valid-type]
    current_password: Password | None = None


class VendorGrants(Schema):
    model_config = ConfigDict(title="VendorGrants")

    vendor_id: Id  # type: ignore[valid-type]
    grants: list[Word]


class PermissionsOut(Schema):
    """What one may do, as the database has it now: in operations, and for each vendor."""

    model_config = ConfigDict(title="Permissions")

    roles: list[Word]
    operations: list[Word]
    vendors: list[VendorGrants]


def _shown(request: HttpRequest, user: User) -> HttpResponse:
    memberships = [
        MembershipOut(
            vendor_id=each.vendor.pk, vendor_name=each.vendor.name, vendor_slug=each.vendor.slug, vendor_status=each.vendor.status,
            is_owner=each.is_owner, grants=list(each.grants),
        )
        for each in memberships_of(user.pk)
    ]  # fmt: skip
    shown = MeOut(
        id=user.pk, full_name=user.full_name, email=user.email, phone=user.phone, created_at=user.created_at,
        roles=sorted(actor_of(user, OPERATIONS).roles), memberships=memberships, version=user.version,
    )  # fmt: skip
    return answer(request, shown.model_dump(mode="json"), version=user.version)


@router.get("", response=MeOut, operation_id="getMe", summary="Read one's own account")
def read(request: HttpRequest) -> HttpResponse:
    """Profile, roles and memberships of whoever's token it is."""
    nothing_asked(request)
    return _shown(request, request.user)  # type: ignore[arg-type]


@router.patch(
    "", response=MeOut, operation_id="updateMe", summary="Change one's own account",
    openapi_extra={"parameters": [{**IF_MATCH, "required": False}]},
)  # fmt: skip
def change(request: HttpRequest, body: MePatch) -> HttpResponse:
    """Change name, e-mail address or phone number. Refuses with 409 `identity_taken` and 422 `wrong_password`.

    With If-Match, 412 when the account was changed since it was read.
    """
    nothing_asked(request)
    user = actions.change_profile(
        request.user.pk,
        by=request.actor,  # type: ignore[attr-defined]
        read_version=version_said(request, required=False),
        **body.model_dump(),
    )
    return _shown(request, user)


@router.post("/password", response=TokensOut, operation_id="changePassword", summary="Change one's password")
def change_password(request: HttpRequest, body: PasswordBody) -> dict[str, object]:
    """Set another password. Every sign-in ends, on every device; the answer is a new one for this device."""
    nothing_asked(request)
    check("login_account", f"password|{request.user.pk}")
    user = actions.change_password(request.user.pk, by=request.actor, **body.model_dump())  # type: ignore[attr-defined]
    pair = welcome(request, user)
    return {"access_token": pair.access_token, "refresh_token": pair.refresh_token, "expires_in": pair.expires_in}


@router.get("/permissions", response=PermissionsOut, operation_id="getMyPermissions", summary="Read what one may do")
def permissions(request: HttpRequest) -> PermissionsOut:
    """For showing and hiding buttons; every operation asks again."""
    nothing_asked(request)
    memberships = actor_of(request.user, VENDOR).memberships
    staff = actor_of(request.user, OPERATIONS)
    return PermissionsOut(
        roles=sorted(staff.roles),
        operations=sorted(staff.grants),
        vendors=[VendorGrants(vendor_id=key, grants=sorted(grants)) for key, grants in sorted(memberships.items())],
    )
