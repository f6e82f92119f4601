"""What accounts do by themselves, while nobody looks."""

from core.schedule import scheduled
from marketplace.accounts import tokens


@scheduled("29 3 * * *")
def forget_old_sign_ins() -> None:
    """Each night: sign-ins that nobody can renew any more are dropped, with their sessions."""
    tokens.forget_expired()
