"""References: the unguessable, readable names by which private documents are known outside."""

import secrets

# Crockford's base 32 (crockford.com/base32.html): no I, L, O or U, so that nothing is misread or misheard.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MISREAD = str.maketrans("ILO", "110")
GROUPS, SIZE = 3, 4
LENGTH = 24
#: As somebody may send it: in small letters too, and with those that `read` knows to be misread.
SENT = r"^[A-Za-z]{2,4}(-[0-9A-TV-Za-tv-z]{4}){3}(-[A-Za-z]{1,3})?$"
PATTERN = r"^[A-Z]{2,4}(-[0-9A-HJKMNP-TV-Z]{4}){3}(-[A-Z]{1,3})?$"


def new(prefix: str) -> str:
    """A new reference, such as "SK-7K3M-Q9XF-2DWP": 60 random bits behind the prefix (two to four letters)."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(SIZE)) for _ in range(GROUPS))
    return "-".join((prefix, *groups))


def read(text: str) -> str:
    """A reference as somebody typed it, in its one spelling: capitals, and no letter that may be misread. Refuses nothing.

    Its prefix and the letters at the end that name a share are words, not digits: they stay.
    """
    prefix, *rest = text.strip().upper().split("-")
    return "-".join((prefix, *(each.translate(MISREAD) for each in rest[:GROUPS]), *rest[GROUPS:]))
