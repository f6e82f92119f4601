"""What reaches outside of the database: images in the media store, and the mail to vendors whose stock runs low.

Of an image that is refused, or that nobody shows any more, nothing stays.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import batched, islice
from secrets import token_hex
from typing import Any

import structlog
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import IntegrityError
from django.db.models import QuerySet
from django.template.loader import render_to_string

from core import context, mail
from core.limits import check
from core.rules import Actor, require
from marketplace.accounts.queries import addresses_of
from marketplace.catalog import actions, direct, media, showing, store
from marketplace.catalog.direct import DRAWN, WAITING, Form
from marketplace.catalog.errors import ImageRefused, NoDirectUpload, UploadUnknown
from marketplace.catalog.models import Image, Listing, LowStock, Revision
from marketplace.catalog.queries import ends_of
from marketplace.vendors.models import Vendor
from marketplace.vendors.queries import people_of

log = structlog.get_logger("catalog")
MOST_LINES = 50
NOT_NOW = "It could not be drawn just now. Try again; if it fails again, tell us."


def upload_image(listing: Listing, source: Any, *, size: int, by: Actor, alt_text: str = "") -> Image:
    """Take an upload into a listing; it is drawn when the queue comes to it (`draw_image`).

    Refuses with 422 `image_refused`, 409 `too_many_images`, 429; then no file is left behind.
    """
    require(by, "change", listing)
    if not by.is_system:
        check("upload", f"user:{by.user_id}")
    media.glance(source, size=size)
    name = default_storage.save(f"{WAITING}/{token_hex(16)}", File(source))
    try:
        return actions.add_image(listing.pk, by=by, picture={"original": name, "alt_text": alt_text})
    except BaseException:
        default_storage.delete(name)
        raise


def ask_upload(listing: Listing, *, content_type: str, by: Actor) -> Form:
    """A signed form with which a browser sends a picture straight to the store: of this type, and of no more than may be sent
    here. What arrives is believed no more than what is sent here. Refuses with 409 `no_direct_upload` where files are kept on
    this server, 429."""
    require(by, "change", listing)
    if not by.is_system:
        check("upload", f"user:{by.user_id}")
    name = f"{WAITING}/{token_hex(16)}"
    form = direct.form_for(name, content_type=content_type, most_bytes=media.MOST_BYTES)
    if form is None:
        raise NoDirectUpload(listing=listing.pk)
    return replace(form, claim=direct.claim_of(name, listing.pk, by.user_id))


def claim_upload(listing: Listing, *, claim: str, by: Actor, alt_text: str = "") -> Image:
    """Take what was sent straight to the store into a listing. Said twice, it is one image: drawn or refused meanwhile, that one
    is answered, for as long as the claim is good.

    Refuses with 422 `upload_unknown` a claim of somebody else, of another listing, too old, or of a file that did not arrive;
    `image_refused` a file that is too large; 409 `too_many_images`.
    """
    require(by, "change", listing)
    name = direct.name_claimed(claim, listing.pk, by.user_id)
    taken = Image.objects.filter(listing=listing, upload=name).exclude(state="removed").first() if name else None
    if taken is not None:
        return taken
    try:
        size = default_storage.size(name) if name else None
    except OSError:
        size = None
    if name is None or size is None:
        raise UploadUnknown()
    if size > media.MOST_BYTES:
        default_storage.delete(name)
        raise ImageRefused(why=f"An image may have {media.MOST_BYTES // 1024 // 1024} MB at most.")
    try:
        return actions.add_image(listing.pk, by=by, picture={"original": name, "upload": name, "alt_text": alt_text})
    except IntegrityError:  # said twice at the same moment, or of an image that was taken away again
        taken = Image.objects.filter(listing=listing, upload=name).exclude(state="removed").first()
        if taken is None:
            raise UploadUnknown() from None
        return taken


def draw_image(image_id: int, *, by: Actor) -> bool:
    """Draw what was uploaded, in all sizes, and let go of the upload. False where nothing waits. A picture that is refused
    keeps the sentence and no file; one that could not be drawn for another reason may be tried again."""
    image = Image.objects.filter(pk=image_id, progress="pending").exclude(original="").first()
    if image is None:
        return False
    kept: list[str] = []
    try:
        with default_storage.open(image.original) as source:
            prepared = media.prepare(source, size=default_storage.size(image.original))
        for file in prepared.files:
            kept.append(default_storage.save(file.name, ContentFile(file.content)))
        done = actions.finish_image(image.listing_id, by=by, image_id=image.pk, picture=prepared.row)
    except ImageRefused as refusal:
        _forget(kept)
        actions.fail_image(image.pk, by=by, why=refusal.detail, for_good=True)
        default_storage.delete(image.original)
        return False
    except Exception:
        log.exception("image_not_drawn", image=image.pk)
        _forget(kept)
        actions.fail_image(image.pk, by=by, why=NOT_NOW, for_good=False)
        return False
    if done is None:
        _forget(kept)
    else:
        default_storage.delete(image.original)
    return done is not None


def _forget(names: Sequence[str]) -> None:
    for name in names:
        default_storage.delete(name)


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
    rows = Image.objects.exclude(state="live").exclude(file="", original="").exclude(pk__in=wanted)
    swept, last = 0, 0
    while swept < at_once and (page := list(_idle(rows, idle, after=last)[:at_once])):
        last = page[-1].pk
        for image in islice(showing.unshown(page), at_once - swept):
            for name in showing.addresses_of(image):
                default_storage.delete(name)
            actions.discard_image(image.pk, by=by)
            swept += 1
    return swept


def sweep_uploads(*, older: timedelta = timedelta(days=1)) -> int:
    """Delete what was sent and never claimed, and drawn files whose image is gone, a day old. Returns how many files."""
    at, swept = context.now() - older, 0
    for names in batched(store.files_in(WAITING), 500):
        wanted = set(Image.objects.filter(original__in=names).values_list("original", flat=True))
        swept += sum(store.delete_old(each, at) for each in names if each not in wanted)
    for folders in batched(store.folders_in(DRAWN), 500):
        said = Image.objects.filter(file__in=[f"{each}/full.webp" for each in folders]).values_list("file", flat=True)
        known = {each.rpartition("/")[0] for each in said}
        for folder in (each for each in folders if each not in known):
            swept += sum(store.delete_old(each, at) for each in store.files_in(folder))
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
