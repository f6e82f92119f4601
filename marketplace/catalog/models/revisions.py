"""Revisions: what a vendor proposes for a listing that buyers already see."""

from django.db import models
from django.db.models import Q

from core.models import Moment, Record
from marketplace.catalog import rules, states
from marketplace.catalog.models.listings import Listing


class Revision(Record):
    """A proposal: `proposed` has the new values by field name (`attributes` whole, `images` as keys in order, `alt_texts` by
    key of the image).

    A listing has one that waits; a further edit extends it. The listing changes only when it is approved.
    """

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="revisions")
    proposed = models.JSONField(default=dict, editable=False)
    base_version = models.PositiveIntegerField(editable=False)
    status = states.REVISION.field()
    status_since = Moment(auto_now_add=True, editable=False)
    proposed_by = models.BigIntegerField(null=True, editable=False)
    judgement = models.CharField("moderator's words", max_length=500, blank=True, editable=False)

    policy = rules.REVISION
    moves = states.REVISION

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("listing",), condition=Q(status="pending"), name="revision_one_waits"),
            states.REVISION.constraint("revision_status_known"),
        ]
        indexes = [
            models.Index(fields=("status", "status_since", "id"), name="revision_queue"),
            models.Index(fields=("status_since", "id"), name="revision_by_age"),
        ]

    def __str__(self) -> str:
        return f"Revision {self.pk} of listing {self.listing_id}"

    def head(self) -> tuple[str, str, str]:
        """Image and title of the listing, and what would change, for a row of a list."""
        image, title, _place = self.listing.head()
        return image, title, f"Changes {', '.join(self.proposed)}"
