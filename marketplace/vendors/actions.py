"""What is done to vendors and their members: open, submit, verify, reject, suspend, reopen; add, change, remove."""

from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from pydantic import Field, StringConstraints

from core import deeds, writing
from core.actions import action, locked, model_errors
from core.audiences import VENDOR
from core.errors import Denied, Duplicate, FieldError, Invalid
from core.events import publish
from core.inputs import TEXT_PATTERN, Ask, Reason, asking
from core.rules import Actor
from marketplace.accounts import actions as accounts
from marketplace.accounts.models import User
from marketplace.accounts.queries import user_known_as
from marketplace.vendors import effects, events, states
from marketplace.vendors.errors import LastOwner, MemberAlready, NoAccount, OwnerHasAll, TooManyVendors
from marketplace.vendors.grants import GRANTS, OWN
from marketplace.vendors.models import Member, Vendor
from marketplace.vendors.queries import free_slug

MOST_OWNED = 20
Grants = Annotated[
    list[Literal[tuple(GRANTS)]],  # type: ignore[misc]
    Field(max_length=len(GRANTS)),
    Ask("Grants", "What they may do for this vendor."),
]
Login = Annotated[
    str,
    StringConstraints(min_length=3, max_length=254, strip_whitespace=True, pattern=TEXT_PATTERN),
    Ask("E-mail or phone", "What they sign in with."),
]
Rejection = asking(
    ("We could not reach you on this number.", "The name is not that of your shop.", "This vendor is here already.")
)
Suspension = asking(
    ("Buyers report that goods did not arrive.", "Prices or photographs mislead.", "The numbers no longer answer.")
)


@action(label="Open a vendor", audited=False)
def open_vendor(owner: int, *, by: Actor, name: str, description: str = "", phone: str | None = None, whatsapp: str | None = None,
                email: str = "", city: str = "", country: str | None = None, currency: str | None = None,
                latitude: Any = None, longitude: Any = None) -> Vendor:  # fmt: skip
    """Make a vendor, which waits to be verified, and its owner. Refuses with 422 what is not valid."""
    if by.user_id != owner and not by.is_system:
        raise Denied()
    locked(User).get(pk=owner)
    owned = Member.objects.filter(user_id=owner, is_owner=True).count()
    if owned >= MOST_OWNED:
        raise TooManyVendors(count=owned)
    said = {"country": country, "currency": currency}
    vendor = Vendor(
        name=name.strip(), slug=free_slug(name), description=description, phone=phone, whatsapp=whatsapp, email=email, city=city,
        latitude=latitude, longitude=longitude, **{key: value for key, value in said.items() if value},
    )  # fmt: skip
    try:
        _make(vendor)
    except Duplicate:  # another of this name was opened at this very moment: its slug is seen now
        vendor.slug = free_slug(name)
        _make(vendor)
    _make(Member(vendor=vendor, user_id=owner, is_owner=True))
    publish(events.VendorOpened(vendor_id=vendor.pk, owner_id=owner))
    return vendor


@action(label="Register a vendor", audited=False)
def register_vendor(*, by: Actor, account: dict[str, Any], vendor: dict[str, Any]) -> tuple[User, Vendor]:
    """Open an account and its vendor in one transaction: both or neither. Refuses as `register` and `open_vendor` do."""
    user = accounts.register(by=by, **account)
    newcomer = Actor(user_id=user.pk, name=str(user), audience=by.audience)
    try:
        return user, open_vendor(user.pk, by=newcomer, **vendor)
    except Invalid as refusal:
        raise Invalid(
            errors=[FieldError(f"/as_vendor{each.pointer}", each.code, each.message) for each in refusal.errors]
        ) from None


@action(label="Submit again", icon="send")
def submit(vendor: Vendor, *, by: Actor) -> Vendor:
    """Ask once more to be verified, after a rejection."""
    states.VENDOR.move(vendor, "submit")
    vendor.judgement = ""
    publish(events.VendorSubmitted(vendor_id=vendor.pk))
    return vendor


@action(label="Verify", icon="verified", simple=True)
def verify(vendor: Vendor, *, by: Actor) -> Vendor:
    """Let a vendor onto the storefront. Refuses with 409 `wrong_state` unless pending."""
    states.VENDOR.move(vendor, "verify")
    vendor.judgement = ""
    publish(events.VendorVerified(vendor_id=vendor.pk))
    return vendor


