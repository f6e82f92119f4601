"""The vocabulary of the books: the kinds of account, with the side on which each grows, and the kinds of journal."""

from django.db import models


class AccountKind(models.TextChoices):
    """Whose money an account counts. The first four are a vendor's own."""

    PENDING = "vendor_pending", "Pending"
    AVAILABLE = "vendor_available", "Available"
    RESERVED = "vendor_reserved", "Reserved"
    PAYING = "vendor_paying", "On its way to the vendor"
    GATEWAY = "gateway", "At the gateway"
    CLEARING = "clearing", "Paid and not yet booked as sold"
    REVENUE = "revenue", "Revenue of the market"
    TAX = "tax", "Tax that the market remits"
    COUPONS = "coupons", "Discounts that the market bears"
    REFUNDS = "refunds", "Refunds that the market bears"
    DISPUTES = "disputes", "Lost disputes that the market bears"
    BOOSTS = "boosts_wallet", "Prepaid for boosts"
    CARRIERS = "carriers", "Owed to carriers"


OF_VENDOR = (AccountKind.PENDING, AccountKind.AVAILABLE, AccountKind.RESERVED, AccountKind.PAYING)
WITH_VENDOR = (*OF_VENDOR, AccountKind.BOOSTS)
#: What the market has, or has spent: these grow by debits, which are positive. All others grow by credits, which are negative.
DEBIT = (AccountKind.GATEWAY, AccountKind.COUPONS, AccountKind.REFUNDS, AccountKind.DISPUTES)


class JournalKind(models.TextChoices):
    """What happened to money."""

    CAPTURE = "capture", "Money came"
    SALE = "sale", "Sold"
    RELEASE = "release", "Became available"
    HOLD = "hold", "Held back"
    HOLD_RELEASE = "hold_release", "No longer held back"
    REFUND = "refund", "Money went back"
    CHARGEBACK = "chargeback", "Taken by the buyer's bank"
    REVERSAL = "reversal", "Sale taken back"
    CORRECTION = "correction", "Corrected"
    PAYOUT = "payout", "To be paid out"
    PAYOUT_PAID = "payout_paid", "Paid out"
    PAYOUT_RETURNED = "payout_returned", "Payout came back"
    TOP_UP = "top_up", "Prepaid for boosts"
    WALLET_RETURN = "wallet_return", "Given back from the wallet"
    LABEL = "label", "Shipping label"


class Fee(models.TextChoices):
    """What the market takes from a sale, by name: each has an account of its own."""

    COMMISSION = "commission", "Commission"
    SERVICE = "service", "Service fee"
    TRANSACTION = "transaction", "Transaction fee"


def shown(kind: str, debit: int) -> int:
    """A balance as people read it: above zero where there is some."""
    return debit if kind in DEBIT else -debit
