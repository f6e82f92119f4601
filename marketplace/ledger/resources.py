"""The ledger, declared: the books to read for finance, its own accounts to each vendor, and the rules that staff set."""

from core.audiences import OPERATIONS, VENDOR
from core.resources.declaration import ANY_OF, CREATE, EXACT, RANGE, F, Look, Resource
from core.resources.types import Id, Money, SignedMoney, text
from marketplace.ledger import actions
from marketplace.ledger.computed import (
    account_name,
    base,
    borne_of,
    change,
    currency_of,
    fees_of,
    in_wallet,
    in_words,
    kind_of,
    paid_of,
    reversed_one,
    share_named,
    share_of,
    side,
    subject_of,
    taken,
    tax_of,
    vendor_named,
    vendor_of,
    vendor_of_account,
    what,
)
from marketplace.ledger.models import (
    Account,
    CommissionRule,
    Journal,
    LineCommission,
    LineSplit,
    Posting,
    SettlementTerms,
    Wallet,
)

TEAM = VENDOR | OPERATIONS


class Accounts(Resource):
    model, group, icon = Account, "Money", "account_balance"
    fields = {
        "kind": F(read=TEAM, filter=ANY_OF),
        "vendor": F(read=TEAM, filter=EXACT, expand=True),
        "part": F(read=OPERATIONS, filter=EXACT, help="Which fee, or which gateway."),
        "currency": F(read=TEAM, filter=EXACT),
        "opened_at": F(read=OPERATIONS),
    }
    order = ("id",)
    transfer = False
    look = Look(
        columns=("kind", "part", "vendor", "currency"),
        facts=("kind", "part", "vendor", "currency", "opened_at"),
        filters=("kind", "vendor", "currency"),
        empty="No money has been booked yet.",
        help="What stands where. Every balance is the sum of its postings, and leads to them.",
    )


class Journals(Resource):
    model, group, icon = Journal, "Money", "menu_book"
    public_by = "reference"
    fields = {
        "reference": F(read=OPERATIONS, search=True, help="The same as `id`."),
        "at": F(read=OPERATIONS, order=True, filter=RANGE),
        "kind": F(read=OPERATIONS, filter=ANY_OF),
        "subject": F(read=OPERATIONS, search=True, filter=EXACT, help="What was paid for: an order's id."),
        "share": F(
            read=OPERATIONS, compute=share_named, type=text(24), needs=("share__reference",), filter=EXACT,
            through="share__reference", help="The id of the vendor order.",
        ),
        "vendor": F(
            read=OPERATIONS, compute=vendor_named, type=Id | None, needs=("share__vendor_id",), filter=EXACT,
            through="share__vendor", help="Whose order that is: a vendor's key.",
        ),
        "cause_model": F(read=OPERATIONS, filter=EXACT, help="What kind of row it is about."),
        "cause_reference": F(read=OPERATIONS, search=True, filter=EXACT, help="Which one."),
        "reverses": F(
            read=OPERATIONS, compute=reversed_one, type=text(24), needs=("reverses__reference",), filter=EXACT,
            through="reverses__reference", help="The id of the journal of which this takes something back.",
        ),
        "note": F(read=OPERATIONS, card=False),
        "posted_at": F(read=OPERATIONS),
    }  # fmt: skip
    order = ("-at", "-id")
    transfer = False
    look = Look(
        columns=("reference", "kind", "subject", "share", "at"),
        facts=("reference", "at", "posted_at", "cause_model"),
        filters=("kind", "at", "cause_model", "subject"),
        empty="Nothing has been booked yet.",
        help="One for each event of money. They are never changed: what was wrong is taken back by another.",
    )


class Postings(Resource):
    model, group, icon = Posting, "Money", "receipt"
    fields = {
        "at": F(read=TEAM, order=True, filter=RANGE),
        "journal": F(read=OPERATIONS, filter=EXACT, expand=True),
        "what": F(read=TEAM, compute=what, type=text(40), needs=("journal__kind",)),
        "kind": F(
            read=TEAM, compute=kind_of, type=text(20), needs=("journal__kind",), filter=ANY_OF, through="journal__kind",
            card=False,
        ),
        "share": F(
            read=TEAM, compute=share_of, type=text(24), needs=("journal__share__reference",), filter=EXACT,
            through="journal__share__reference", help="The id of the vendor order.",
        ),
        "account": F(read=TEAM, filter=EXACT, expand=True),
        "vendor": F(
            read=TEAM, compute=vendor_of_account, type=text(80), needs=("account__vendor__name",), filter=EXACT,
            through="account__vendor", card=False, help="Whose account it is; empty where it is the market's.",
        ),
        "subject": F(
            read=OPERATIONS, compute=subject_of, type=text(24), needs=("journal__subject",), filter=EXACT,
            through="journal__subject", card=False, help="What was paid for: an order's id.",
        ),
        "account_name": F(
            read=TEAM, compute=account_name, type=text(60), needs=("account__kind",), filter=ANY_OF, through="account__kind"
        ),
        "currency": F(
            read=TEAM, compute=currency_of, type=text(3), needs=("amount_currency",), filter=EXACT, through="account__currency",
            card=False,
        ),
        "amount": F(read=OPERATIONS, help="Above zero a debit, below zero a credit."),
        "side": F(read=OPERATIONS, compute=side, type=text(6), needs=("amount_minor",)),
        "change": F(
            read=VENDOR, compute=change, type=SignedMoney, needs=("amount_minor", "amount_currency"),
            help="What it changes of your money: above zero, more.",
        ),
    }  # fmt: skip
    order = ("-at", "-id")
    look = Look(
        columns=("at", "what", "share", "account_name", "amount", "change"),
        filters=("at", "account_name", "currency", "kind", "vendor", "subject", "share"),
        empty="Nothing has been posted yet.",
    )


