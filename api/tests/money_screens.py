"""The screens of the money matrix: every address of the admin that the resolver knows, and how each is tried."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import helpers
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models, transaction
from django.test import Client
from django.urls import get_resolver

from api.tests.money_cells import OF_BUYER, OF_STAFF, OF_VENDOR, Side
from api.tests.money_keys import NEVER
from api.tests.money_trials import Found
from core.admin.site import site
from core.models import Audit
from core.resources.leaks import canaries_not_of, text_of
from core.resources.registry import resource_of

ROW = "<path:object_id>/"
#: Applications whose screens show money, and single models of others.
MONEY = {"carts", "coupons", "ledger", "orders", "payments", "payouts", "shipping", "taxes"}
MONEY_TOO = {"accounts/address", "jobs/job"}
ELSEWHERE = {
    "accounts", "catalog", "contacts", "core", "duplicates", "engagement", "jobs", "moderation", "search_index", "vendors",
}  # fmt: skip
#: Addresses of no one model, and what is asked there: `{}` stands for a word of the other side.
OF_ALL = {
    "": [""], "search/": ["?s={}"], "login/": [], "logout/": [], "jsi18n/": [""], "password_change/": [""], "password_change/done/": [""],
    "autocomplete/": [], "toggle-sidebar/": [], "finance/": [""], "finance/reconciliation/": ["", "?days=90"],
}  # fmt: skip

Way = Callable[["Screens", "Screen", Any], Iterator[tuple[str, dict[str, Any] | None]]]
SENT = {
    "_asked": "True",
    "_version": "1",
    "reason": "Because of it.",
    "post": "yes",
    "_save": "1",
    "text": "Because of it.",
}


@dataclass(frozen=True)
class Screen:
    """One address of one model's screens: `rest` is what follows the model."""

    model: type[models.Model]
    rest: str

    @property
    def stem(self) -> str:
        return f"/admin/{self.model._meta.app_label}/{self.model._meta.model_name}/"

    @property
    def resource(self) -> Any:
        return resource_of(self.model)


def walked(patterns: Any, before: str = "") -> Iterator[str]:
    for each in patterns:
        route = before + str(each.pattern)
        if hasattr(each, "url_patterns"):
            yield from walked(each.url_patterns, route)
        else:
            yield route


def screens() -> Iterator[Screen]:
    """Every screen on money that the admin's resolver knows. An address without a place in this table is an AssertionError."""
    by_stem = {f"{model._meta.app_label}/{model._meta.model_name}": model for model in site._registry}
    for route in walked(get_resolver().url_patterns):
        if not route.startswith("admin/"):
            continue
        said = route.removeprefix("admin/")
        app, _, after = said.partition("/")
        stem = f"{app}/{after.partition('/')[0]}"
        if stem not in by_stem:
            assert said in OF_ALL or said.startswith(("^(?P<app_label>", "(?P<url>", "r/")), (
                f"{route}: say what it shows"
            )
        elif app in MONEY or stem in MONEY_TOO:
            rest = after.partition("/")[2]
            assert rest in WAYS, f"{route}: say in money_screens.py how it is tried"
            yield Screen(by_stem[stem], rest)
        else:
            assert app in ELSEWHERE, f"{route}: say in money_screens.py whether it shows money"


def page(*ends: str, sends: bool = True) -> Way:
    """A page of a row: looked at, and sent to."""

    def ways(_trial: "Screens", screen: Screen, pk: Any) -> Iterator[tuple[str, dict[str, Any] | None]]:
        for end in ends:
            yield f"{screen.stem}{pk}/{end}", None
            if sends:
                yield f"{screen.stem}{pk}/{end}", SENT

    return ways


def verbs(_trial: "Screens", screen: Screen, pk: Any) -> Iterator[tuple[str, dict[str, Any] | None]]:
    for verb in screen.resource.verbs:
        yield f"{screen.stem}{pk}/verb/{verb.name}/", None
        yield f"{screen.stem}{pk}/verb/{verb.name}/", SENT


def entries(_trial: "Screens", screen: Screen, pk: Any) -> Iterator[tuple[str, dict[str, Any] | None]]:
    found = Audit.objects.filter(model=screen.model._meta.label_lower, object_id=pk).values_list("pk", flat=True)
    yield f"{screen.stem}{pk}/history/{found.first() or 1}/", None


