"""What the ledger refuses."""

from core.errors import Conflict


class NothingHeld(Conflict):
    code = "nothing_held"
    sentence = "Nothing of this vendor order is held back for {cause}."


class NotEnoughAvailable(Conflict):
    code = "not_enough_available"
    sentence = "{available} is available; no more than that can be moved."


class NotEnoughInWallet(Conflict):
    code = "not_enough_in_wallet"
    sentence = "{balance} is in this wallet; no more than that can be given back."


class HoldTooLarge(Conflict):
    code = "hold_too_large"
    sentence = "This vendor order cost {total}; no more than that can be held back."
