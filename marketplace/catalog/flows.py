"""What reaches outside of the database: images in the media store, and the mail to vendors whose stock runs low.

Of an image that is refused, or that nobody shows any more, nothing stays.
"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.template.loader import render_to_string

from core import context, mail
from core.limits import check
from core.rules import Actor, require
from marketplace.accounts.queries import addresses_of
from marketplace.catalog import actions, media, showing
from marketplace.catalog.models import Image, Listing, LowStock, Revision
from marketplace.catalog.queries import ends_of
from marketplace.vendors.models import Vendor
from marketplace.vendors.queries import people_of

log = structlog.get_logger("catalog")
MOST_LINES = 50


def upload_image(listing: Listing, source: Any, *, size: int, by: Actor, alt_text: str = "") -> Image:
    """Take an upload into a listing. Refuses with 422 `image_refused`, 409 `too_many_images`, 429; then no file is left behind."""
    require(by, "change", listing)
    if not by.is_system:
        check("upload", f"user:{by.user_id}")
    prepared = media.prepare(source, size=size)
    kept: list[str] = []
    try:
        for file in prepared.files:
            kept.append(default_storage.save(file.name, ContentFile(file.content)))
        return actions.add_image(listing.pk, by=by, picture={**prepared.row, "alt_text": alt_text})
    except BaseException:
        for name in kept:
            default_storage.delete(name)
        raise


def mail_ends(vendor_id: int, listing_ids: Sequence[int]) -> int:
    """Write to each of a vendor's people who edit listings which of these end soon. Returns how many mails; those who have no
    address read it on their first screen. Tried again as a whole where the mail server fails: a mail may come twice."""
    ends = ends_of(listing_ids)
    if not ends:
        return 0
    lines = [f"{when:%d %b %Y}  {title}" for title, when in ends]
    body = "\n".join(
        [
            "These listings of yours are nearly at the end of their time. What you renew stays on show:",
            "",
            *lines,
            "",
            f"{settings.ADDRESS}/admin/catalog/listing/?status=approved",
        ]
    )
    subject = f"{len(ends)} of your listings end soon" if len(ends) > 1 else "One of your listings ends soon"
    return sum(
        mail.send(each, subject=subject, body=body) for each in addresses_of(people_of(vendor_id, "edit_listings"))
    )


def sweep_images(*, by: Actor, idle: timedelta = timedelta(days=30), at_once: int = 500) -> int:
    """Delete the files of images that were removed, or proposed in vain, so long ago, and that nobody else shows (`showing`).

    Returns how many images; safe to repeat.
    """
    wanted = {key for each in Revision.objects.filter(status="pending") for key in each.proposed.get("images", ())}
    rows = Image.objects.exclude(state="live").exclude(file="").exclude(pk__in=wanted)
    swept, last = 0, 0
    while swept < at_once and (page := list(_idle(rows, idle, after=last)[:at_once])):
        last = page[-1].pk
        for image in islice(showing.unshown(page), at_once - swept):
            for name in showing.addresses_of(image):
                default_storage.delete(name)
            actions.discard_image(image.pk, by=by)
            swept += 1
    return swept


def _idle(rows: QuerySet[Image], idle: timedelta, *, after: int) -> QuerySet[Image]:
    """The next of them, in the order of their keys: those that are kept are passed over, not met again and again."""
    return rows.filter(updated_at__lt=context.now() - idle, pk__gt=after).order_by("pk")


def mail_low_stock(*, by: Actor) -> int:
    """Write to those of each vendor's people who edit its listings, once, what has run low since the last mail. Returns how many
    mails went out. Where one could not be sent, all of that vendor's are tried the next time: a mail may come twice."""
    waiting = LowStock.objects.filter(mailed_at=None, vendor__status="verified").order_by("vendor_id")
    sent = 0
    for vendor in Vendor.objects.filter(pk__in=waiting.values("vendor_id")).order_by("pk"):
        rows = list(
            waiting.filter(vendor=vendor).select_related("variant__stock", "variant__listing").order_by("since", "pk")
        )
        addresses, body = addresses_of(people_of(vendor.pk, "edit_listings")), _low_stock_words(vendor, rows)
        try:
            sent += sum(mail.send(each, subject=f"{vendor}: stock runs low", body=body) for each in addresses)
        except OSError as fault:  # the mail server is away, or refuses this one
            log.warning("low_stock_mail_failed", vendor=vendor.pk, fault=str(fault)[:200])
            continue
        actions.note_low_stock_mailed([each.pk for each in rows], by=by)
    return sent


def _low_stock_words(vendor: Vendor, rows: list[LowStock]) -> str:
    told = [
        {
            "free": each.variant.stock.free if hasattr(each.variant, "stock") else 0,
            "listing": each.variant.listing.title,
            "title": each.variant.title,
            "sku": each.variant.sku,
        }
        for each in rows[:MOST_LINES]
    ]
    words = {"vendor": vendor.name, "rows": told, "count": len(rows), "more": len(rows) - len(told)}
    return render_to_string("catalog/mail/low_stock.txt", words)
