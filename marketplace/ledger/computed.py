"""Columns of the ledger's tables that are worked out, as people read them."""

from core.money import Money as Amount
from marketplace.ledger.models import CommissionRule, Journal, LineCommission, LineSplit, Posting, Wallet


def side(posting: Posting) -> str:
    """Debit or credit."""
    return posting.side


def what(posting: Posting) -> str:
    """What happened, as people read it."""
    return posting.journal.get_kind_display()


def kind_of(posting: Posting) -> str:
    """The kind of its journal."""
    return posting.journal.kind


def account_name(posting: Posting) -> str:
    """The account by its name."""
    return posting.account.get_kind_display()


def share_of(posting: Posting) -> str:
    """The vendor order that it is about, by its reference; empty where it is about none."""
    return posting.journal.share.reference if posting.journal.share is not None else ""


def share_named(journal: Journal) -> str:
    """The vendor order that it is about, by its reference; empty where it is about none."""
    return journal.share.reference if journal.share is not None else ""


def vendor_named(journal: Journal) -> int | None:
    """The vendor whose order it is about, by its key."""
    return journal.share.vendor_id if journal.share is not None else None


def reversed_one(journal: Journal) -> str:
    """The journal that it takes something back of, by its reference; empty where there is none."""
    return journal.reverses.reference if journal.reverses is not None else ""


def vendor_of_account(posting: Posting) -> str:
    """Whose account it is; empty where it is the market's."""
    return posting.account.vendor.name if posting.account.vendor is not None else ""


def currency_of(posting: Posting) -> str:
    """The currency of the account."""
    return posting.amount_currency


def subject_of(posting: Posting) -> str:
    """What was paid for; empty where it is about nothing that was."""
    return posting.journal.subject


def change(posting: Posting) -> Amount:
    """What it changes of a vendor's money: above zero, more."""
    return -posting.amount


def in_words(rule: CommissionRule) -> str:
    """The rule as a person reads it."""
    return rule.words


def paid_of(split: LineSplit) -> Amount:
    return Amount(split.paid_minor, split.currency)


def fees_of(split: LineSplit) -> Amount:
    return Amount(split.fees_minor, split.currency)


def borne_of(split: LineSplit) -> Amount:
    return Amount(split.borne_minor, split.currency)


def tax_of(split: LineSplit) -> Amount:
    return Amount(split.tax_minor, split.currency)


def vendor_of(split: LineSplit) -> Amount:
    return Amount(split.vendor_minor, split.currency)


def taken(fee: LineCommission) -> Amount:
    return Amount(fee.amount_minor, fee.currency)


def base(fee: LineCommission) -> Amount:
    return Amount(fee.base_minor, fee.currency)


def in_wallet(wallet: Wallet) -> Amount:
    """What is in it."""
    return wallet.balance
