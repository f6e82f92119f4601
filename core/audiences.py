"""The three audiences an answer is made for; each has its own exact API document."""

from enum import Flag


class Audience(Flag):
    """Who is being spoken to. Combine with `|` where a declaration names several."""

    STOREFRONT = 1
    VENDOR = 2
    OPERATIONS = 4

    @property
    def word(self) -> str:
        """The lower-case word used in addresses, documents and audit rows."""
        return (self.name or "").lower()


NOBODY = Audience(0)
STOREFRONT = Audience.STOREFRONT
VENDOR = Audience.VENDOR
OPERATIONS = Audience.OPERATIONS
ALL = STOREFRONT | VENDOR | OPERATIONS
AUDIENCES = (STOREFRONT, VENDOR, OPERATIONS)


def audience_named(word: str) -> Audience:
    """The audience of a word such as "vendor"; KeyError for any other word."""
    return {each.word: each for each in AUDIENCES}[word]
