"""Migrates and drives the tutorial's app as docs/guide.md does: prints, for each named step, what was met and what was promised.

Run in a process of its own by test_docs_guide, because the app is installed by a setting.
"""

import importlib
import json
import os
import re
import sys
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
django.setup()

from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from django.core.management import call_command  # noqa: E402  the apps must be there first
from django.test.utils import setup_test_environment  # noqa: E402

from core.audiences import AUDIENCES  # noqa: E402
from core.resources.registry import resources  # noqa: E402
from marketplace.accounts.models import User  # noqa: E402
from marketplace.accounts.tests.factories import make_user  # noqa: E402
from marketplace.cast import Person  # noqa: E402
from marketplace.vendors.models import Member  # noqa: E402
from marketplace.vendors.tests.factories import make_vendor  # noqa: E402

POINTS = "/pickup-points"
ADMIN = "/admin/pickups/pickuppoint/"
Steps = dict[str, tuple[Any, Any]]


class Cast:
    """The people of the page; those of an earlier part are found again."""

    def __init__(self) -> None:
        self.owner, self.rival = self._seller("owner"), self._seller("rival")
        self.moderator = Person(self._found("moderator") or make_user("moderator", email="moderator@soko.example"))
        self.nobody = Person(None)

    @staticmethod
    def _found(name: str) -> User | None:
        return User.objects.filter(email=f"{name}@soko.example").first()

    def _seller(self, name: str) -> Person:
        user = self._found(name)
        if user is not None:
            return Person(user, Member.objects.get(user=user).vendor)
        user = make_user("customer", email=f"{name}@soko.example")
        return Person(user, make_vendor(owner=user, name=f"Shop of the {name}"))


