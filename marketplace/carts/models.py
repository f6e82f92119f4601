"""A cart and its lines: tallies, kept by whoever fills them, explained by nothing but their wish."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from core.models import Moment, Tally
from core.money import MoneyField
from marketplace.carts import rules
from marketplace.catalog.models import Variant

MOST_OF_ONE = 999
MOST_LINES = 100


class Cart(Tally):
    """What a user means to buy; each has one."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="cart")
    changed_at = Moment(auto_now=True)

    policy = rules.CART

    class Meta:
        indexes = [models.Index(fields=("-changed_at",), name="cart_by_change")]

    def __str__(self) -> str:
        return f"Cart of {self.user}"


class CartLine(Tally):
    """So many of one variant, and its price when the buyer saw it last."""

    cart = models.ForeignKey(Cart, models.CASCADE, related_name="lines", db_index=False)
    variant = models.ForeignKey(Variant, models.CASCADE, related_name="+")
    quantity = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(MOST_OF_ONE)])
    seen_price = MoneyField()

    policy = rules.CART

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("cart", "variant"), name="cart_line_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MOST_OF_ONE), name="cart_line_quantity_in_bounds"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant}"
