"""A vendor prepays for boosts out of what is available, and staff give back what it no longer wants there."""

from typing import Annotated

from core import context
from core.actions import action
from core.inputs import Ask, Reason
from core.money import LARGEST
from core.resources.types import whole
from core.rules import Actor
from marketplace.ledger import queries
from marketplace.ledger.actions.posting import Cause, Entry, post
from marketplace.ledger.errors import NotEnoughAvailable, NotEnoughInWallet
from marketplace.ledger.kinds import AccountKind, JournalKind
from marketplace.ledger.models import Wallet

Minor = Annotated[whole(1, LARGEST), Ask("Amount", "In minor units: 50000 is KES 500.")]  # type: ignore[valid-type]


def available_to(wallet: Wallet) -> str:
    """What could be moved, in words."""
    standing = queries.standing_of(wallet.vendor_id, wallet.currency)
    return f"{standing.available} is available, {wallet.balance} is in the wallet."


@action(label="Top up", icon="add_card", effect=available_to)
def top_up(wallet: Wallet, *, by: Actor, amount_minor: Minor) -> Wallet:  # type: ignore[valid-type]
    """Move so much of what the vendor has available into its wallet; it is not paid out then. The vendor is held meanwhile, so that
    no payout sets the same money aside. Refuses with 409 `not_enough_available` more than there is.
    """
    available = queries.standing_of(wallet.vendor_id, wallet.currency).available
    if amount_minor > available.amount:
        raise NotEnoughAvailable(available=str(available))
    _move(wallet, JournalKind.TOP_UP, AccountKind.AVAILABLE, AccountKind.BOOSTS, amount_minor)
    wallet.cached_balance_minor += amount_minor
    return wallet


@action(label="Give back", icon="undo", danger=True, effect=available_to)
def give_back(wallet: Wallet, *, by: Actor, amount_minor: Minor, reason: Reason) -> Wallet:  # type: ignore[valid-type]
    """Move so much out of the wallet: it is available to the vendor again, and paid out with the rest.

    Refuses with 409 `not_enough_in_wallet` more than is in it.
    """
    if amount_minor > wallet.cached_balance_minor:
        raise NotEnoughInWallet(balance=str(wallet.balance))
    _move(wallet, JournalKind.WALLET_RETURN, AccountKind.BOOSTS, AccountKind.AVAILABLE, amount_minor, note=reason)
    wallet.cached_balance_minor -= amount_minor
    return wallet


def _move(
    wallet: Wallet, kind: JournalKind, source: AccountKind, to: AccountKind, minor: int, *, note: str = ""
) -> None:
    """Post it once: each change of a wallet has a version of its own."""
    post(
        kind, Cause(wallet._meta.label_lower, f"{wallet.reference}/{wallet.version}"),
        [Entry(source, minor, vendor_id=wallet.vendor_id), Entry(to, -minor, vendor_id=wallet.vendor_id)],
        currency=wallet.currency, at=context.now(), note=note,
    )  # fmt: skip