class LineSplits(Resource):
    model, group, icon = LineSplit, "Money", "call_split"
    child = True
    fields = {
        "journal": F(read=OPERATIONS, filter=EXACT, expand=True),
        "share": F(read=TEAM, filter=EXACT, expand=True),
        "line": F(read=TEAM, filter=EXACT, help="Null: the shipping."),
        "quantity": F(read=TEAM),
        "paid": F(read=TEAM, compute=paid_of, type=SignedMoney, needs=("paid_minor", "currency"), help="By the buyer."),
        "borne": F(
            read=TEAM, compute=borne_of, type=SignedMoney, needs=("borne_minor", "currency"), help="By the market."
        ),
        "tax": F(
            read=TEAM, compute=tax_of, type=SignedMoney, needs=("tax_minor", "currency"), help="That the market remits."
        ),
        "fees": F(read=TEAM, compute=fees_of, type=SignedMoney, needs=("fees_minor", "currency")),
        "to_vendor": F(read=TEAM, compute=vendor_of, type=SignedMoney, needs=("vendor_minor", "currency")),
    }
    look = Look(columns=("share", "line", "paid", "fees", "tax", "to_vendor"))


class LineCommissions(Resource):
    model, group, icon = LineCommission, "Money", "percent"
    path, name = "line-fees", "LineFee"
    child = True
    fields = {
        "line": F(read=TEAM, filter=EXACT),
        "fee": F(read=TEAM, filter=ANY_OF),
        "words": F(read=TEAM, help="The rule, as it was when the line was ordered."),
        "rule_id": F(read=OPERATIONS),
        "base": F(read=TEAM, compute=base, type=SignedMoney, needs=("base_minor", "currency")),
        "amount": F(read=TEAM, compute=taken, type=SignedMoney, needs=("amount_minor", "currency")),
    }
    look = Look(columns=("line", "fee", "words", "base", "amount"))


class CommissionRules(Resource):
    model, group, icon = CommissionRule, "Money", "percent"
    fields = {
        "fee": F(read=OPERATIONS, write=OPERATIONS, filter=ANY_OF),
        "in_words": F(
            read=OPERATIONS, compute=in_words, type=text(200),
            needs=("basis_points", "fixed_minor", "minimum_minor", "maximum_minor", "currency"),
        ),
        "vendor": F(read=OPERATIONS, write=OPERATIONS, filter=EXACT, expand=True),
        "category": F(read=OPERATIONS, write=OPERATIONS, filter=EXACT, expand=True),
        "listing": F(read=OPERATIONS, write=OPERATIONS, filter=EXACT, expand=True),
        "basis_points": F(read=OPERATIONS, write=OPERATIONS),
        "currency": F(read=OPERATIONS, write=OPERATIONS, filter=EXACT),
        "fixed_minor": F(read=OPERATIONS, write=OPERATIONS),
        "minimum_minor": F(read=OPERATIONS, write=OPERATIONS),
        "maximum_minor": F(read=OPERATIONS, write=OPERATIONS),
        "note": F(read=OPERATIONS, write=OPERATIONS, search=True),
        "updated_at": F(read=OPERATIONS),
    }  # fmt: skip
    look = Look(
        columns=("fee", "in_words", "vendor", "category", "listing", "updated_at"),
        tabs={"Amounts": ("currency", "fixed_minor", "minimum_minor", "maximum_minor")},
        facts=("in_words", "updated_at"),
        filters=("fee", "vendor", "category"),
        empty="The market takes nothing of any sale yet.",
        help="Of each fee the most specific rule counts: a listing's, a vendor's, a nearer category's, everything's. "
        "What is ordered keeps the fees of that moment.",
    )


class Terms(Resource):
    model, group, icon = SettlementTerms, "Money", "event_repeat"
    path, name = "settlement-terms", "SettlementTerms"
    fields = {
        "vendor": F(read=TEAM, write=OPERATIONS, on=CREATE, filter=EXACT, expand=True),
        "hold_days": F(read=TEAM, write=OPERATIONS),
        "schedule": F(read=TEAM, write=OPERATIONS, filter=ANY_OF),
        "minimum_minor": F(read=TEAM, write=OPERATIONS),
        "since": F(read=TEAM),
    }
    look = Look(
        columns=("vendor", "hold_days", "schedule", "minimum_minor", "since"),
        filters=("schedule", "vendor"),
        empty="Every vendor is paid as the settings say.",
    )


class Wallets(Resource):
    model, group, icon = Wallet, "Money", "account_balance_wallet"
    public_by = "reference"
    fields = {
        "reference": F(read=TEAM, search=True, help="The same as `id`."),
        "vendor": F(read=TEAM, write=VENDOR, on=CREATE, filter=EXACT, expand=True),
        "currency": F(read=TEAM, write=VENDOR, on=CREATE, filter=EXACT),
        "balance": F(
            read=TEAM, compute=in_wallet, type=Money, needs=("cached_balance_minor", "currency"),
            help="Prepaid for boosts: no payout takes it.",
        ),
        "opened_at": F(read=TEAM),
    }  # fmt: skip
    verbs = (actions.top_up, actions.give_back)
    transfer = False
    look = Look(
        columns=("reference", "vendor", "balance", "opened_at"),
        facts=("reference", "balance", "opened_at"),
        filters=("vendor", "currency"),
        empty="No vendor has prepaid anything.",
        help="What vendors moved out of what was available to them. Its changes are the postings of its account.",
    )