def resource(cast: Cast) -> Steps:
    """The thirty lines."""
    steps: Steps = {}
    shop, staff = cast.owner.api("vendor"), cast.moderator.api("operations")
    public, rival = cast.nobody.api(), cast.rival.api("vendor")

    made = shop.post(POINTS, {"vendor_id": cast.owner.vendor.pk, "name": "Kilimani", "city": "Nairobi"})
    key = made.json()["id"]
    steps["create"] = made.status_code, 201
    steps["its location"] = made["Location"], f"/api/vendor/v1{POINTS}/{key}"
    steps["what the vendor reads"] = (
        sorted(made.json()),
        ["city", "id", "name", "vendor_id", "version"],
    )
    for name, city in (("Westlands", "Nairobi"), ("Nyali", "Mombasa"), ("Karen", "Nairobi")):
        shop.post(POINTS, {"vendor_id": cast.owner.vendor.pk, "name": name, "city": city})
    foreign = shop.post(POINTS, {"vendor_id": cast.rival.vendor.pk, "name": "Theirs", "city": "Nairobi"})
    steps["create for another vendor"] = foreign.status_code, 422
    steps["create with a foreign word"] = shop.post(POINTS, {"staff_note": "x"}).status_code, 422
    steps["create as a visitor"] = cast.nobody.api("vendor").post(POINTS, {"name": "x"}).status_code, 401
    steps["create on the storefront"] = public.post(POINTS, {"name": "x"}).status_code, 405

    page = public.get(POINTS, {"city": "Nairobi", "order": "-name", "limit": 2})
    steps["filter, order, page"] = [each["name"] for each in page.json()["items"]], ["Westlands", "Kilimani"]
    after = public.get(POINTS, {"city": "Nairobi", "order": "-name", "limit": 2, "cursor": page.json()["next"]})
    steps["the next page"] = [each["name"] for each in after.json()["items"]], ["Karen"]
    back = public.get(POINTS, {"city": "Nairobi", "order": "-name", "limit": 2, "cursor": after.json()["prev"]})
    steps["the page before"] = [each["name"] for each in back.json()["items"]], ["Westlands", "Kilimani"]
    steps["search"] = [each["name"] for each in public.get(POINTS, {"q": "kilim"}).json()["items"]], ["Kilimani"]
    picked = public.get(f"{POINTS}/pick", {"fields": "id,name", "limit": 1, "order": "name"}).json()["items"]
    steps["only some fields"] = [sorted(each) for each in picked], [["id", "name"]]
    expanded = public.get(POINTS, {"expand": "vendor", "limit": 1}).json()["items"][0]
    steps["expand"] = expanded["vendor"]["name"], cast.owner.vendor.name
    unknown = public.get(POINTS, {"colour": "red"})
    steps["an unknown parameter"] = (
        (unknown.status_code, unknown.json()["code"], unknown.json()["parameter"], unknown.json()["allowed"]),
        (422, "unknown_parameter", "colour", "q, vendor, city, order, limit, cursor, count, expand"),
    )
    steps["a filter of staff"] = public.get(POINTS, {"staff_note": "x"}).status_code, 422

    at = f"{POINTS}/{key}"
    read = public.get(at)
    steps["read"] = (read.status_code, "staff_note" in read.json()), (200, False)
    steps["not changed since"] = public.get(at, if_none_match=read["ETag"]).status_code, 304
    mine = shop.get(at)["ETag"]
    steps["change without If-Match"] = shop.patch(at, {"city": "Thika"}).status_code, 428
    steps["change of what is stale"] = shop.patch(at, {"city": "Thika"}, if_match='"9-x"').status_code, 412
    steps["change of a foreign word"] = shop.patch(at, {"staff_note": "x"}, if_match=mine).status_code, 422
    steps["change of where it belongs"] = shop.patch(at, {"vendor_id": 1}, if_match=mine).status_code, 422
    changed = shop.patch(at, {"city": "Thika"}, if_match=mine)
    steps["change"] = (changed.status_code, changed.json()["city"], changed.json()["version"]), (200, "Thika", 2)
    steps["change with the old ETag"] = shop.patch(at, {"city": "Ruiru"}, if_match=mine).status_code, 412

    steps["the rival's list"] = rival.get(POINTS).json()["items"], []
    steps["the rival reads"] = told(rival.get(at)), told(rival.get(f"{POINTS}/2147483600"))
    steps["the rival changes"] = rival.patch(at, {"city": "x"}, if_match='"2-x"').status_code, 404
    steps["the rival deletes"] = rival.delete(at, if_match='"2-x"').status_code, 404
    noted = staff.patch(at, {"staff_note": "Asked twice."}, if_match='"2-x"')
    steps["staff write their note"] = (noted.status_code, noted.json()["staff_note"]), (200, "Asked twice.")
    steps["staff change a name"] = staff.patch(at, {"name": "x"}, if_match='"3-x"').status_code, 422
    steps["staff delete"] = staff.delete(at, if_match='"3-x"').status_code, 405

    gone = shop.get(POINTS, {"q": "Nyali"}).json()["items"][0]["id"]
    steps["delete without If-Match"] = shop.delete(f"{POINTS}/{gone}").status_code, 428
    steps["delete"] = shop.delete(f"{POINTS}/{gone}", if_match='"1-x"').status_code, 204
    steps["it is gone"] = shop.get(f"{POINTS}/{gone}").status_code, 404
    steps["conformance knows it in each audience"] = (
        [
            audience.word
            for audience in AUDIENCES
            for each in resources()
            if each.path == "pickup-points" and each.serves(audience)
        ],
        ["storefront", "vendor", "operations"],
    )
    return steps | documents() | screens(cast, key)


def told(answer: Any) -> list[Any]:
    """Status and body of a refusal, less what differs between any two requests."""
    return [answer.status_code, re.sub(r'"(instance|request_id)":"[^"]*",?', "", answer.content.decode())]


def documents() -> Steps:
    """What the three documents say of it."""
    from api.instances import instances

    made = {audience.word: api.get_openapi_schema() for audience, api in instances().items()}
    words = {word: "staff_note" in json.dumps(document) for word, document in made.items()}
    named = {word: sorted(each for each in document["components"]["schemas"] if each.startswith("PickupPoint"))
             for word, document in made.items()}  # fmt: skip
    reading = ["PickupPoint", "PickupPointCard", "PickupPointCardPage", "PickupPointPick", "PickupPointPickPage"]
    changing = ["PickupPointBulk", "PickupPointBulkItem", "PickupPointPatch"]
    return {
        "who has the word": (words, {"storefront": False, "vendor": False, "operations": True}),
        "named schemas of the storefront": (named["storefront"], reading),
        "named schemas of operations": (named["operations"], sorted([*reading, *changing])),
        "named schemas of the vendor": (named["vendor"], sorted([*reading, *changing, "PickupPointCreate"])),
    }


