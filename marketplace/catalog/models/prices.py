"""What listings cost, and when that changed."""

from django.db import models

from core.models import Fact
from core.money import Money, MoneyField
from marketplace.catalog import rules
from marketplace.catalog.models.listings import Listing
from marketplace.catalog.models.stock import Variant


class PriceChange(Fact):
    """The price of a listing, or a variant's own, from a moment on, and the one before; nothing where it had none."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="price_changes", db_index=False)
    variant = models.ForeignKey(
        Variant, models.CASCADE, null=True, blank=True, related_name="price_changes", db_index=False
    )
    price = MoneyField(null=True)
    former = MoneyField(null=True, verbose_name="price before")
    at = models.DateTimeField("since")
    deed = models.UUIDField(null=True)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField("by", max_length=120, blank=True)

    policy = rules.PRICE_CHANGE

    class Meta:
        indexes = [
            models.Index(fields=("listing", "-at", "-id"), name="price_change_of_listing"),
            models.Index(
                fields=("variant", "-at", "-id"),
                condition=models.Q(variant__isnull=False),
                name="price_change_of_variant",
            ),
        ]

    def __str__(self) -> str:
        price: Money | None = self.price
        return str(price) if price is not None else "No price"