def lists(trial: "Screens", screen: Screen, pk: Any) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """The list: found by words, ordered, filtered and looked up by what is the other side's; and its actions on that."""
    yield screen.stem, None
    for query in (f"q={trial.word}", "o=1.-2", f"id={pk}", f"pk__in={pk}", f"vendor__name__startswith={trial.word}"):
        yield f"{screen.stem}?{query}", None
    for each in screen.model._meta.concrete_fields:
        if isinstance(each, models.ForeignKey):
            key = pk if pk == NEVER else trial.key_of(each.related_model)
            yield f"{screen.stem}?{each.name}={key}", None
            yield f"{screen.stem}?{each.name}__id__exact={key}", None
            asked = {"app_label": screen.model._meta.app_label, "model_name": screen.model._meta.model_name}
            yield f"/admin/autocomplete/?{urlencode({**asked, 'field_name': each.name, 'term': trial.word})}", None
    for verb in [*(each.name for each in screen.resource.verbs), "delete_rows"]:
        yield screen.stem, {**SENT, "action": verb, "select_across": "0", helpers.ACTION_CHECKBOX_NAME: [str(pk)]}


def exports(_trial: "Screens", screen: Screen, pk: Any) -> Iterator[tuple[str, dict[str, Any] | None]]:
    for kind in ("csv", "xlsx"):
        yield f"{screen.stem}export/?_format={kind}", None
    yield f"{screen.stem}export/?_format=csv&id={pk}", None


def imports(_trial: "Screens", screen: Screen, pk: Any) -> Iterator[tuple[str, dict[str, Any] | None]]:
    names = [name for name in screen.resource.fields if name != "id"][:3]
    lines = f"id,{','.join(names)}\n{pk},{','.join('x' for _name in names)}\n"
    yield f"{screen.stem}import/", None
    file = SimpleUploadedFile("rows.csv", lines.encode(), content_type="text/csv")
    yield f"{screen.stem}import/", {"file": file, "_run": "1"}


def added(trial: "Screens", screen: Screen, pk: Any) -> Iterator[tuple[str, dict[str, Any] | None]]:
    yield f"{screen.stem}add/", None
    keys = {
        each.name: pk if pk == NEVER else trial.key_of(each.related_model)
        for each in screen.model._meta.concrete_fields
        if isinstance(each, models.ForeignKey)
    }
    yield f"{screen.stem}add/?{urlencode(keys)}", None
    yield (
        f"{screen.stem}add/",
        {**SENT, **{name: str(key) for name, key in keys.items()}, "name": "Mine", "code": "MINE"},
    )


def alone(trial: "Screens", screen: Screen, pk: Any) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """A screen of its own: what it shows of the other side is nothing, also when it is asked for."""
    vendor = NEVER if pk == NEVER else trial.other.vendor.pk
    yield f"{screen.stem}{screen.rest}?vendor={vendor}", None
    yield f"{screen.stem}{screen.rest}", {"vendor": str(vendor), "listing": str(pk)}


WAYS: dict[str, Way] = {
    "": lists, "add/": added, "export/": exports, "import/": imports,
    "balances/": alone, "plan/": alone, "prepare/": alone, "preview/": alone, "statement/": alone, "try/": alone,
    ROW: page("", sends=False), f"{ROW}change/": page("change/"), f"{ROW}delete/": page("delete/"),
    f"{ROW}history/": page("history/"), f"{ROW}history/<int:entry_id>/": entries, f"{ROW}verb/<str:verb>/": verbs,
    f"{ROW}invoice.pdf": page("invoice.pdf", sends=False), f"{ROW}packing-slip.pdf": page("packing-slip.pdf", sends=False),
    "<int:object_id>/statement.<str:kind>": page("statement.csv", "statement.pdf", sends=False),
    f"{ROW}photo/": page("photo/"), f"{ROW}photos/<int:photo_id>/": page("photos/1/", sends=False),
    f"{ROW}label.pdf": page("label.pdf", sends=False),
    f"{ROW}credit-note.pdf": page("credit-note.pdf", sends=False),
    f"{ROW}files/": page("files/"), f"{ROW}files/<int:file_id>/": page("files/1/", sends=False),
    f"{ROW}file/": page("file/", sends=False), f"{ROW}results/": page("results/", sends=False),
    f"{ROW}turn/<str:verb>/": page("turn/cancel/", "turn/pause/"), f"{ROW}follow/<str:verb>/": page("follow/confirm/", "follow/undo/"),
}  # fmt: skip