def screens(cast: Cast, key: int) -> Steps:
    """The admin, as each of them."""
    steps: Steps = {}
    pages = {"list": "", "form": f"{key}/change/", "history": f"{key}/history/", "export": "export/"}
    people = {"owner": cast.owner, "rival": cast.rival, "moderator": cast.moderator, "visitor": cast.nobody}
    foreign = {"list": 200, "form": 404, "history": 404, "export": 200}
    for who, person in people.items():
        met = {name: person.admin.get(ADMIN + path).status_code for name, path in pages.items()}
        promised = dict.fromkeys(pages, 302 if who == "visitor" else 200)
        steps[f"screens of the {who}"] = met, foreign if who == "rival" else promised
    shown = {who: "Kilimani" in person.admin.get(ADMIN).content.decode() for who, person in people.items()}
    steps["who finds it in the list"] = shown, {"owner": True, "rival": False, "moderator": True, "visitor": False}
    exported = {who: exported_text(people[who]) for who in ("owner", "rival", "moderator")}
    steps["who exports it"] = (
        {who: ("Kilimani" in text, "staff_note" in text.lower().replace(" ", "_")) for who, text in exported.items()},
        {"owner": (True, False), "rival": (False, False), "moderator": (True, True)},
    )
    filtered = cast.owner.admin.get(ADMIN, {"city": "Thika"}).content.decode()
    steps["filter in the admin"] = ("Kilimani" in filtered, "Westlands" in filtered), (True, False)
    found = cast.owner.admin.get(ADMIN, {"q": "westl"}).content.decode()
    steps["search in the admin"] = ("Kilimani" in found, "Westlands" in found), (False, True)

    sent = {
        "vendor": cast.owner.vendor.pk,
        "name": "Kilimani",
        "city": "Kiambu",
        "staff_note": "forged",
        "_version": "3",
    }
    steps["the owner saves the form"] = cast.owner.admin.post(f"{ADMIN}{key}/change/", sent).status_code, 302
    now = cast.moderator.api("operations").get(f"{POINTS}/{key}").json()
    steps["what that changed"] = (now["city"], now["staff_note"]), ("Kiambu", "Asked twice.")
    steps["the rival saves the form"] = cast.rival.admin.post(f"{ADMIN}{key}/change/", sent).status_code, 404
    history = cast.moderator.admin.get(f"{ADMIN}{key}/history/").content.decode()
    steps["history"] = (all(word in history for word in ("Thika", "Kiambu", "Asked twice.")), True)
    steps["its history for the owner"] = (
        "Asked twice." in cast.owner.admin.get(f"{ADMIN}{key}/history/").content.decode(),
        False,
    )
    steps["import"] = {who: people[who].admin.get(f"{ADMIN}import/").status_code for who in people}, {
        "owner": 200, "rival": 200, "moderator": 200, "visitor": 302,
    }  # fmt: skip
    rows = f"vendor,name,city\n{cast.owner.vendor.slug},Ruaka,Kiambu\n{cast.rival.vendor.slug},Forged,Kiambu\n"
    file = SimpleUploadedFile("points.csv", rows.encode(), content_type="text/csv")
    preview = cast.owner.admin.post(f"{ADMIN}import/", {"file": file})
    steps["import of one's own row and a foreign one"] = (
        (preview.context["counts"]["created"], preview.context["counts"]["refused"]),
        (1, 1),
    )
    return steps


def exported_text(person: Person) -> str:
    return b"".join(person.admin.get(f"{ADMIN}export/").streaming_content).decode()