@action(label="Reject", icon="block", danger=True, simple=True)
def reject(vendor: Vendor, *, by: Actor, reason: Rejection) -> Vendor:
    """Refuse a vendor, which reads the reason and may submit again. Refuses with 409 `wrong_state` unless pending."""
    states.VENDOR.move(vendor, "reject")
    vendor.judgement = reason
    publish(events.VendorRejected(vendor_id=vendor.pk, reason=reason))
    return vendor


@action(label="Suspend", icon="pause_circle", danger=True, simple=True, effect=effects.of_suspending)
def suspend(vendor: Vendor, *, by: Actor, reason: Suspension) -> Vendor:
    """Take a vendor and all it sells off the storefront. Refuses with 409 `wrong_state` unless verified."""
    states.VENDOR.move(vendor, "suspend")
    vendor.judgement = reason
    publish(events.VendorSuspended(vendor_id=vendor.pk, reason=reason))
    return vendor


@action(label="Reopen", icon="play_circle", simple=True, effect=effects.of_reopening)
def reopen(vendor: Vendor, *, by: Actor, reason: Reason) -> Vendor:
    """Put a suspended vendor back on the storefront. Refuses with 409 `wrong_state` unless suspended."""
    states.VENDOR.move(vendor, "reopen")
    vendor.judgement = ""
    publish(events.VendorReopened(vendor_id=vendor.pk))
    return vendor


@action(label="Add a member", icon="person_add")
def add_member(vendor: Vendor, *, by: Actor, login: Login, grants: Grants) -> Vendor:
    """Let somebody who has registered work for a vendor. Refuses with 409 `no_account`, `member_already`; 403 grants beyond one's own."""
    _within_own(by, vendor.pk, grants)
    user = user_known_as(login)
    if user is None or not user.is_active:
        raise NoAccount()
    if Member.objects.filter(vendor=vendor, user=user).exists():
        raise MemberAlready()
    _make(Member(vendor=vendor, user=user, grants=grants))
    publish(events.MemberAdded(vendor_id=vendor.pk, user_id=user.pk))
    return vendor


@action(label="Change grants", icon="tune")
def change_grants(member: Member, *, by: Actor, grants: Grants) -> Member:
    """Say what a member may do, from their next request on. Refuses with 409 `owner_has_all`; 403 grants beyond one's own."""
    if member.is_owner:
        raise OwnerHasAll()
    _within_own(by, member.vendor_id, set(grants) ^ set(member.grants))
    member.grants = sorted(set(grants))
    return member


@action(label="Make an owner", icon="key")
def make_owner(member: Member, *, by: Actor) -> Member:
    """Let a member do everything, also what owners alone may."""
    if member.is_owner:
        raise OwnerHasAll()
    member.is_owner, member.grants = True, []
    return member


@action(label="Remove", icon="person_remove", danger=True)
def remove(member: Member, *, by: Actor) -> Member:
    """End a membership at once. Refuses with 409 `last_owner`."""
    locked(Vendor).get(pk=member.vendor_id)
    if member.is_owner and Member.objects.filter(vendor_id=member.vendor_id, is_owner=True).count() == 1:
        raise LastOwner()
    publish(events.MemberRemoved(vendor_id=member.vendor_id, user_id=member.user_id))
    pk = member.pk
    member.delete()
    member.pk = pk
    return member


def _within_own(by: Actor, vendor_id: int, grants: set[str] | list[str]) -> None:
    """A member gives and takes only what they have; owners and operations anything."""
    own = by.memberships.get(vendor_id, frozenset())
    if by.audience is VENDOR and not by.is_system and OWN not in own and not set(grants) <= own:
        raise Denied()


def _make(row: Vendor | Member) -> None:
    """Insert a new row within the deed in progress, with an audit entry of its own. Refuses with 422 what is not valid."""
    row.derive()
    try:
        row.full_clean(exclude=("vendor", "user", "slug"))  # the slug is ours, and unique by its constraint
    except ValidationError as fault:
        raise Invalid(errors=model_errors(fault)) from None
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise (MemberAlready if isinstance(row, Member) else Duplicate)() from None
    writing.audit(deeds.require(row), row, writing.created(row))
