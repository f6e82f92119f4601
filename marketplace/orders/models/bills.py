"""How the total of a share and of a line is made up, frozen when it was ordered. All in the currency of the total."""

from django.db import models
from django.db.models import F, Q

from core.money import Money


def amount(help_text: str) -> models.BigIntegerField:
    """So many minor units of the row's currency, never fewer than none."""
    return models.BigIntegerField(default=0, editable=False, help_text=help_text)


class BilledShare(models.Model):
    """What a share's total is made up of: goods less discount plus shipping, and tax where prices do not include it."""

    goods_minor = amount("At the prices of the lines, before anything was taken off.")
    discount_minor = amount("Taken off, of goods and of shipping.")
    market_discount_minor = amount("The part of the discount that the market bears.")
    shipping_minor = amount("Before anything was taken off.")
    shipping_discount_minor = amount("The part of the discount that was taken off the shipping.")
    shipping_market_discount_minor = amount("The part of the shipping's discount that the market bears.")
    tax_minor = amount("Of goods and of shipping.")
    shipping_tax_minor = amount("The part of the tax that is the shipping's.")
    tax_is_included = models.BooleanField(default=True, editable=False, help_text="Do the prices hold the tax?")

    class Meta:
        abstract = True

    total: Money

    def _of(self, minor: int) -> Money:
        return Money(minor, self.total.currency)

    @property
    def goods(self) -> Money:
        return self._of(self.goods_minor)

    @property
    def discount(self) -> Money:
        return self._of(self.discount_minor)

    @property
    def shipping(self) -> Money:
        return self._of(self.shipping_minor)

    @property
    def tax(self) -> Money:
        return self._of(self.tax_minor)

    @property
    def shipping_paid(self) -> Money:
        """What the buyer paid to have it sent, with its tax."""
        added = 0 if self.tax_is_included else self.shipping_tax_minor
        return self._of(self.shipping_minor - self.shipping_discount_minor + added)

    @property
    def market_pays_shipping(self) -> bool:
        """Is it sent at the market's cost, and for nothing to its buyer?"""
        return self.shipping_market_discount_minor > 0 and not self.shipping_paid.amount


#: Every part within its whole, none below nothing.
SHARE_PARTS = Q(
    goods_minor__gte=0,
    discount_minor__gte=F("shipping_discount_minor"),
    market_discount_minor__gte=F("shipping_market_discount_minor"),
    market_discount_minor__lte=F("discount_minor"),
    shipping_discount_minor__gte=0,
    shipping_discount_minor__lte=F("shipping_minor"),
    shipping_market_discount_minor__gte=0,
    shipping_market_discount_minor__lte=F("shipping_discount_minor"),
    tax_minor__gte=F("shipping_tax_minor"),
    shipping_tax_minor__gte=0,
)
#: The total is what its parts make.
SHARE_TOTAL = Q(tax_is_included=True, total_minor=F("goods_minor") - F("discount_minor") + F("shipping_minor")) | Q(
    tax_is_included=False, total_minor=F("goods_minor") - F("discount_minor") + F("shipping_minor") + F("tax_minor")
)


class BilledLine(models.Model):
    """What was taken off a line, and the tax that it holds."""

    discount_minor = amount("Taken off the line.")
    market_discount_minor = amount("The part of the discount that the market bears.")
    tax_minor = amount("Within the price or on top of it, as its vendor order says.")

    class Meta:
        abstract = True

    total: Money

    def paid(self, *, tax_is_included: bool) -> Money:
        """What the buyer paid for the whole line."""
        added = 0 if tax_is_included else self.tax_minor
        return Money(self.total.amount - self.discount_minor + added, self.total.currency)


LINE_PARTS = Q(
    discount_minor__gte=F("market_discount_minor"),
    discount_minor__lte=F("total_minor"),
    market_discount_minor__gte=0,
    tax_minor__gte=0,
)
