"""What is searched: an entry for each listing, and the words that buyers can find."""

from django.db import models

from core.models import Tally
from marketplace.catalog.models import Listing
from marketplace.search import rules
from marketplace.search.text import LONGEST_TITLE, LONGEST_WORD

TO_BE_SENT = models.Q(sent__lt=models.F("revision"))


class Entry(Tally):
    """The words by which a listing is found, folded, in three fields of falling weight; rebuilt from it by `manage.py search rebuild`.

    `facts`: place, categories, vendor and what its public attributes say. `body`: the description. The database's own index
    of words (FTS5, or a column of lexemes) follows from these columns by itself. `is_shown` says that buyers could see the
    listing when the entry was written, so that its words may be suggested; it decides nothing else.

    The listing may be gone already: an entry outlives it until the event has been heard and, where there is OpenSearch, until
    that has been told (`is_gone`).

    `revision` says which writing of the entry OpenSearch is to have, and `sent` which it has; both stay 0 where there is none.
    """

    listing = models.OneToOneField(Listing, models.DO_NOTHING, related_name="entry", db_constraint=False)
    title = models.CharField(max_length=LONGEST_TITLE, blank=True)
    facts = models.TextField(blank=True)
    body = models.TextField(blank=True)
    listing_version = models.PositiveIntegerField(default=0)
    is_shown = models.BooleanField("on show", default=False)
    indexed_at = models.DateTimeField(null=True)
    revision = models.BigIntegerField(default=0)
    sent = models.BigIntegerField(default=0)
    is_gone = models.BooleanField(default=False)

    policy = rules.INDEX

    class Meta:
        verbose_name = "search entry"
        verbose_name_plural = "search entries"
        indexes = [
            models.Index(fields=("title",), name="entry_title"),
            models.Index(fields=("revision",), condition=TO_BE_SENT, name="entry_to_be_sent"),
        ]

    def __str__(self) -> str:
        return self.title or f"Entry of listing {self.listing_id}"

    def words(self) -> frozenset[str]:
        """What of it may be suggested: the words of title and facts, if buyers see the listing."""
        return frozenset(f"{self.title} {self.facts}".split()) if self.is_shown else frozenset()


class KnownWord(Tally):
    """A word of titles or facts, and how many listings on show have it.

    It is what a misspelt word may have meant, and what a begun one may become.
    """

    word = models.CharField(max_length=LONGEST_WORD, unique=True)
    cached_listings = models.IntegerField("listings", default=0)

    policy = rules.INDEX

    class Meta:
        indexes = [models.Index(fields=("-cached_listings", "word"), name="known_word_frequent")]

    def __str__(self) -> str:
        return self.word
