"""What the books still lack, or have open: what no event told of, what may become available, what has not cleared."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat, Least

from marketplace.ledger.kinds import AccountKind, JournalKind
from marketplace.ledger.models import Journal, LineSplit, Posting, SettlementTerms
from marketplace.ledger.queries import PAYMENT, REFUND, SHARE, named_for_nothing
from marketplace.orders import states
from marketplace.orders.models import Dispute, LineReduction, ShippingLabel, VendorOrder
from marketplace.payments.models import Chargeback, Payment, Refund
from marketplace.payments.states import PENDING

DISPUTE, LABEL, CHARGEBACK = (each._meta.label_lower for each in (Dispute, ShippingLabel, Chargeback))
BIG = BigIntegerField()
#: So long the books may lag behind a dispute: the sweep runs every five minutes.
DISPUTES_LATE = timedelta(minutes=30)


def posted(kind: str, model: str, reference: str = "reference") -> Exists:
    """Whether there is a journal of this kind for the row, known by that column."""
    return Exists(Journal.objects.filter(kind=kind, cause_model=model, cause_reference=OuterRef(reference)))


def to_capture() -> QuerySet[Payment]:
    """Payments whose money came."""
    return Payment.objects.filter(~posted(JournalKind.CAPTURE, PAYMENT), status="succeeded").order_by("pk")


def to_refund() -> QuerySet[Refund]:
    """Refunds whose money went back."""
    return Refund.objects.filter(~posted(JournalKind.REFUND, REFUND), status="succeeded").order_by("pk")


def to_hold() -> QuerySet[Dispute]:
    """Open disputes, whose money is to be held back."""
    cases = Dispute.objects.filter(~posted(JournalKind.HOLD, DISPUTE), state__in=states.DISPUTED)
    return cases.select_related("vendor_order").order_by("pk")


def to_follow() -> QuerySet[Dispute]:
    """Open disputes of which something is held: a bank may dispute another amount by now, and of what another case held there may be
    more for this one to hold."""
    cases = Dispute.objects.filter(posted(JournalKind.HOLD, DISPUTE), state__in=states.DISPUTED)
    return cases.select_related("vendor_order").order_by("pk")


def to_charge_back() -> QuerySet[Dispute]:
    """Disputes that a buyer's bank decided for its client: it has the money."""
    cases = Dispute.objects.filter(~posted(JournalKind.CHARGEBACK, DISPUTE), state="lost").exclude(
        gateway_dispute_id=""
    )
    return cases.select_related("vendor_order").order_by("pk")


def to_recover() -> QuerySet[Dispute]:
    """Disputes of which a buyer's bank has given back what it took, and of which the books still say that it has it."""
    taken = Journal.objects.filter(
        kind=JournalKind.CHARGEBACK, cause_model=DISPUTE, cause_reference=OuterRef("reference"), reversed_by=None
    )
    return Dispute.objects.filter(Exists(taken), state="won").select_related("vendor_order").order_by("pk")


def of_chargeback(prefix: str = "") -> Q:
    """The journals of what the market bears of a dispute of the outer query; once they were known by its key."""
    numbered = Concat(Cast(OuterRef("pk"), CharField()), Value("/"))
    known = Q(**{f"{prefix}cause_reference": OuterRef("key")}) | Q(**{f"{prefix}cause_reference__startswith": numbered})
    return known & Q(**{f"{prefix}kind": JournalKind.CHARGEBACK, f"{prefix}cause_model": CHARGEBACK})


