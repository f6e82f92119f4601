"""Draft orders: what staff compose for a customer, on the phone or in the shop, until it becomes an order like any other."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from core import references
from core.models import Moment, Record
from core.money import MoneyField
from marketplace.accounts import places
from marketplace.accounts.phones import PhoneField
from marketplace.carts.models import MOST_OF_ONE
from marketplace.catalog.models import Variant
from marketplace.coupons.models import Coupon
from marketplace.orders import rules, states
from marketplace.orders.models.orders import Order
from marketplace.vendors.models import COUNTRY


def new_reference() -> str:
    """A draft is known by a reference, as what it becomes is."""
    return references.new("DR")


class DraftOrder(Record):
    """What a customer wants, as staff write it down. It promises nothing and keeps no goods until it is placed."""

    reference = models.CharField(max_length=references.LENGTH, unique=True, editable=False, default=new_reference)
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="draft_orders")
    recipient = models.CharField(max_length=120, blank=True)
    phone = PhoneField("phone number", blank=True)
    street = models.CharField(max_length=200, blank=True)
    town = models.CharField(max_length=80, blank=True)
    province = models.CharField("state or province", max_length=places.STATE_LENGTH, blank=True)
    postal_code = models.CharField(max_length=places.CODE_LENGTH, blank=True)
    country = models.CharField(max_length=2, default=settings.DEFAULT_COUNTRY, validators=[COUNTRY])
    note = models.CharField(max_length=500, blank=True, help_text="For whoever delivers.")
    staff_note = models.CharField(max_length=500, blank=True, help_text="For those who work here.")
    coupon = models.ForeignKey(Coupon, models.PROTECT, null=True, blank=True, related_name="+")
    state = states.DRAFT.field()
    state_since = Moment(auto_now_add=True, editable=False)
    order = models.OneToOneField(Order, models.PROTECT, null=True, editable=False, related_name="draft")

    policy = rules.DRAFT_ORDER
    moves = states.DRAFT

    class Meta:
        constraints = [
            states.DRAFT.constraint("draft_order_state_known"),
            models.CheckConstraint(
                condition=Q(state="placed", order__isnull=False) | (~Q(state="placed") & Q(order=None)),
                name="draft_order_placed_is_an_order",
            ),
        ]
        indexes = [models.Index(fields=("state", "-id"), name="draft_order_by_state")]

    def __str__(self) -> str:
        return self.reference

    def derive(self) -> None:
        """One spelling of where it is."""
        self.province, self.postal_code = places.spelled(self.country, self.province, self.postal_code)

    def clean(self) -> None:
        places.judge(self.country, self.province, self.postal_code)


class DraftOrderLine(Record):
    """So many of one variant, and its price when staff saw it last."""

    draft = models.ForeignKey(DraftOrder, models.CASCADE, related_name="lines", db_index=False)
    variant = models.ForeignKey(Variant, models.CASCADE, related_name="+")
    quantity = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_OF_ONE)]
    )
    seen_price = MoneyField(null=True)

    locked_under = "draft"
    machine_fields = frozenset({"seen_price_minor", "seen_price_currency"})
    policy = rules.DRAFT_ORDER_LINE

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("draft", "variant"),
                name="draft_order_line_once",
                violation_error_message="This is in the draft already: change its number.",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MOST_OF_ONE), name="draft_order_line_quantity_in_bounds"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant}"
