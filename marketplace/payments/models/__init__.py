"""The tables of payments."""

from marketplace.payments.models.money import MoneyMove, Payment, Refund
from marketplace.payments.models.webhooks import WebhookAttempt, WebhookDelivery

__all__ = ["MoneyMove", "Payment", "Refund", "WebhookAttempt", "WebhookDelivery"]
