"""A cart and its lines: tallies, kept by whoever fills them, explained by nothing but their wish."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from core.models import Moment, Tally
from core.money import MoneyField
from marketplace.carts import rules
from marketplace.catalog.models import Variant
from marketplace.coupons.models import Coupon

MOST_OF_ONE = 999
MOST_LINES = 100
MOST_COUPONS = 10


class Cart(Tally):
    """What somebody means to buy: a user, who has one, or a guest, who is whoever holds its token.

    Of a token only a hash is kept: who reads the table cannot open a guest's cart with it.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="cart")
    token_hash = models.CharField(max_length=64, null=True, unique=True, editable=False)
    changed_at = Moment(auto_now=True)

    policy = rules.CART

    class Meta:
        indexes = [models.Index(fields=("-changed_at",), name="cart_by_change")]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, token_hash=None) | Q(user=None, token_hash__isnull=False),
                name="cart_of_a_user_or_a_guest",
            )
        ]

    def __str__(self) -> str:
        return f"Cart of {self.user or 'a guest'}"


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


class CartCoupon(Tally):
    """A coupon that somebody put to a cart. Whether it still takes anything off is asked anew at each reading."""

    cart = models.ForeignKey(Cart, models.CASCADE, related_name="coupons", db_index=False)
    coupon = models.ForeignKey(Coupon, models.CASCADE, related_name="+")

    policy = rules.CART

    class Meta:
        constraints = [models.UniqueConstraint(fields=("cart", "coupon"), name="cart_coupon_once")]

    def __str__(self) -> str:
        return str(self.coupon)
