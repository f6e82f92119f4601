"""The ledger: what money came, whose it is, and what the market keeps, in double entry."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "marketplace.ledger"
    label = "ledger"
    verbose_name = "Ledger"
