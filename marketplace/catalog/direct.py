"""Uploads that go straight to the store: the signed form, and the claim with which what was sent becomes an image."""

import re
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.core.files.storage import default_storage

#: Where uploads lie until they are drawn, and where drawn pictures lie: of these two, only the second one is public.
WAITING, DRAWN = "uploads", "listings"
NAME = re.compile(rf"{WAITING}/[0-9a-f]{{32}}")
SALT = "direct upload"
FORM_SECONDS, CLAIM_SECONDS = 10 * 60, 60 * 60


@dataclass(frozen=True)
class Form:
    """Where to POST a file as multipart/form-data, which fields to send before it, and the claim to declare it with."""

    url: str
    fields: dict[str, str]
    expires_in: int
    most_bytes: int
    claim: str = ""


def form_for(name: str, *, content_type: str, most_bytes: int) -> Form | None:
    """The signed form for one file of this name and type; None where the store takes files only from us."""
    store: Any = default_storage
    bucket = getattr(store, "bucket", None)
    if bucket is None:
        return None
    signed = bucket.meta.client.generate_presigned_post(
        Bucket=bucket.name,
        Key=store._normalize_name(name),  # of django-storages: puts its `location` before it
        Fields={"Content-Type": content_type},
        Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, most_bytes]],
        ExpiresIn=FORM_SECONDS,
    )
    return Form(signed["url"], signed["fields"], FORM_SECONDS, most_bytes)


def claim_of(name: str, listing_id: int, user_id: int | None) -> str:
    """Says that this person asked for this upload, for this listing."""
    return signing.dumps([name, listing_id, user_id], salt=SALT)


def name_claimed(claim: str, listing_id: int, user_id: int | None) -> str | None:
    """The file that a claim is for; None where it is not theirs, for another listing, or an hour old."""
    try:
        name, listing, user = signing.loads(claim, salt=SALT, max_age=CLAIM_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return str(name) if (listing, user) == (listing_id, user_id) and NAME.fullmatch(str(name)) else None
