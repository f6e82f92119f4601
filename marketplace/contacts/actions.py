"""A contact click is written and answered; its counts are kept, and rebuilt from the clicks when asked."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import TruncDate
from django.utils import timezone

from core import context
from core.actions import action
from core.errors import Missing
from core.events import append
from core.limits import spend
from core.resources.types import key_of
from core.rules import Actor, scope
from marketplace.catalog.models import Listing
from marketplace.catalog.modes import CONTACT
from marketplace.contacts.agents import NAMELESS, Agent, agent_of
from marketplace.contacts.channels import Channel, call_link, whatsapp_link
from marketplace.contacts.classes import REPEAT_WITHIN, Circumstances, Klass, classify
from marketplace.contacts.errors import NoSuchChannel
from marketplace.contacts.models import ContactClick, ContactCount, PersonalContact
from marketplace.contacts.visitors import Visitor, visitor_of
from marketplace.vendors.models import Member


@dataclass(frozen=True)
class Reached:
    """What a visitor gets: the number, and the link that dials it or opens the chat."""

    channel: Channel
    number: str
    link: str


@action(label="Contact", audited=False)
def press(place: str, *, by: Actor, channel: Channel, address: str, agent: str) -> Reached:
    """Note a click on a listing (its key or slug) and answer with the number: always, also over the limit.

    Of address and agent only a keyed hash and a family are kept; who is signed in is noted apart, for a dispute.
    Refuses with 404 a listing that is not on show, with 409 `no_such_channel` where the vendor has no such number or the
    listing does not sell by contact.
    """
    at = context.now()
    seen = agent_of(agent)
    visitor = visitor_of(address, seen.family, user_id=by.user_id, at=at)
    listing = _on_show(place, by, channel, visitor, at)
    number = listing.vendor.phone if channel is Channel.CALL else listing.vendor.whatsapp
    if not number or CONTACT not in listing.modes:
        raise NoSuchChannel(channel=channel.label)
    verdict = classify(_circumstances(listing, seen, visitor, by))
    append(
        ContactClick(
            listing=listing, vendor_id=listing.vendor_id, channel=channel, at=at, klass=verdict.klass, rule=verdict.rule,
            visitor=visitor.key, agent_family=seen.family, is_signed_in=by.is_signed_in, city=listing.city or listing.vendor.city,
        )
    )  # fmt: skip
    if by.user_id is not None and verdict.klass is Klass.VALID:
        append(
            PersonalContact(
                customer_id=by.user_id, vendor_id=listing.vendor_id, listing=listing, channel=channel, at=at
            )
        )
    _count(listing.pk, timezone.localdate(at), channel, valid=verdict.klass is Klass.VALID)
    link = call_link(number) if channel is Channel.CALL else whatsapp_link(number, title=listing.title)
    return Reached(channel, number, link)


def _on_show(place: str, by: Actor, channel: Channel, visitor: Visitor, at: datetime) -> Listing:
    """The listing with its vendor, whether the visitor is a member of it and has just clicked: all in one read."""
    key = key_of(place)
    known = Q(handle=place.rpartition("-")[2]) if key is None else Q(pk=key)
    just_now = ContactClick.objects.filter(
        listing=OuterRef("pk"), visitor__in=visitor.recent, channel=channel, at__gt=at - REPEAT_WITHIN
    )
    mine = Member.objects.filter(vendor=OuterRef("vendor"), user_id=by.user_id or 0)
    rows = scope(by, Listing).filter(known).select_related("vendor")
    rows = rows.annotate(is_repeat=Exists(just_now), is_mine=Exists(mine) if by.is_signed_in else Value(False))
    listing = rows.only("title", "modes", "city", "vendor__city", "vendor__phone", "vendor__whatsapp").first()
    if listing is None:
        raise Missing()
    return listing


def _circumstances(listing: Listing, agent: Agent, visitor: Visitor, by: Actor) -> Circumstances:
    allowed = spend("contact_person" if by.is_signed_in else "contact", visitor.source).allowed
    return Circumstances(
        is_member=listing.is_mine,  # type: ignore[attr-defined]
        is_bot=agent.is_bot,
        is_nameless=agent is NAMELESS,
        is_over_limit=not allowed,
        is_repeat=listing.is_repeat,  # type: ignore[attr-defined]
    )


def _count(listing_id: int, day: date, channel: Channel, *, valid: bool) -> None:
    """One more, as the last statement of the transaction: a popular listing's row is held as shortly as can be."""
    row = ContactCount.objects.filter(listing_id=listing_id, day=day, channel=channel)
    more = {"cached_all": F("cached_all") + 1} | ({"cached_valid": F("cached_valid") + 1} if valid else {})
    if not row.update(**more):
        first = ContactCount(listing_id=listing_id, day=day, channel=channel)
        ContactCount.objects.bulk_create([first], ignore_conflicts=True)
        row.update(**more)


def tallied(since: date | None = None) -> QuerySet:
    """What the clicks say: (listing, day, channel, valid, all), from a day on or of all times."""
    clicks = ContactClick.objects.annotate(day=TruncDate("at"))
    if since is not None:
        clicks = clicks.filter(day__gte=since)
    return (
        clicks.order_by()
        .values_list("listing_id", "day", "channel")
        .annotate(valid=Count("pk", filter=Q(klass=Klass.VALID)), every=Count("pk"))
    )


@action(label="Recount contacts", audited=False)
def recount(since: date | None = None, /, *, by: Actor) -> int:
    """Rebuild the counts from the clicks, from a day on or of all times. Returns how many there are."""
    rows = ContactCount.objects.all() if since is None else ContactCount.objects.filter(day__gte=since)
    rows.delete()
    found = [
        ContactCount(listing_id=listing, day=day, channel=channel, cached_valid=valid, cached_all=every)
        for listing, day, channel, valid, every in tallied(since)
    ]
    ContactCount.objects.bulk_create(found, batch_size=1_000)
    return len(found)


@action(label="Forget old contacts", audited=False)
def forget_clicks(before: date, /, *, by: Actor) -> int:
    """Remove the clicks of the days before this one, and their counts with them. Returns how many clicks there were."""
    since = timezone.make_aware(datetime.combine(before, time.min))
    ContactCount.objects.filter(day__lt=before).delete()
    PersonalContact.objects.expire(at__lt=since)
    return ContactClick.objects.expire(at__lt=since)
