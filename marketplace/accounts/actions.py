"""What is done to accounts: register, change, deactivate, give and take roles."""

from typing import Annotated

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from pydantic import StringConstraints

from core import context, deeds, writing
from core.actions import action, locked
from core.errors import Denied, FieldError, Invalid, Stale
from core.events import publish
from core.inputs import Ask, Reason
from core.rules import Actor
from marketplace.accounts import passwords, tokens
from marketplace.accounts.errors import (
    AccountState,
    HoldsRole,
    HoldsRoleNot,
    IdentityTaken,
    LastSuperAdmin,
    NoIdentity,
    OwnAccount,
    UnknownRole,
    WrongPassword,
)
from marketplace.accounts.events import (
    PasswordChanged,
    RoleGiven,
    RoleTaken,
    UserDeactivated,
    UserReactivated,
    UserRegistered,
)
from marketplace.accounts.models import HeldRole, Role, User
from marketplace.accounts.phones import spelled
from marketplace.accounts.queries import active_super_admins
from marketplace.accounts.roles import ROLES, SUPER_ADMIN

SYSTEM = Actor.system("accounts")
RoleName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=40, pattern=r"^[a-z0-9_-]+$"),
    Ask("Role", "Its word, such as moderator."),
]


@action(label="Lay out roles", audited=False)
def lay_out_roles(*, by: Actor) -> list[Role]:
    """Make the standard roles that are not there yet; those that are stay as people have edited them."""
    there = set(Role.objects.values_list("name", flat=True))
    made = [
        Role(
            name=each.name, label=each.label, description=each.description, grants=sorted(each.grants), is_standard=True
        )
        for each in ROLES.values()
        if each.name not in there
    ]
    if made:
        writing.create_many(deeds.require(made[0]), made)
    return made


@action(label="Register", audited=False)
def register(*, by: Actor, full_name: str, password: str, email: str | None = None, phone: str | None = None) -> User:
    """Open an account as a customer. Refuses with 409 `identity_taken`, 422 `weak_password`, `no_identity` or a bad address."""
    user = User(full_name=read_name(full_name), email=read_email(email), phone=read_phone(phone))
    if not (user.email or user.phone):
        raise NoIdentity()
    passwords.judge(password, user)
    _refuse_taken(user)
    user.set_password(password)
    try:
        with transaction.atomic():
            _make(user)
    except IntegrityError:
        _refuse_taken(user)
        raise
    if user.email:
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    _make(HeldRole(user=user, role=_role("customer")))
    publish(UserRegistered(user_id=user.pk))
    return user


@action(label="Change profile", audited=False)
def change_profile(user_id: int, *, by: Actor, full_name: str | None = None, email: str | None = None, phone: str | None = None,
                   current_password: str | None = None, read_version: int | None = None) -> User:  # fmt: skip
    """Change one's own account; what is None stays. A new way to sign in needs the current password (422 `wrong_password`)."""
    user = locked(User).get(pk=_own(by, user_id))
    if read_version is not None and read_version != user.version:
        raise Stale(version=user.version)
    before = writing.snapshot(user)
    if full_name is not None:
        user.full_name = read_name(full_name)
    new_email = read_email(email) if email is not None else user.email
    new_phone = read_phone(phone) if phone is not None else user.phone
    if (new_email, new_phone) != (user.email, user.phone):
        if not user.check_password(current_password or ""):
            raise WrongPassword(errors=[FieldError("/current_password", "wrong_password", WrongPassword.sentence)])
        if new_phone != user.phone:
            user.phone_verified_at = None
        if new_email != user.email:
            EmailAddress.objects.filter(user=user).delete()
        user.email, user.phone = new_email, new_phone
        if not (new_email or new_phone):
            raise NoIdentity()
        _refuse_taken(user)
    writing.settle(deeds.require(user), user, before)
    if user.email and not EmailAddress.objects.filter(user=user, email=user.email).exists():
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    return user


@action(label="Change password", audited=False)
def change_password(user_id: int, *, by: Actor, current_password: str, new_password: str) -> User:
    """Change one's own password; every sign-in ends. Refuses with 422 `wrong_password` and `weak_password`."""
    user = locked(User).get(pk=_own(by, user_id))
    before = writing.snapshot(user)
    if not user.check_password(current_password):
        raise WrongPassword(errors=[FieldError("/current_password", "wrong_password", WrongPassword.sentence)])
    passwords.judge(new_password, user, pointer="/new_password")
    user.set_password(new_password)
    writing.settle(deeds.require(user), user, before)
    tokens.end_all(user.pk, why="password")
    publish(PasswordChanged(user_id=user.pk))
    return user


