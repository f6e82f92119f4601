"""The page of a listing's pictures: its people add, order and remove them; others find nothing."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Pillow

from core.rules import Actor
from core.testing import writing_as_system
from marketplace.cast import Person
from marketplace.catalog import flows, media
from marketplace.catalog.models import Image, Listing, Revision
from marketplace.catalog.queries import gallery_of
from marketplace.catalog.tests.factories import category, listing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings: object, tmp_path: object) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]


def picture(name: str = "red.png", colour: str = "red") -> SimpleUploadedFile:
    held = io.BytesIO()
    Pillow.new("RGB", (640, 480), colour).save(held, "PNG")
    return SimpleUploadedFile(name, held.getvalue(), "image/png")


def page(of: Listing) -> str:
    return f"/admin/catalog/listing/{of.pk}/gallery/"


def test_a_vendor_adds_pictures_puts_one_in_front_and_removes_one(owner: Person) -> None:
    draft = listing(vendor=owner.vendor, category=category())
    said = owner.admin.post(page(draft), {"files": [picture(), picture("blue.png", "blue")]}, follow=True)
    assert [str(each) for each in said.context["messages"]] == ["red.png was added.", "blue.png was added."]
    red, blue = gallery_of(Listing.objects.get(pk=draft.pk))
    owner.admin.post(page(draft), {"first": blue.pk})
    assert gallery_of(Listing.objects.get(pk=draft.pk)) == [blue, red]
    owner.admin.post(page(draft), {"remove": red.pk})
    assert gallery_of(Listing.objects.get(pk=draft.pk)) == [blue]


def test_what_is_no_picture_is_refused_in_a_sentence_that_names_the_file(owner: Person) -> None:
    draft = listing(vendor=owner.vendor, category=category())
    false = SimpleUploadedFile("note.png", b"no picture at all", "image/png")
    said = owner.admin.post(page(draft), {"files": [false]}, follow=True)
    (words,) = [str(each) for each in said.context["messages"]]
    assert words.startswith("note.png: ")
    assert Image.objects.count() == 0


def test_pictures_of_a_live_listing_wait_for_a_moderator(owner: Person) -> None:
    live = listing(vendor=owner.vendor, category=category(), status="approved")
    owner.admin.post(page(live), {"files": [picture()]})
    assert Listing.objects.get(pk=live.pk).cached_gallery == []
    assert len(gallery_of(live)) == 1
    assert Revision.objects.get().status == "pending"


@pytest.mark.parametrize("who", ["rival", "customer", "nobody"])
def test_nobody_else_reaches_the_page_or_changes_anything(
    who: str, owner: Person, request: pytest.FixtureRequest
) -> None:
    draft = listing(vendor=owner.vendor, category=category())
    client = request.getfixturevalue(who).admin
    assert client.get(page(draft)).status_code in (302, 404)
    assert client.post(page(draft), {"files": [picture()]}).status_code in (302, 403, 404)
    assert Image.objects.count() == 0


def test_dragging_and_describing_are_saved_together_or_not_at_all(owner: Person) -> None:
    draft = listing(vendor=owner.vendor, category=category())
    owner.admin.post(page(draft), {"files": [picture(), picture("blue.png", "blue")]})
    red, blue = gallery_of(Listing.objects.get(pk=draft.pk))
    said = {"save": "1", "order": [blue.pk, red.pk], f"words-{red.pk}": "A red one", f"words-{blue.pk}": "A blue one"}
    assert "Order and words were saved." in owner.admin.post(page(draft), said, follow=True).content.decode()
    assert [each.alt_text for each in gallery_of(Listing.objects.get(pk=draft.pk))] == ["A blue one", "A red one"]
    wrong = {**said, "order": [red.pk, blue.pk], f"words-{blue.pk}": "x" * 201}
    told = owner.admin.post(page(draft), wrong, follow=True)
    assert "at most 200" in " ".join(str(each) for each in told.context["messages"])
    assert gallery_of(Listing.objects.get(pk=draft.pk)) == [blue, red]
    owner.admin.post(page(draft), {"save": "1", "order": [red.pk]})
    assert gallery_of(Listing.objects.get(pk=draft.pk)) == [blue, red]


def test_words_of_a_live_listing_are_proposed_and_the_page_shows_them(owner: Person) -> None:
    live = listing(vendor=owner.vendor, category=category())
    owner.admin.post(page(live), {"files": [picture()]})
    (red,) = gallery_of(live)
    with writing_as_system():
        Listing.objects.filter(pk=live.pk).update(status="approved")
    owner.admin.post(page(live), {"save": "1", "order": [red.pk], f"words-{red.pk}": "A red one"})
    assert (Image.objects.get(pk=red.pk).alt_text, Revision.objects.get().proposed["alt_texts"]) == (
        "",
        {str(red.pk): "A red one"},
    )
    assert 'value="A red one"' in owner.admin.get(page(live)).content.decode()


def test_the_page_says_how_far_each_picture_is_and_a_failed_one_is_tried_again(
    owner: Person, rival: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = listing(vendor=owner.vendor, category=category())
    owner.admin.post(page(draft), {"files": [picture()]})
    (red,) = gallery_of(draft)
    assert "Being drawn" in owner.admin.get(page(draft)).content.decode()
    with monkeypatch.context() as patched:
        patched.setattr(media, "prepare", lambda *_each, **_options: 1 / 0)
        flows.draw_image(red.pk, by=Actor.system("image pipeline"))
    shown = owner.admin.get(page(draft)).content.decode()
    assert "Not drawn" in shown
    assert flows.NOT_NOW in shown
    assert rival.admin.post(page(draft), {"retry": red.pk}).status_code == 404
    owner.admin.post(page(draft), {"retry": red.pk})
    assert Image.objects.get(pk=red.pk).progress == "pending"
    flows.draw_image(red.pk, by=Actor.system("image pipeline"))
    shown = owner.admin.get(page(draft)).content.decode()
    assert Image.objects.get(pk=red.pk).middle_url in shown
    assert "Not drawn" not in shown
    assert "Being drawn" not in shown


def test_looking_changes_nothing(owner: Person) -> None:
    draft = listing(vendor=owner.vendor, category=category())
    assert owner.admin.get(page(draft), {"remove": 1, "first": 1}).status_code == 200
    assert Listing.objects.get(pk=draft.pk).version == draft.version
