"""Orders: what a buyer pays once."""

from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import F, Q

from core import references
from core.models import Moment, Record
from core.money import MoneyField
from marketplace.accounts import places
from marketplace.accounts.phones import PhoneField
from marketplace.orders import rules, states
from marketplace.vendors.models import COUNTRY


class Order(Record):
    """What a buyer pays once, and where it goes. Each vendor's part of it is a VendorOrder.

    `payment_state` is moved by its own verbs; `cached_state` follows from it and from the shares (states.overall), and
    `refunded` from the payments. The recipient is whoever the parcel is for.
    """

    reference = models.CharField(max_length=references.LENGTH, unique=True, editable=False)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="orders", db_index=False, editable=False
    )
    recipient = models.CharField(max_length=120, validators=[MinLengthValidator(2)])
    phone = PhoneField("phone number")
    street = models.CharField(max_length=200)
    town = models.CharField(max_length=80)
    province = models.CharField("state or province", max_length=places.STATE_LENGTH, blank=True)
    postal_code = models.CharField(max_length=places.CODE_LENGTH, blank=True)
    country = models.CharField(max_length=2, validators=[COUNTRY])
    note = models.CharField(max_length=500, blank=True, help_text="For whoever delivers.")
    total = MoneyField()
    total_currency: str
    refunded = MoneyField()
    payment_state = states.ORDER.field()
    payment_state_since = Moment(auto_now_add=True, editable=False)
    cached_state = models.CharField(
        "state",
        max_length=24,
        choices=[(each, states.ORDER.label(each)) for each in states.OVERALL],
        default=states.OVERALL[0],
        editable=False,
    )
    placed_at = Moment(auto_now_add=True, editable=False)
    expires_at = models.DateTimeField(editable=False)
    paid_at = models.DateTimeField(null=True, editable=False)

    machine_fields = frozenset({"cached_state"})
    policy = rules.ORDER
    moves = states.ORDER

    class Meta:
        constraints = [
            states.ORDER.constraint("order_payment_state_known"),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, refunded_minor__lte=F("total_minor")),
                name="order_refunded_in_bounds",
            ),
            models.CheckConstraint(condition=Q(refunded_currency=F("total_currency")), name="order_has_one_currency"),
        ]
        indexes = [
            models.Index(fields=("-placed_at", "-id"), name="order_newest"),
            models.Index(fields=("customer", "-placed_at", "-id"), name="order_of_customer"),
            models.Index(fields=("cached_state", "-placed_at"), name="order_by_state"),
            models.Index(fields=("expires_at",), condition=Q(payment_state="pending"), name="order_expiring"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def locality(self) -> str:
        """The last line of where it goes: "Austin, TX 78701, US"."""
        return places.locality(self.town, self.province, self.postal_code, self.country)
