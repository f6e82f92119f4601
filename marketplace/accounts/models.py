"""People, where they have things sent, and their roles: User, Address, Role, HeldRole, and SignIn, the family of tokens of one
sign-in.
"""

from typing import Any, ClassVar
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import MinLengthValidator, RegexValidator
from django.db import models
from django.db.models.functions import Lower

from core.audiences import OPERATIONS, VENDOR
from core.models import Record, Tally
from core.rules import actor_of
from marketplace.accounts import places, rules
from marketplace.accounts.columns import GrantsField
from marketplace.accounts.grants import EVERYTHING, GRANTS
from marketplace.accounts.phones import PhoneField
from marketplace.accounts.roles import SUPER_ADMIN


class UserManager(BaseUserManager["User"]):
    """Finds people by what they sign in with."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())

    def create_superuser(self, *_args: Any, **_options: Any) -> "User":
        """Refuses (NotImplementedError): accounts are made by registering, and roles given by an action."""
        raise NotImplementedError("Register, then run: manage.py appoint <e-mail or phone>")


class User(AbstractBaseUser, Record):
    """Somebody with an account: known by an e-mail address, a phone number or both."""

    email = models.EmailField(
        "e-mail address", max_length=254, unique=True, null=True, blank=True,
        error_messages={"unique": "Somebody has registered with that e-mail address already."},
    )  # fmt: skip
    phone = PhoneField(
        "phone number", unique=True, null=True, blank=True,
        error_messages={"unique": "Somebody has registered with that phone number already."},
    )  # fmt: skip
    phone_verified_at = models.DateTimeField(null=True, blank=True, editable=False)
    full_name = models.CharField("name", max_length=120)
    is_active = models.BooleanField("active", default=True, editable=False)

    objects = UserManager()
    policy = rules.USER
    secret_fields = frozenset({"password"})
    machine_fields = frozenset({"last_login", "password"})

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email__isnull=False) | models.Q(phone__isnull=False),
                name="user_has_email_or_phone",
                violation_error_message="Give an e-mail address or a phone number.",
            ),
            models.CheckConstraint(
                condition=models.Q(email__isnull=True) | models.Q(email=Lower("email")),
                name="user_email_in_lower_case",
                violation_error_message="E-mail addresses are kept in lower case.",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email or self.phone or f"User {self.pk}"

    def get_full_name(self) -> str:
        """Django's word for what people are called."""
        return str(self)

    def derive(self) -> None:
        """One spelling: e-mail addresses in lower case; nothing is absent, not empty."""
        self.email = self.email.strip().lower() if self.email else None
        self.phone = self.phone or None

    @property
    def is_staff(self) -> bool:
        """May this person open the admin? Asked of the database each time: a right that is taken is gone at once."""
        return self.is_active and bool(actor_of(self, OPERATIONS).grants or actor_of(self, VENDOR).memberships)

    @property
    def is_superuser(self) -> bool:
        """Django's word for one who may do everything: who holds that role."""
        return self.is_active and HeldRole.objects.filter(user_id=self.pk, role__name=SUPER_ADMIN).exists()

    def has_perm(self, _permission: str, obj: object = None) -> bool:
        """Django's permissions give nothing here: our own screens ask the rules; a library's are for super admins."""
        return self.is_superuser

    def has_perms(self, permissions: Any, obj: object = None) -> bool:
        return self.is_superuser

    def has_module_perms(self, _app: str) -> bool:
        return self.is_superuser


class Role(Record):
    """A bundle of operations grants that people may hold."""

    name = models.SlugField(max_length=40, unique=True, help_text="Its lower-case word, as in night_moderator.")
    label = models.CharField(max_length=60)
    description = models.CharField(max_length=200, blank=True)
    grants = GrantsField(vocabulary=GRANTS)
    is_standard = models.BooleanField(default=False, editable=False)

    policy = rules.ROLE

    def __str__(self) -> str:
        return self.label

    def derive(self) -> None:
        """Its word is written small."""
        self.name = self.name.lower()

    def effective_grants(self) -> frozenset[str]:
        """What it gives: the words still in the vocabulary; the super admin's role everything, also what is new."""
        return EVERYTHING if self.name == SUPER_ADMIN else EVERYTHING & frozenset(self.grants)


class HeldRole(Record):
    """A role that somebody holds."""

    user = models.ForeignKey(User, models.CASCADE, related_name="held", db_index=False)
    role = models.ForeignKey(Role, models.PROTECT, related_name="held", help_text="What they may do.")

    policy = rules.HELD_ROLE

    class Meta:
        verbose_name = "held role"
        constraints = [
            models.UniqueConstraint(
                fields=("user", "role"), name="held_role_once", violation_error_message="They hold that role already."
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.role}"


class SignIn(Tally):
    """One sign-in on one device: the family of tokens that came from it. Each renewal replaces `current`."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40)
    current = models.CharField(max_length=32)
    former = models.CharField(max_length=32)
    started_at = models.DateTimeField(auto_now_add=True)
    renewed_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=24)

    def __str__(self) -> str:
        return f"Sign-in of {self.user_id}"


class Address(Record):
    """A place to which somebody has things sent, kept so that it is typed once. An order copies it; changing it changes no order."""

    user = models.ForeignKey(User, models.CASCADE, related_name="addresses", db_index=False)
    label = models.CharField(max_length=40, help_text="What its owner calls it: home, work.")
    recipient = models.CharField(max_length=120, validators=[MinLengthValidator(2)], help_text="Whom parcels are for.")
    phone = PhoneField("phone number")
    street = models.CharField(max_length=200)
    town = models.CharField(max_length=80)
    province = models.CharField("state or province", max_length=places.STATE_LENGTH, blank=True)
    postal_code = models.CharField(max_length=places.CODE_LENGTH, blank=True)
    country = models.CharField(
        max_length=2, default=settings.DEFAULT_COUNTRY, validators=[RegexValidator(r"^[A-Z]{2}\Z", "Two capital letters, such as KE.")]
    )  # fmt: skip
    note = models.CharField(max_length=500, blank=True, help_text="For whoever delivers.")
    is_default = models.BooleanField("default", default=False)

    policy = rules.ADDRESS

    class Meta:
        verbose_name_plural = "addresses"
        constraints = [
            models.UniqueConstraint(
                fields=("user", "label"),
                name="address_label_once",
                violation_error_message="You have an address of this name already.",
            ),
            models.UniqueConstraint(
                fields=("user",),
                condition=models.Q(is_default=True),
                name="address_default_once",
                violation_error_message="There is one default address.",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def derive(self) -> None:
        """One spelling of where it is."""
        self.province, self.postal_code = places.spelled(self.country, self.province, self.postal_code)

    def clean(self) -> None:
        places.judge(self.country, self.province, self.postal_code)
