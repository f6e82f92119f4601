"""Contact clicks, their daily counts, the salts that make visitors unlinkable, and contacts of people who were signed in."""

from django.conf import settings
from django.db import models

from core.models import Fact, Tally
from core.rules import Policy
from marketplace.catalog.models import Listing
from marketplace.contacts import rules
from marketplace.contacts.channels import Channel
from marketplace.contacts.classes import Klass, Rule
from marketplace.vendors.models import Vendor


class ContactClick(Fact):
    """Somebody pressed Call or WhatsApp on a listing.

    `visitor` is a keyed hash under the salt of its day: it tells two clicks of one visitor on one day, and nothing once
    the salt is forgotten. Neither address nor user agent is kept, only the agent's family.
    """

    listing = models.ForeignKey(Listing, models.PROTECT, related_name="contact_clicks", db_index=False)
    vendor = models.ForeignKey(Vendor, models.PROTECT, related_name="contact_clicks", db_index=False)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    at = models.DateTimeField("when")
    klass = models.CharField("class", max_length=14, choices=Klass.choices)
    rule = models.CharField(max_length=10, choices=Rule.choices)
    visitor = models.CharField(max_length=32)
    agent_family = models.CharField("browser", max_length=24)
    is_signed_in = models.BooleanField("signed in", default=False)
    city = models.CharField("place", max_length=80, blank=True)

    policy = rules.CLICK

    class Meta:
        verbose_name = "contact"
        indexes = [
            models.Index(fields=("listing", "visitor", "at"), name="click_repeat"),
            models.Index(fields=("vendor", "-id"), name="click_of_vendor"),
            models.Index(fields=("at",), name="click_at"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} on {self.listing}"


class ContactCount(Tally):
    """How often a listing was contacted on a day by a channel; rebuilt from the clicks by `actions.recount`."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="contact_counts", db_index=False)
    day = models.DateField()
    channel = models.CharField(max_length=10, choices=Channel.choices)
    cached_valid = models.PositiveIntegerField(default=0)
    cached_all = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("listing", "day", "channel"), name="contact_count_once"),
            models.CheckConstraint(
                condition=models.Q(cached_valid__lte=models.F("cached_all")),
                name="contact_count_valid_among_all",
                violation_error_message="No more can be valid than there are.",
            ),
        ]
        indexes = [models.Index(fields=("day", "listing"), name="contact_count_day")]

    def __str__(self) -> str:
        return f"{self.listing_id} on {self.day}: {self.cached_valid}"


class VisitorSalt(Tally):
    """The secret of one day's visitor hashes. It is forgotten after the next day, and the hashes with it mean nothing."""

    day = models.DateField(unique=True)
    secret = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"Salt of {self.day}"


class PersonalContact(Fact):
    """Somebody who was signed in asked for the number of a vendor. Kept apart from the clicks, which say nothing of who it was.

    It is read beside a dispute between the two, and in no list.
    """

    customer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    vendor = models.ForeignKey(Vendor, models.PROTECT, related_name="+", db_index=False)
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    at = models.DateTimeField("when")

    policy = Policy()

    class Meta:
        indexes = [
            models.Index(fields=("customer", "vendor", "-at"), name="personal_contact_between"),
            models.Index(fields=("vendor",), name="personal_contact_vendor"),
            models.Index(fields=("at",), name="personal_contact_at"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} about {self.listing}"
