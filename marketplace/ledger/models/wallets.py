"""What vendors have prepaid for boosts."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from core import references
from core.models import Moment, Record
from core.money import Money, known_currency
from marketplace.ledger import rules


def new_reference() -> str:
    """By which a wallet is known outside."""
    return references.new("WL")


class Wallet(Record):
    """A vendor's prepaid money in one currency: it comes out of what is available, and goes back there.

    `cached_balance_minor` is what the books have on its account, kept beside them so that the database can refuse less than nothing.
    """

    reference = models.CharField(max_length=references.LENGTH, unique=True, editable=False, default=new_reference)
    vendor = models.ForeignKey("vendors.Vendor", models.PROTECT, related_name="wallets", db_index=False)
    currency = models.CharField(max_length=3, validators=[known_currency])
    cached_balance_minor = models.BigIntegerField(
        "balance", default=0, editable=False, validators=[MinValueValidator(0)]
    )
    opened_at = Moment(auto_now_add=True, editable=False)

    locked_under = "vendor"
    policy = rules.WALLET

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("vendor", "currency"), name="wallet_once",
                violation_error_message="This vendor has a wallet in this currency already.",
            ),
            models.CheckConstraint(
                condition=Q(cached_balance_minor__gte=0), name="wallet_not_below_zero",
                violation_error_message="There is not so much in this wallet.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"Wallet of {self.vendor} ({self.currency})"

    @property
    def balance(self) -> Money:
        """What is in it."""
        return Money(self.cached_balance_minor, self.currency)
