"""Which variants run low, since when, and whether their vendor was written to: kept by the clock, told once."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from core.models import Tally
from marketplace.catalog import rules
from marketplace.catalog.models.stock import Variant

#: When the variant's stock is called low: as it says itself, else as its vendor does.
LOW_AT = Coalesce("low_stock_at", "vendor__low_stock_at")
SOLD_OUT = Q(stock=None) | Q(stock__on_hand=F("stock__reserved"))
RUNS_LOW = SOLD_OUT | Q(stock__on_hand__lte=F("stock__reserved") + LOW_AT)
#: The states by which variants are listed.
STATES = {"sold_out": SOLD_OUT, "low": RUNS_LOW & ~SOLD_OUT, "in_stock": ~RUNS_LOW}


class LowStock(Tally):
    """That an active variant of a listing on show runs low. It goes when there is enough again; then the next fall is a new one."""

    variant = models.OneToOneField(Variant, models.CASCADE, related_name="low_stock")
    vendor = models.ForeignKey("vendors.Vendor", models.CASCADE, related_name="+", db_index=False)
    since = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True)

    policy = rules.LOW_STOCK

    class Meta:
        verbose_name_plural = "low stock"
        indexes = [
            models.Index(fields=("since", "id"), name="low_stock_by_age"),
            models.Index(fields=("vendor", "since"), name="low_stock_of_vendor"),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} since {self.since:%Y-%m-%d}"