@dataclass
class Screens:
    """Somebody of one side, signed in to the admin, who tries each screen for what is the other side's."""

    client: Client
    other: Side
    allowed: tuple[str, ...]
    word: str = "CANARY"
    found: Found = field(default_factory=Found)

    @cached_property
    def references(self) -> set[str]:
        """The other side's references, which nobody else has."""
        known = [(name, "vendor") for name in OF_VENDOR] + [("payments", "storefront"), ("orders", "storefront")]
        keys = {str(each) for name, audience in known for each in self.other.ids(name, audience, 10_000)}
        return {each for each in keys if re.fullmatch(r"[A-Z]{2,4}(-[0-9A-Z]{4}){3}(-[A-Z]+)?", each)}

    def key_of(self, model: Any) -> Any:
        """A row of the other side of some model that another one points to."""
        resource = resource_of(model)
        if model is type(self.other.vendor):
            return self.other.vendor.pk
        rows = self.rows(resource.path) if resource is not None else None
        return (rows.values_list("pk", flat=True).first() if rows is not None else None) or 1

    def rows(self, path: str) -> Any:
        audience = "vendor" if path in OF_VENDOR or path not in OF_BUYER else "storefront"
        if path in ("listings", "variants", *OF_VENDOR, *OF_BUYER, *OF_STAFF):
            return self.other.rows(path, audience)
        return None

    def theirs(self) -> list[Any]:
        """All that is stored of the other side's, and of those who run the market."""
        return [list(self.rows(path).values()) for path in (*OF_VENDOR, *OF_BUYER, *OF_STAFF) if path != "jobs"]

    def run(self, *only: str) -> Found:
        """Every screen on money, or only those of some resources; then the addresses of no one model."""
        before = self.theirs()
        with transaction.atomic():
            for screen in screens():
                if not only or screen.resource.path in only:
                    self.found.cells.add(screen.stem + screen.rest)
                    self.try_screen(screen)
            for route, queries in OF_ALL.items():
                for query in queries:
                    self.ask(f"/admin/{route}{query.format(self.word)}", None)
            if self.theirs() != before:
                self.found.leaks.append("the screens changed what is not theirs")
            transaction.set_rollback(True)
        return self.found

    def try_screen(self, screen: Screen) -> None:
        """A stranger's row answers as one that never was; nothing of the other side is in any answer."""
        keys = self.rows(screen.resource.path)
        pk = (keys.values_list("pk", flat=True).first() if keys is not None else None) or NEVER - 1
        for (path, sent), (never, nothing) in zip(
            WAYS[screen.rest](self, screen, pk), WAYS[screen.rest](self, screen, NEVER), strict=True
        ):
            status, told = self.ask(path, sent)
            if screen.rest.startswith("<"):
                if status not in (403, 404):
                    self.found.leaks.append(f"{path}: answered {status} for a stranger's row")
                if (status, plain(told, pk)) != (lambda each: (each[0], plain(each[1], pk)))(self.ask(never, nothing)):
                    self.found.leaks.append(f"{path}: answers otherwise than for a row that never was")

    def ask(self, path: str, sent: dict[str, Any] | None) -> tuple[int, str]:
        answer = self.client.get(path) if sent is None else self.client.post(path, sent)
        told = text_of(answer)
        self.found.tries += 1
        seen = canaries_not_of(*self.allowed)(told) | {each for each in self.references if each in told}
        if seen:
            self.found.leaks.append(f"{path}: showed {sorted(seen)[:4]}")
        if answer.status_code >= 500:
            self.found.leaks.append(f"{path}: answered {answer.status_code}")
        return answer.status_code, told


def plain(told: str, pk: Any) -> str:
    """An answer without what differs between any two: tokens, requests, and the key that was asked for."""
    told = re.sub(
        r'(csrfmiddlewaretoken" value="|nonce[=-]"?|request_id[^0-9a-f]*|X-Request-ID[^0-9a-f]*)[\w-]+', "", told
    )
    told = re.sub(r"csrftoken=\w+|expires=[^;]+|'Content-Length': '\d+'", "", told)
    return re.sub(rf"(?<![0-9])({pk}|{NEVER})(?![0-9])", "…", told)