def to_bear() -> QuerySet:
    """Disputes of which the market bears something else than what is booked: `due`, `booked`, and the `steps` till then.

    Of a lost one it bears what orders say, less what the cases of vendors lost beyond what the bank has in the end; of another one
    nothing, whatever the bank had of it before.
    """
    of_order = {"vendor_order__order__reference": OuterRef("payment__subject")}
    cases = Dispute.objects.filter(**of_order, gateway_dispute_id=OuterRef("gateway_id"), state="lost").order_by()
    beyond = F("amount_minor") - sum_or_nothing(cases.values("gateway_dispute_id"), "amount_minor")
    posted_ones = Posting.objects.filter(of_chargeback("journal__"), account__kind=AccountKind.DISPUTES).order_by()
    journals = Journal.objects.filter(of_chargeback()).order_by().values("cause_model")
    borne = F("borne_minor") + Least(beyond, Value(0), output_field=BIG)
    known = Q(status="lost", borne_minor__gte=0) | (~Q(status="lost") & Exists(Journal.objects.filter(of_chargeback())))
    rows = Chargeback.objects.filter(known).annotate(
        due=Case(When(status="lost", then=borne), default=0, output_field=BIG),
        booked=sum_or_nothing(posted_ones.values("account"), "amount_minor"),
        steps=Coalesce(Subquery(journals.annotate(count=Count("pk")).values("count")), 0),
    )
    return rows.exclude(due=F("booked")).order_by("pk")


def to_let_go() -> QuerySet[Dispute]:
    """Disputes that have ended, and of which nothing is on its way to the buyer any more: what is still held is let go."""
    ended = Dispute.objects.exclude(state__in=states.DISPUTED).filter(
        posted(JournalKind.HOLD, DISPUTE), ~posted(JournalKind.HOLD_RELEASE, DISPUTE), held_back("vendor_order")
    )
    busy = VendorOrder.objects.filter(being_refunded())
    unposted = Refund.objects.filter(~posted(JournalKind.REFUND, REFUND), status="succeeded", pk=OuterRef("refund"))
    taken = ~Q(state="lost") | Q(gateway_dispute_id="") | posted(JournalKind.CHARGEBACK, DISPUTE)
    rows = ended.filter(taken, ~Exists(unposted)).exclude(vendor_order__in=busy.values("pk"))
    return rows.select_related("vendor_order").order_by("pk")


def to_charge_label() -> QuerySet[ShippingLabel]:
    """Labels that were bought, and that their vendors have not paid for."""
    rows = ShippingLabel.objects.filter(~posted(JournalKind.LABEL, LABEL), state="made", price_minor__gt=0)
    return rows.order_by("pk")


SOLD = Q(state__in=states.LIVE, order__payment_state__in=states.PAID) & (
    Q(total_minor__gt=0) | Q(market_discount_minor__gt=0)
)


def to_sell() -> QuerySet[VendorOrder]:
    """Shares that are paid and go on."""
    return VendorOrder.objects.filter(SOLD, ~posted(JournalKind.SALE, SHARE)).order_by("pk")


def to_void() -> QuerySet[VendorOrder]:
    """Shares that were sold, and of which something was given up that cost its buyer nothing: no refund takes that back."""
    free = LineSplit.objects.filter(journal__kind=JournalKind.SALE, paid_minor=0, borne_minor__gt=0).order_by()
    back = LineSplit.objects.filter(journal__kind=JournalKind.REVERSAL, share=OuterRef("share")).order_by()
    given = LineReduction.objects.filter(line=OuterRef("line")).order_by().values("line")
    lines = free.annotate(
        given=Subquery(given.annotate(sum=Sum("quantity")).values("sum"), output_field=BIG),
        taken=-sum_or_nothing(back.filter(line=OuterRef("line")).values("line"), "borne_minor"),
    )
    # So many pieces take their part of it back, rounded half up. It is more than was taken: said without a division.
    lines = lines.annotate(
        least=ExpressionWrapper(2 * F("quantity") * (F("taken") + 1), output_field=BIG),
        due=ExpressionWrapper(2 * F("borne_minor") * F("given") + F("quantity"), output_field=BIG),
    ).filter(given__gt=0, least__lte=F("due"))
    called_off = Q(share__state="cancelled") | Exists(named_for_nothing(OuterRef("share")))
    gone = -sum_or_nothing(back.filter(line=None).values("share"), "borne_minor")
    sent = free.annotate(gone=gone).filter(called_off, gone__lt=F("borne_minor"), line=None)
    of_share = {"share": OuterRef("pk")}
    return VendorOrder.objects.filter(Exists(lines.filter(**of_share)) | Exists(sent.filter(**of_share))).order_by("pk")


