"""Pictures in a bucket: sent straight to it with a signed form, read back and never believed, drawn, served and swept."""

import base64
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine
from django.core.files.storage import default_storage
from django.utils import timezone
from moto.server import ThreadedMotoServer
from PIL import Image as Picture
from PIL.PngImagePlugin import PngInfo

from core.errors import Missing
from core.invariants import run
from core.rules import Actor
from marketplace.cast import Person
from marketplace.catalog import actions, direct, flows, media
from marketplace.catalog.errors import ImageRefused, NoDirectUpload, UploadUnknown
from marketplace.catalog.models import Category, Image, Listing
from marketplace.catalog.tests import factories

PIPELINE = Actor.system("image pipeline")


#: As docs/media.md has it: what is drawn is for everybody, what was sent is for nobody.
PUBLIC = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::market/listings/*",
}


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A server that speaks S3."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


def in_bucket(endpoint: str, settings: Any, **more: Any) -> Any:
    options = {
        "bucket_name": "market", "endpoint_url": endpoint, "region_name": "us-east-1", "access_key": "AKIATEST", "secret_key": "s" * 20,
    }  # fmt: skip
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "core.bucket.Bucket", "OPTIONS": {**options, **more}},
    }
    return default_storage


@pytest.fixture
def bucket(s3: str, settings: Any) -> Iterator[Any]:
    """An empty bucket, and the market set to keep its pictures there."""
    store = in_bucket(s3, settings)
    store.connection.create_bucket(Bucket="market")
    store.bucket.Policy().put(Policy=json.dumps({"Version": "2012-10-17", "Statement": [PUBLIC]}))
    yield store.bucket
    store.bucket.objects.all().delete()
    store.bucket.delete()


@pytest.fixture
def cars(db: None) -> Category:
    return factories.cars()


@pytest.fixture
def row(cars: Category, owner: Person) -> Listing:
    return factories.listing(vendor=owner.vendor, category=cars)  # type: ignore[arg-type]


@pytest.fixture
def seller(owner: Person) -> Actor:
    return owner.actor("vendor")


def names(bucket: Any) -> list[str]:
    return sorted(each.key for each in bucket.objects.all())


def photo(**options: Any) -> bytes:
    held = io.BytesIO()
    Picture.new("RGB", (640, 480), "teal").save(held, "PNG", **options)
    return held.getvalue()


def post(form: direct.Form | dict[str, Any], content: bytes) -> httpx.Response:
    """What a browser does with the form."""
    url, fields = (form.url, form.fields) if isinstance(form, direct.Form) else (form["url"], form["fields"])
    return httpx.post(url, data=fields, files={"file": ("photo.png", content)})


def test_a_picture_goes_straight_to_the_bucket_and_is_drawn_from_there(
    bucket: Any, row: Listing, seller: Actor
) -> None:
    words = PngInfo()
    words.add_text("Comment", "SecretComment")
    form = flows.ask_upload(row, content_type="image/png", by=seller)
    assert post(form, photo(pnginfo=words)).status_code == 204
    (name,) = names(bucket)
    image = flows.claim_upload(row, claim=form.claim, by=seller, alt_text="Teal")
    assert (image.original, image.progress, image.state) == (name, "pending", "live")
    assert flows.claim_upload(row, claim=form.claim, by=seller).pk == image.pk
    assert Image.objects.count() == 1
    assert flows.draw_image(image.pk, by=PIPELINE)
    assert (len(names(bucket)), name in names(bucket)) == (10, False)
    card = Listing.objects.get(pk=row.pk).cached_gallery[0]
    assert (card["id"], card["alt_text"], card["width"], card["colour"]) == (image.pk, "Teal", 640, "#008080")
    for each in bucket.objects.all():
        kept = each.get()
        body = kept["Body"].read()
        assert b"Secret" not in body
        assert kept["ContentType"] == {"jpg": "image/jpeg"}.get(each.key[-3:], f"image/{each.key.rpartition('.')[2]}")
        assert kept["CacheControl"] == "public, max-age=31536000, immutable"
    assert run(["I-M4"])[0].violations == 0


def test_the_form_is_for_one_file_of_one_type_and_no_more_bytes(bucket: Any, row: Listing, seller: Actor) -> None:
    form = flows.ask_upload(row, content_type="image/webp", by=seller)
    policy = json.loads(base64.b64decode(form.fields["policy"]))
    assert {"Content-Type": "image/webp"} in policy["conditions"]
    assert ["content-length-range", 1, media.MOST_BYTES] in policy["conditions"]
    assert {"key": form.fields["key"]} in policy["conditions"]
    assert {"bucket": "market"} in policy["conditions"]
    assert (form.fields["x-amz-algorithm"], form.expires_in) == ("AWS4-HMAC-SHA256", 600)
    assert "*" not in form.fields["key"]


@pytest.mark.parametrize("content", [b"<svg><script>alert(1)</script></svg>", b"\x89PNG\r\n\x1a\n" + b"\0" * 60])
def test_what_arrives_is_not_believed(content: bytes, bucket: Any, row: Listing, seller: Actor) -> None:
    form = flows.ask_upload(row, content_type="image/png", by=seller)
    post(form, content)
    image = flows.claim_upload(row, claim=form.claim, by=seller)
    assert flows.draw_image(image.pk, by=PIPELINE) is False
    image.refresh_from_db()
    assert image.progress == "failed"
    assert image.fault in ("Send a JPEG, PNG, WebP or AVIF image.", "This image is damaged and cannot be read.")
    assert (names(bucket), Listing.objects.get(pk=row.pk).cached_gallery) == ([], [])


def test_what_is_larger_than_was_allowed_is_deleted_unread(
    bucket: Any, row: Listing, seller: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = flows.ask_upload(row, content_type="image/png", by=seller)
    post(form, photo())
    monkeypatch.setattr(media, "MOST_BYTES", 100)
    with pytest.raises(ImageRefused):
        flows.claim_upload(row, claim=form.claim, by=seller)
    assert (names(bucket), Image.objects.count()) == ([], 0)


def test_a_claim_is_good_for_one_person_one_listing_and_an_hour(
    bucket: Any, row: Listing, cars: Category, owner: Person, seller: Actor, rival: Person
) -> None:
    other = factories.listing(vendor=owner.vendor, category=cars)  # type: ignore[arg-type]
    form = flows.ask_upload(row, content_type="image/png", by=seller)
    with pytest.raises(UploadUnknown):  # nothing has arrived
        flows.claim_upload(row, claim=form.claim, by=seller)
    post(form, photo())
    with pytest.raises(Missing):
        flows.ask_upload(row, content_type="image/png", by=rival.actor("vendor"))
    with pytest.raises(Missing):
        flows.claim_upload(row, claim=form.claim, by=rival.actor("vendor"))
    for listing, claim in ((other, form.claim), (row, form.claim[:-1] + "A"), (row, "nonsense")):
        with pytest.raises(UploadUnknown):
            flows.claim_upload(listing, claim=claim, by=seller)
    assert Image.objects.count() == 0
    assert direct.name_claimed(form.claim, row.pk, seller.user_id) == names(bucket)[0]
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert direct.name_claimed(form.claim, row.pk, seller.user_id) is None


def test_what_nobody_claims_is_swept_after_a_day(bucket: Any, row: Listing, seller: Actor) -> None:
    post(flows.ask_upload(row, content_type="image/png", by=seller), photo())
    kept = flows.upload_image(row, io.BytesIO(photo()), size=9, by=seller)
    assert flows.sweep_uploads() == 0
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        assert flows.sweep_uploads() == 1
    assert names(bucket) == [kept.original]


def test_pictures_are_fetched_from_the_network_that_holds_copies(s3: str, settings: Any) -> None:
    assert in_bucket(s3, settings).url("listings/a b/160.webp") == f"{s3}/market/listings/a%20b/160.webp"
    kept = in_bucket(s3, settings, address="https://cdn.example/m")
    assert kept.url("listings/a b/160.webp") == "https://cdn.example/m/listings/a%20b/160.webp"


def test_a_bucket_that_is_away_leaves_a_sentence_and_the_picture_is_drawn_later(
    bucket: Any, s3: str, settings: Any, row: Listing, seller: Actor
) -> None:
    image = flows.upload_image(row, io.BytesIO(photo()), size=9, by=seller)
    in_bucket("http://127.0.0.1:9", settings)
    assert flows.draw_image(image.pk, by=PIPELINE) is False
    image.refresh_from_db()
    assert (image.progress, image.fault, image.may_be_retried) == ("failed", flows.NOT_NOW, True)
    in_bucket(s3, settings)
    actions.retry_image(image.pk, by=seller)
    assert flows.draw_image(image.pk, by=PIPELINE)


def test_where_files_are_kept_here_there_is_no_form(row: Listing, seller: Actor, tmp_path: Any, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    with pytest.raises(NoDirectUpload):
        flows.ask_upload(row, content_type="image/png", by=seller)
    claim = direct.claim_of("../../etc/passwd", row.pk, seller.user_id)
    with pytest.raises(UploadUnknown):
        flows.claim_upload(row, claim=claim, by=seller)


def test_the_whole_way_over_http(bucket: Any, cars: Category, owner: Person, rival: Person) -> None:
    listing = factories.listing(vendor=owner.vendor, category=cars)  # type: ignore[arg-type]
    mine, place = owner.api("vendor"), f"/listings/{listing.pk}/images"
    assert rival.api("vendor").post(f"{place}/uploads", {"content_type": "image/png"}).status_code == 404
    assert mine.post(f"{place}/uploads", {"content_type": "text/html"}).status_code == 422
    asked = mine.post(f"{place}/uploads", {"content_type": "image/png"})
    assert asked.status_code == 200, asked.content
    assert mine.post(f"{place}/claims", {"claim": asked.json()["claim"]}).json()["code"] == "upload_unknown"
    assert post(asked.json(), photo()).status_code == 204
    claimed = mine.post(f"{place}/claims", {"claim": asked.json()["claim"], "alt_text": "Teal"})
    assert (claimed.status_code, claimed.json()["progress"]) == (201, "pending"), claimed.content
    assert httpx.get(default_storage.url(names(bucket)[0])).status_code == 403
    flows.draw_image(claimed.json()["id"], by=PIPELINE)
    shown = mine.get(f"/images/{claimed.json()['id']}").json()
    assert (shown["progress"], shown["alt_text"]) == ("ready", "Teal")
    again = mine.post(f"{place}/claims", {"claim": asked.json()["claim"], "alt_text": "Teal"})
    assert (again.status_code, again.json()["id"], again.json()["progress"]) == (201, shown["id"], "ready")
    assert Image.objects.count() == 1
    assert httpx.get(shown["renditions"][0]["avif"]).content[4:12] == b"ftypavif"


def test_a_claim_said_again_answers_the_image_that_was_refused_and_none_that_was_taken_away(
    bucket: Any, row: Listing, seller: Actor
) -> None:
    form = flows.ask_upload(row, content_type="image/png", by=seller)
    post(form, b"no picture at all")
    first = flows.claim_upload(row, claim=form.claim, by=seller)
    assert flows.draw_image(first.pk, by=PIPELINE) is False
    again = flows.claim_upload(row, claim=form.claim, by=seller)
    assert (again.pk, again.progress, again.original) == (first.pk, "failed", "")
    actions.remove_image(row.pk, by=seller, image_id=first.pk)
    with pytest.raises(UploadUnknown):
        flows.claim_upload(row, claim=form.claim, by=seller)