@action(label="Set phone")
def set_phone(user: User, *, by: Actor, phone: str, verified: bool = False) -> User:
    """Give an account a phone number, proven or not: what allauth's phone flows end in."""
    user.phone = read_phone(phone)
    user.phone_verified_at = context.now() if verified else None
    _refuse_taken(user)
    return user


def sign_ins_that_end(user: User) -> str:
    """What deactivating does, in numbers."""
    count = user.sign_ins.filter(ended_at=None).count()
    return f"{user} can no longer sign in; {count} open sign-in{'' if count == 1 else 's'} will end at once."


@action(label="Deactivate", icon="person_off", danger=True, effect=sign_ins_that_end, when=lambda user: user.is_active)
def deactivate(user: User, *, by: Actor, reason: Reason) -> User:
    """Close an account's doors at once. Refuses one's own account and the last super admin."""
    if user.pk == by.user_id:
        raise OwnAccount()
    if not user.is_active:
        raise AccountState(state="deactivated")
    _keep_a_super_admin(user)
    user.is_active = False
    tokens.end_all(user.pk, why="deactivated")
    publish(UserDeactivated(user_id=user.pk, reason=reason))
    return user


@action(label="Reactivate", icon="person_check", when=lambda user: not user.is_active)
def reactivate(user: User, *, by: Actor, reason: Reason) -> User:
    """Open an account's doors again; its old sign-ins stay ended."""
    if user.is_active:
        raise AccountState(state="active")
    user.is_active = True
    publish(UserReactivated(user_id=user.pk))
    return user


@action(label="Give a role", icon="badge")
def give_role(user: User, *, by: Actor, role: RoleName) -> User:
    """Let somebody hold a role, from their next request on. Refuses with 409 `holds_role`, 422 `unknown_role`."""
    wanted = _role(role)
    if HeldRole.objects.filter(user=user, role=wanted).exists():
        raise HoldsRole()
    _make(HeldRole(user=user, role=wanted))
    publish(RoleGiven(user_id=user.pk, role=wanted.name))
    return user


@action(label="Take a role", icon="remove_moderator", danger=True)
def take_role(user: User, *, by: Actor, role: RoleName) -> User:
    """Take a role from somebody, from their next request on. Refuses to take the last super admin's."""
    wanted = _role(role)
    held = HeldRole.objects.filter(user=user, role=wanted).first()
    if held is None:
        raise HoldsRoleNot()
    if wanted.name == SUPER_ADMIN:
        _keep_a_super_admin(user)
    writing.audit(deeds.require(held), held, {"role": [wanted.name, None]})
    held.delete()
    publish(RoleTaken(user_id=user.pk, role=wanted.name))
    return user


def read_name(name: str) -> str:
    """The name without spaces around it. Refuses with 422 one that is nothing else."""
    if not name.strip():
        raise Invalid(errors=[FieldError("/full_name", "required", "Say what you are called.")])
    return name.strip()


def read_email(email: str | None) -> str | None:
    """The address in lower case; None when there is none. Refuses with 422 what is not an address."""
    if not email or not email.strip():
        return None
    try:
        validate_email(email.strip())
    except ValidationError:
        raise Invalid(errors=[FieldError("/email", "invalid_email", "That is not an e-mail address.")]) from None
    return email.strip().lower()


def read_phone(phone: str | None) -> str | None:
    """The number in E.164; None when there is none. Refuses with 422 what is not a number."""
    if not phone or not phone.strip():
        return None
    try:
        return spelled(phone)
    except ValidationError as fault:
        raise Invalid(errors=[FieldError("/phone", "invalid_phone", fault.messages[0])]) from None


def _make(row: User | HeldRole) -> None:
    """Insert a new row within the deed in progress, with an audit entry of its own."""
    row.save(force_insert=True)
    writing.audit(deeds.require(row), row, writing.created(row))


def _own(by: Actor, user_id: int) -> int:
    if by.user_id != user_id and not by.is_system:
        raise Denied()
    return user_id


def _role(name: str) -> Role:
    found = Role.objects.filter(name=name).first()
    if found is None:
        raise UnknownRole(role=name)
    return found


def _refuse_taken(user: User) -> None:
    others = User.objects.exclude(pk=user.pk)
    if user.email and others.filter(email=user.email).exists():
        raise IdentityTaken(kind="e-mail address", errors=[FieldError("/email", "identity_taken", "Taken.")])
    if user.phone and others.filter(phone=user.phone).exists():
        raise IdentityTaken(kind="phone number", errors=[FieldError("/phone", "identity_taken", "Taken.")])


def _keep_a_super_admin(user: User) -> None:
    """Locks the role, so that two cannot leave at once."""
    locked(Role).filter(name=SUPER_ADMIN).first()
    if (
        user.is_active
        and HeldRole.objects.filter(user=user, role__name=SUPER_ADMIN).exists()
        and active_super_admins() == 1
    ):
        raise LastSuperAdmin()
