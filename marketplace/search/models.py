"""What is searched: an entry for each listing, and the words that buyers can find; how staff tune it, and what nobody found."""

from django.core.exceptions import ValidationError
from django.db import models

from core import context
from core.models import Record, Tally
from marketplace.catalog.models import Category, Listing
from marketplace.search import rules
from marketplace.search.text import LONGEST_TITLE, LONGEST_WORD, phrases_of, words_of

LONGEST_QUERY = 120
#: Of one synonym: more are not a meaning any more, and each one multiplies what a query asks.
MOST_PHRASES, LONGEST_PHRASE = 12, 4
MOST_PINS = 20

TO_BE_SENT = models.Q(sent__lt=models.F("revision"))
SET_ASIDE = models.Q(refusal__isnull=False)


class Entry(Tally):
    """The words by which a listing is found, folded, in three fields of falling weight; rebuilt from it by `manage.py search rebuild`.

    `facts`: place, categories, vendor and what its public attributes say. `body`: the description. The database's own index
    of words (FTS5, or a column of lexemes) follows from these columns by itself. `is_shown` says that buyers could see the
    listing when the entry was written, so that its words may be suggested; it decides nothing else.

    The listing may be gone already: an entry outlives it until the event has been heard and, where there is OpenSearch, until
    that has been told (`is_gone`).

    `revision` says which writing of the entry OpenSearch is to have, and `sent` which it was told; both stay 0 where there is none.
    `refusal` is what it said against that one, which it does not hold: the entry waits for a later writing.
    """

    listing = models.OneToOneField(Listing, models.DO_NOTHING, related_name="entry", db_constraint=False)
    title = models.CharField(max_length=LONGEST_TITLE, blank=True)
    facts = models.TextField(blank=True)
    body = models.TextField(blank=True)
    listing_version = models.PositiveIntegerField(default=0)
    is_shown = models.BooleanField("on show", default=False)
    indexed_at = models.DateTimeField(null=True)
    revision = models.BigIntegerField(default=0, db_default=0)
    sent = models.BigIntegerField(default=0, db_default=0)
    is_gone = models.BooleanField(default=False, db_default=False)
    refusal = models.TextField("refused by OpenSearch", null=True)

    policy = rules.INDEX

    class Meta:
        verbose_name = "search entry"
        verbose_name_plural = "search entries"
        indexes = [
            models.Index(fields=("title",), name="entry_title"),
            models.Index(fields=("revision",), condition=TO_BE_SENT, name="entry_to_be_sent"),
            models.Index(fields=("listing",), condition=SET_ASIDE, name="entry_set_aside"),
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


class Synonym(Record):
    """Words that mean the same to search: a group, each found by each; or one way, where `means` is filled.

    Phrases of up to four words, with commas between, kept folded. With a category it holds where that category or one below
    it is looked through, and nowhere else.
    """

    words = models.CharField(
        max_length=300,
        help_text="With commas between: phone, mobile, cell phone. Who asks for one finds all.",
    )
    means = models.CharField(
        "also finds",
        max_length=300,
        blank=True,
        help_text="Only for one way: who asks for what stands above also finds this, and not the other way round.",
    )
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="synonyms",
        help_text="Where it holds, with everything below. Empty: everywhere.",
    )

    policy = rules.TUNING

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("words", "means", "category"),
                name="synonym_once",
                violation_error_message="This synonym is there already.",
            ),
            models.UniqueConstraint(
                fields=("words", "means"),
                condition=models.Q(category=None),
                name="synonym_everywhere_once",
                violation_error_message="This synonym is there already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.words} → {self.means}" if self.means else self.words

    def derive(self) -> None:
        self.words, self.means = (
            ", ".join(" ".join(phrase) for phrase in phrases_of(said)) for said in (self.words, self.means)
        )

    def clean(self) -> None:
        """Refuse a group of one, a word that means only itself, and phrases too long or too many to be looked for."""
        faults = {}
        words, means = set(phrases_of(self.words)), set(phrases_of(self.means))
        for name, found in (("words", words), ("means", means)):
            if len(found) > MOST_PHRASES:
                faults[name] = f"At most {MOST_PHRASES}."
            elif any(len(phrase) > LONGEST_PHRASE for phrase in found):
                faults[name] = f"At most {LONGEST_PHRASE} words in one."
        if not words:
            faults["words"] = "Write a word."
        elif not means and len(words) < 2:
            faults["words"] = "Write two at least, with a comma between; or what this one also finds, below."
        elif means & words:
            faults["means"] = "A word finds itself already."
        if faults:
            raise ValidationError(faults)


class StopWord(Record):
    """A word that search passes over: `the`. Listings keep it; a query of nothing but such words is asked as it is."""

    word = models.CharField(
        max_length=LONGEST_WORD,
        unique=True,
        error_messages={"unique": "This word is passed over already."},
        help_text="One word, as people type it.",
    )

    policy = rules.TUNING

    class Meta:
        ordering = ("word",)

    def __str__(self) -> str:
        return self.word

    def derive(self) -> None:
        self.word = " ".join(words_of(self.word))

    def clean(self) -> None:
        """Refuse what is no single word."""
        if len(words_of(self.word)) != 1:
            raise ValidationError({"word": "Write one word."})


class PinnedResult(Record):
    """A listing that stands before all others for a query, in relevance order; where it may be seen and fits the filters.

    `query` is kept folded and compared as a whole. With a category it holds where that one or one below is looked through.
    """

    query = models.CharField(max_length=LONGEST_QUERY, help_text="What people ask: the whole of it, in any case.")
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="pinned_results",
        help_text="Where it holds, with everything below. Empty: everywhere.",
    )
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="pinned_for")
    position = models.PositiveIntegerField(default=0, help_text="The lowest comes first.")
    starts_at = models.DateTimeField("from", null=True, blank=True, help_text="Empty: from now on.")
    ends_at = models.DateTimeField("until", null=True, blank=True, help_text="Empty: until it is taken away.")

    policy = rules.TUNING

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("query", "category", "listing"),
                name="pinned_once",
                violation_error_message="This listing is pinned for this query already.",
            ),
            models.UniqueConstraint(
                fields=("query", "listing"),
                condition=models.Q(category=None),
                name="pinned_everywhere_once",
                violation_error_message="This listing is pinned for this query already.",
            ),
            models.CheckConstraint(
                condition=models.Q(starts_at=None)
                | models.Q(ends_at=None)
                | models.Q(starts_at__lt=models.F("ends_at")),
                name="pinned_ends_after_start",
                violation_error_message="It must end after it starts.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.query}: {self.listing}"

    def derive(self) -> None:
        self.query = folded_query(self.query)

    def clean(self) -> None:
        """Refuse a query without a word, and more pins of one than a page may begin with."""
        query = folded_query(self.query)
        if not query:
            raise ValidationError({"query": "Write a word."})
        others = PinnedResult.objects.filter(query=query, category=self.category_id).exclude(pk=self.pk)
        if others.count() >= MOST_PINS:
            raise ValidationError({"query": f"At most {MOST_PINS} listings are pinned for one query."})


def folded_query(text: str) -> str:
    """A query as it is compared with another: its distinct words, in their order."""
    return " ".join(dict.fromkeys(words_of(text)))[:LONGEST_QUERY].strip() if text else ""


class UnmetSearch(Record):
    """A query that found nothing as it was written: how often, when, and what was found instead. Work for who tunes search.

    Nothing tells who asked: whatever looks like an address or a number of somebody is not kept at all.
    """

    class Outcome(models.TextChoices):
        OPEN = "open", "Open"
        ANSWERED = "answered", "Answered"
        IGNORED = "ignored", "Ignored"

    query = models.CharField(max_length=LONGEST_QUERY, editable=False)
    category = models.ForeignKey(
        Category, models.CASCADE, null=True, editable=False, related_name="unmet_searches", db_index=False
    )
    outcome = models.CharField("state", max_length=8, choices=Outcome.choices, default=Outcome.OPEN, editable=False)
    count = models.PositiveIntegerField("asked", default=0, editable=False)
    did_you_mean = models.CharField(max_length=400, blank=True, editable=False)
    first_at = models.DateTimeField("first asked", default=context.now, editable=False)
    last_at = models.DateTimeField("last asked", default=context.now, editable=False)

    machine_fields = frozenset({"count", "did_you_mean", "first_at", "last_at"})
    made_by_machine = True
    policy = rules.UNMET

    class Meta:
        verbose_name = "search without hits"
        verbose_name_plural = "searches without hits"
        constraints = [
            models.UniqueConstraint(fields=("query", "category"), name="unmet_once"),
            models.UniqueConstraint(fields=("query",), condition=models.Q(category=None), name="unmet_everywhere_once"),
            models.CheckConstraint(
                condition=models.Q(outcome__in=("open", "answered", "ignored")), name="unmet_outcome_known"
            ),
        ]
        indexes = [
            models.Index(fields=("-count", "-id"), name="unmet_frequent"),
            models.Index(fields=("last_at",), name="unmet_last"),
        ]

    def __str__(self) -> str:
        return self.query


class UnmetFlush(Tally):
    """A batch of unmet searches that has been counted: written with the counts, so that no batch is ever counted twice."""

    batch = models.CharField(max_length=32, unique=True)
    at = models.DateTimeField(default=context.now, db_index=True)

    def __str__(self) -> str:
        return self.batch


class TuningStamp(Tally):
    """One row. Its value is new after every change of how search is tuned, in the change's own transaction."""

    value = models.CharField(max_length=32)

    def __str__(self) -> str:
        return self.value
