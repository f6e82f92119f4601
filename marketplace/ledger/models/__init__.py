"""The tables of the ledger."""

from marketplace.ledger.models.books import Account, Journal, LineSplit, Posting
from marketplace.ledger.models.fees import CommissionRule, LineCommission, SettlementTerms
from marketplace.ledger.models.wallets import Wallet

__all__ = [
    "Account",
    "CommissionRule",
    "Journal",
    "LineCommission",
    "LineSplit",
    "Posting",
    "SettlementTerms",
    "Wallet",
]