def sum_or_nothing(rows: QuerySet, column: str) -> Coalesce:
    """The sum of a column over these rows, which are grouped; nothing where there are none."""
    return Coalesce(Subquery(rows.annotate(sum=Sum(column)).values("sum"), output_field=BIG), 0, output_field=BIG)


def hold_days_of(vendor_id: int) -> int:
    """So many days after delivery a vendor's money becomes available."""
    own = SettlementTerms.objects.filter(vendor=vendor_id).values_list("hold_days", flat=True).first()
    return settings.HOLD_DAYS if own is None else own


def is_due(at: datetime) -> Q:
    """Shares whose hold has ended: so many days after delivery, or a longer time after they were sent and nobody said more."""
    usual = Q(vendor__settlement_terms=None) | Q(vendor__settlement_terms__hold_days=None)
    delivered = usual & Q(state_since__lte=at - timedelta(days=settings.HOLD_DAYS))
    own = SettlementTerms.objects.exclude(hold_days=None).order_by().values_list("hold_days", flat=True).distinct()
    for days in (each for each in own if each is not None):
        delivered |= Q(vendor__settlement_terms__hold_days=days, state_since__lte=at - timedelta(days=days))
    silent = Q(state="shipped", state_since__lte=at - timedelta(days=settings.UNDELIVERED_DAYS))
    return (Q(state="delivered") & delivered) | silent


def held_back(share: str = "pk") -> Exists:
    """Whether something of a share, known by that column, is held back now."""
    kept = Posting.objects.filter(account__kind=AccountKind.RESERVED, journal__share=OuterRef(share))
    left = kept.order_by().values("journal__share").annotate(left=Sum("amount_minor")).filter(left__lt=0)
    return Exists(left)


def being_refunded() -> Exists:
    """Whether money of a share, or of its whole order, is on its way back now."""
    return Exists(
        Refund.objects.filter(
            Q(about="") | Q(about=OuterRef("reference")),
            status__in=PENDING, payment__subject=OuterRef("order__reference"), payment__is_extra=False,
        )
    )  # fmt: skip


def to_release(at: datetime) -> QuerySet[VendorOrder]:
    """Shares whose pending money becomes available: sold, their hold over, nothing of it held back or on its way to the buyer."""
    rows = Posting.objects.filter(account__kind=AccountKind.PENDING, journal__share=OuterRef("pk"))
    pending = Subquery(rows.order_by().values("journal__share").annotate(sum=Sum("amount_minor")).values("sum"))
    ready = VendorOrder.objects.filter(
        is_due(at),
        posted(JournalKind.SALE, SHARE),
        ~posted(JournalKind.RELEASE, SHARE),
        ~held_back(),
        ~being_refunded(),
        ~Exists(Dispute.objects.filter(vendor_order=OuterRef("pk"), state__in=states.DISPUTED)),
    )
    return ready.annotate(pending_sum=pending).filter(pending_sum__lt=0).order_by("pk")


def uncleared(before: datetime | None = None) -> QuerySet:
    """Subjects of which more, or less, was booked as sold and given back than came, and since when: {subject, currency, left, since}."""
    rows = Posting.objects.filter(account__kind=AccountKind.CLEARING)
    found = rows.order_by().values("amount_currency", subject=F("journal__subject")).annotate(left=Sum("amount_minor"))
    open_ones = found.exclude(left=0)
    if before is not None:
        stirred = Posting.objects.filter(account__kind=AccountKind.CLEARING, at__gte=before).values("journal__subject")
        open_ones = open_ones.exclude(subject__in=stirred)
    return open_ones.order_by("subject")
