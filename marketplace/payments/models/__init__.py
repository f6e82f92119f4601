"""The tables of payments."""

from marketplace.payments.models.differences import StatementDifference
from marketplace.payments.models.money import MoneyMove, Payment, Refund
from marketplace.payments.models.webhooks import WebhookAttempt, WebhookDelivery

__all__ = ["MoneyMove", "Payment", "Refund", "StatementDifference", "WebhookAttempt", "WebhookDelivery"]
