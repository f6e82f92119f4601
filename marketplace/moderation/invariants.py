"""What always holds of decisions."""

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from core.invariants import invariant
from marketplace.catalog.models import Listing
from marketplace.moderation.models import Decision

Verdict = Decision.Verdict
FOLLOWS = {"approved": Verdict.APPROVED, "rejected": Verdict.REJECTED, "changes_requested": Verdict.CHANGES_REQUESTED}


@invariant("I-M6", owner="moderation")
def states_that_no_decision_explains() -> QuerySet:
    """A listing is approved, rejected or sent back as its latest decision says."""
    about = Decision.objects.filter(listing=OuterRef("pk"), subject=Decision.Subject.LISTING)
    rows = Listing.objects.annotate(decided=Subquery(about.order_by("-id").values("verdict")[:1])).exclude(decided=None)
    wrong = Q()
    for state, verdict in FOLLOWS.items():
        wrong |= Q(status=state) & ~Q(decided=verdict)
    return rows.filter(wrong).order_by("pk").values_list("pk", flat=True)


@invariant("I-M7", owner="moderation")
def decisions_of_another_vendor() -> QuerySet:
    """A decision about a listing names the listing's vendor."""
    return (
        Decision.objects.exclude(listing=None)
        .exclude(vendor=F("listing__vendor"))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