def verb(cast: Cast) -> Steps:
    """Closing."""
    from pickups.models import PickupPoint  # the tutorial's own app, which only this process has

    steps: Steps = {}
    shop, rival, public = cast.owner.api("vendor"), cast.rival.api("vendor"), cast.nobody.api()
    point = PickupPoint.objects.get(name="Kilimani")
    at, press = f"{POINTS}/{point.pk}", f"{POINTS}/{point.pk}/close"
    why = {"reason": "The shop moved away."}
    steps["its state"] = shop.get(at).json()["status"], "open"
    steps["no state on the storefront"] = "status" in public.get(at).json(), False
    silent = shop.post(press, {})
    steps["close without a reason"] = (silent.status_code, silent.json()["errors"][0]["pointer"]), (422, "/reason")
    steps["close as a rival"] = rival.post(press, why).status_code, 404
    steps["close on the storefront"] = public.post(press, why).status_code, 404
    steps["close as a visitor"] = cast.nobody.api("vendor").post(press, why).status_code, 401
    steps["nothing changed"] = PickupPoint.objects.get(pk=point.pk).status, "open"
    closed = shop.post(press, why)
    steps["close"] = (closed.status_code, closed.json()["status"]), (200, "closed")
    again = shop.post(press, why)
    steps["close again"] = (
        (again.status_code, again.json()["code"], again.json()["detail"]),
        (409, "wrong_state", "This is closed, so it cannot close."),
    )
    steps["gone from the storefront"] = (
        (public.get(at).status_code, "Kilimani" in public.get(POINTS).content.decode()),
        (404, False),
    )
    steps["filter by state"] = (
        [each["name"] for each in shop.get(POINTS, {"status": "closed"}).json()["items"]],
        ["Kilimani"],
    )

    other = PickupPoint.objects.get(name="Westlands")
    dialog = f"{ADMIN}{other.pk}/verb/close/"
    asked = cast.owner.admin.get(dialog)
    steps["the dialog asks"] = (asked.status_code, 'name="reason"' in asked.content.decode()), (200, True)
    steps["asking changes nothing"] = PickupPoint.objects.get(pk=other.pk).status, "open"
    answer = {"_asked": "True", "_version": str(other.version), **why}
    steps["the rival's dialog"] = cast.rival.admin.post(dialog, answer).status_code, 404
    steps["the dialog without a reason"] = cast.owner.admin.post(dialog, answer | {"reason": ""}).status_code, 200
    steps["still open"] = PickupPoint.objects.get(pk=other.pk).status, "open"
    steps["the dialog is sent"] = cast.moderator.admin.post(dialog, answer).status_code, 302
    steps["closed by dialog"] = PickupPoint.objects.get(pk=other.pk).status, "closed"
    history = cast.owner.admin.get(f"{ADMIN}{other.pk}/history/").content.decode()
    steps["the history has the reason"] = why["reason"] in history, True

    third = PickupPoint.objects.get(name="Karen")
    many = {"action": "close", "_selected_action": [third.pk, other.pk], "_asked": "True", **why}
    cast.rival.admin.post(ADMIN, many)
    steps["the rival chooses many"] = PickupPoint.objects.get(pk=third.pk).status, "open"
    said = cast.owner.admin.post(ADMIN, many, follow=True).content.decode()
    steps["many are closed"] = PickupPoint.objects.get(pk=third.pk).status, "closed"
    steps["and what was refused is said"] = "1 refused: This is closed, so it cannot close." in said, True
    steps["the verb in the documents"] = documents_with("PickupPointClose"), ["vendor", "operations"]
    return steps


def documents_with(schema: str) -> list[str]:
    """The audiences whose document has the schema."""
    from api.instances import instances

    return [
        word.word for word, api in instances().items() if schema in api.get_openapi_schema()["components"]["schemas"]
    ]


def prepare() -> None:
    """The commands of the page, with nothing left to migrate after them."""
    call_command("makemigrations", "pickups", verbosity=0)
    importlib.invalidate_caches()
    call_command("migrate", verbosity=0)
    call_command("makemigrations", "pickups", "--check", "--dry-run", verbosity=0)
    call_command("check")


if __name__ == "__main__":
    setup_test_environment()
    prepare()
    print(json.dumps({"resource": resource, "verb": verb}[sys.argv[1]](Cast())))  # noqa: T201  read by the test
