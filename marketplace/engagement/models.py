"""Favourites, how often listings were looked at, and searches that people keep."""

from django.conf import settings
from django.db import models

from core import context
from core.models import Moment, Record, Tally
from marketplace.catalog.models import Listing
from marketplace.engagement import rules

MOST_FAVOURITES = 500
MOST_SEARCHES = 20
LONGEST_QUERY = 2000


class Favourite(Tally):
    """A listing that somebody keeps in view."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="favourites", db_index=False)
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="favourites")
    at = Moment("since", auto_now_add=True)

    policy = rules.FAVOURITE

    class Meta:
        constraints = [models.UniqueConstraint(fields=("user", "listing"), name="favourite_once")]
        indexes = [models.Index(fields=("user", "-id"), name="favourite_of_user")]

    def __str__(self) -> str:
        return f"{self.listing} of {self.user}"


class ViewCount(Tally):
    """How often a listing was looked at on a day: by people, each counted once in half an hour, and in all.

    Nothing explains it but the flushes that added it up: single views are kept nowhere, so that they name nobody.
    """

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="view_counts", db_index=False)
    day = models.DateField()
    valid_count = models.PositiveIntegerField(default=0)
    all_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("listing", "day"), name="view_count_once"),
            models.CheckConstraint(
                condition=models.Q(valid_count__lte=models.F("all_count")),
                name="view_count_valid_among_all",
                violation_error_message="No more can be valid than there are.",
            ),
        ]
        indexes = [models.Index(fields=("day", "listing"), name="view_count_day")]

    def __str__(self) -> str:
        return f"{self.listing_id} on {self.day}: {self.valid_count}"


class ViewFlush(Tally):
    """A batch of views that has been counted: written with the counts, so that no batch is ever counted twice."""

    batch = models.CharField(max_length=32, unique=True)
    at = Moment(auto_now_add=True, db_index=True)
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.batch}: {self.count}"


class Frequency(models.TextChoices):
    """How often somebody hears of what is new in a search."""

    INSTANT = "instant", "At once"
    DAILY = "daily", "Once a day"
    OFF = "off", "Never"


class SavedSearch(Record):
    """A search that somebody keeps: `query` is what the list of listings would be asked, in one spelling.

    What was published up to `seen_until` has been looked through.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_searches", db_index=False)
    name = models.CharField(max_length=80)
    query = models.CharField(
        max_length=LONGEST_QUERY, help_text="As in the address of a list: q=bicycle&price_max=5000."
    )
    frequency = models.CharField("alerts", max_length=8, choices=Frequency.choices, default=Frequency.DAILY)
    seen_until = models.DateTimeField(default=context.now, editable=False)
    alerted_at = models.DateTimeField("last alert", null=True, editable=False)

    machine_fields = frozenset({"seen_until", "alerted_at"})
    policy = rules.SAVED_SEARCH

    class Meta:
        verbose_name_plural = "saved searches"
        constraints = [
            models.UniqueConstraint(
                fields=("user", "name"),
                name="saved_search_name_once",
                violation_error_message="You have a search of this name already.",
            ),
            models.CheckConstraint(
                condition=models.Q(frequency__in=Frequency.values), name="saved_search_frequency_known"
            ),
        ]
        indexes = [models.Index(fields=("frequency", "user", "seen_until"), name="saved_search_due")]

    def __str__(self) -> str:
        return self.name
