"""Links by which whoever has a mail of ours ends such mails: signed, without a sign-in, good for ever."""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing

from core.rules import Actor

SALT = "engagement.unsubscribe"
WHO = Actor.system("link of a mail")


@dataclass(frozen=True)
class Wanted:
    """Whose alerts a link ends: of one search, or of all."""

    user_id: int
    search_id: int | None


def address(user_id: int, search_id: int | None = None) -> str:
    """The link that ends the alerts of one search, or all of somebody's."""
    return f"{settings.ADDRESS}/unsubscribe/{signing.dumps([user_id, search_id], salt=SALT)}"


def read(token: str) -> Wanted | None:
    """What a link wants; None for one that we did not sign."""
    try:
        user_id, search_id = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Wanted(user_id, search_id)


def headers(user_id: int) -> dict[str, str]:
    """What lets a mail program offer it as one button: RFC 2369 and RFC 8058."""
    return {
        "List-Unsubscribe": f"<{address(user_id)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
