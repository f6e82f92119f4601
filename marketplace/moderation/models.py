"""What moderators decided, when, why, and after how long a wait."""

from django.db import models

from core.models import Fact
from marketplace.catalog.models import Listing
from marketplace.moderation import rules
from marketplace.vendors.models import Vendor


class Decision(Fact):
    """One judgement of a listing, of proposed changes to one, or of a vendor. `subject_id` is the key of what was judged."""

    class Subject(models.TextChoices):
        LISTING = "listing", "Listing"
        REVISION = "revision", "Changes"
        VENDOR = "vendor", "Vendor"

    class Verdict(models.TextChoices):
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        CHANGES_REQUESTED = "changes_requested", "Changes requested"
        TAKEN_BACK = "taken_back", "Taken back"
        VERIFIED = "verified", "Verified"
        SUSPENDED = "suspended", "Suspended"
        REOPENED = "reopened", "Reopened"

    subject = models.CharField(max_length=10, choices=Subject.choices)
    subject_id = models.BigIntegerField()
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="decisions", null=True)
    vendor = models.ForeignKey(Vendor, models.PROTECT, related_name="decisions")
    verdict = models.CharField(max_length=20, choices=Verdict.choices)
    reason = models.CharField(max_length=500, blank=True)
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField("by", max_length=120)
    at = models.DateTimeField("when")
    waited_seconds = models.PositiveIntegerField(default=0)
    deed = models.UUIDField(null=True)

    policy = rules.DECISION

    class Meta:
        indexes = [
            models.Index(fields=("at",), name="decision_at"),
            models.Index(fields=("by_id", "-at"), name="decision_by"),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()}: {self.about()}"

    def about(self) -> str:
        """The title of what was judged."""
        return str(self.listing if self.listing_id else self.vendor)

    def waited(self) -> str:
        """The wait in words, the largest unit only: "3 h"."""
        for unit, seconds in (("d", 86_400), ("h", 3_600), ("min", 60)):
            if self.waited_seconds >= seconds:
                return f"{self.waited_seconds // seconds} {unit}"
        return f"{self.waited_seconds} s"
