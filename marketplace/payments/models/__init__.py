"""The tables of payments."""

from marketplace.payments.models.chargebacks import Chargeback
from marketplace.payments.models.differences import StatementDifference
from marketplace.payments.models.money import MoneyMove, Payment, Refund
from marketplace.payments.models.statement_days import StatementDay
from marketplace.payments.models.webhooks import WebhookAttempt, WebhookDelivery

__all__ = [
    "Chargeback",
    "MoneyMove",
    "Payment",
    "Refund",
    "StatementDay",
    "StatementDifference",
    "WebhookAttempt",
    "WebhookDelivery",
]
