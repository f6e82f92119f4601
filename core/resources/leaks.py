"""The leak matrix: every door of the admin, tried by somebody for rows that are not theirs. `assert_no_leaks` is a test of one line."""

import io
import logging
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import helpers
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models, transaction
from django.test import Client

from core.models import Audit
from core.resources import transfer_files
from core.resources.admin.columns import column_of
from core.resources.declaration import Resource
from core.rules import Actor, scope

FEW = 2
ANSWERS = (200, 302, 400, 403, 404, 405)


@dataclass(frozen=True)
class Probe:
    """One try: what is asked; `refused` where anything but a refusal is a leak."""

    name: str
    path: str
    sent: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    refused: bool = False


@dataclass
class Found:
    """What the probes found: how many were run, and the sentences of those that leaked."""

    probes: int = 0
    leaks: list[str] = field(default_factory=list)


def assert_no_leaks(
    client: Client,
    actor: Actor,
    site: Any,
    *,
    secrets: Callable[[str], set[str]],
    only: tuple[type[models.Model], ...] = (),
    few: int = FEW,
) -> int:
    """Try every door of every registered resource as this actor; AssertionError names each leak. Answers the number of probes.

    `client` is signed in as the actor; `secrets(text)` answers the words in a text that are not for them. Rows out of the
    actor's scope must answer as missing ones do, and must be the same after all probes. `only` narrows it to some models; `few` rows
    of each are tried, of one's own and of others'.
    """
    found = Found()
    logging.disable(
        logging.CRITICAL
    )  # each refusal would be written down with its traceback, which takes longer than to refuse
    try:
        for model, admin in [each for each in site._registry.items() if not only or each[0] in only]:
            for probe in probes_of(site, model, admin, actor, few):
                _try(client, probe, model, actor, secrets, found)
        for probe in doors_of_all(site):
            _try(client, probe, None, actor, secrets, found)
    finally:
        logging.disable(logging.NOTSET)
    assert not found.leaks, f"{len(found.leaks)} of {found.probes} probes leaked:\n" + "\n".join(found.leaks[:40])
    return found.probes


def _try(
    client: Client,
    probe: Probe,
    model: type[models.Model] | None,
    actor: Actor,
    secrets: Callable[[str], set[str]],
    found: Found,
) -> None:
    found.probes += 1
    before = fingerprint(model, actor) if model is not None and probe.sent is not None else ""
    with transaction.atomic():
        sent = {"data": probe.sent} if probe.sent is not None else {}
        answer = getattr(client, "post" if probe.sent is not None else "get")(probe.path, headers=probe.headers, **sent)
        told = text_of(answer)
        after = fingerprint(model, actor) if before and model is not None else ""
        transaction.set_rollback(True)
    if answer.status_code not in ANSWERS:
        found.leaks.append(f"{probe.name}: {probe.path} answered {answer.status_code}")
    if probe.refused and answer.status_code in (200, 302):
        found.leaks.append(f"{probe.name}: {probe.path} answered {answer.status_code} for what is not theirs")
    seen = secrets(told)
    if seen:
        found.leaks.append(f"{probe.name}: {probe.path} showed {', '.join(sorted(seen)[:4])}")
    if before != after:
        found.leaks.append(f"{probe.name}: {probe.path} changed rows that are not theirs")


def text_of(answer: Any) -> str:
    """All words of an answer: its headers, its body, and what is inside of a workbook."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            body = b"\n".join(book.read(name) for name in book.namelist())
    return f"{dict(answer.headers)}\n{body.decode(errors='replace')}"


def not_mine(model: type[models.Model], actor: Actor) -> models.QuerySet:
    """The rows out of the actor's scope."""
    return model._default_manager.exclude(pk__in=scope(actor, model).values("pk"))


def fingerprint(model: type[models.Model], actor: Actor) -> str:
    """Everything that is in the rows that are not the actor's."""
    return repr(list(not_mine(model, actor).order_by("pk").values()))


def probes_of(site: Any, model: type[models.Model], admin: Any, actor: Actor, few: int) -> Iterator[Probe]:
    """Every door of one resource."""
    stem = f"/admin/{model._meta.app_label}/{model._meta.model_name}"
    own = list(scope(actor, model).order_by("-pk").values_list("pk", flat=True)[:few])
    foreign = list(not_mine(model, actor).order_by("-pk").values_list("pk", flat=True)[:few])
    resource: type[Resource] = admin.resource
    yield from _lists(stem, model, resource, actor, few)
    yield from _writes(stem, model, resource, own, foreign)
    for pk in own:
        yield from (Probe("own page", f"{stem}/{pk}/{page}/") for page in ("change", "history", "delete"))
        yield from (
            Probe("own dialog", f"{stem}/{pk}/verb/{verb.name}/", headers={"HX-Request": "true"})
            for verb in resource.verbs
        )
    for pk in [*foreign, 2**31 - 7]:
        yield from _foreign_row(stem, model, resource, pk)
    for related in model._meta.concrete_fields:
        if isinstance(related, models.ForeignKey):
            asked = {
                "app_label": model._meta.app_label,
                "model_name": model._meta.model_name,
                "field_name": related.name,
            }
            yield from (
                Probe("autocomplete", f"/admin/autocomplete/?{urlencode({**asked, 'term': term})}")
                for term in ("", "canary")
            )


def _lists(stem: str, model: type[models.Model], resource: type[Resource], actor: Actor, few: int) -> Iterator[Probe]:
    yield from (
        Probe("list", f"{stem}/{query}")
        for query in ("", "?q=canary", "?o=1.-2.3", "?o=99", "?p=2", "?e=1", "?all=", "?_popup=1")
    )
    yield Probe("to_field", f"{stem}/?_to_field=slug", refused=True)
    hidden = [each.name for each in model._meta.concrete_fields if each.name not in resource.readable(actor.audience)]
    for name in hidden:
        yield from (
            Probe("hidden lookup", f"{stem}/?{name}{lookup}=c", refused=True)
            for lookup in ("", "__contains", "__startswith", "__gte")
        )
    for each in model._meta.concrete_fields:
        if isinstance(each, models.DateField):
            yield Probe("date hierarchy", f"{stem}/?{each.name}__year=2026", refused=True)
        if isinstance(each, models.ForeignKey):
            target: Any = each.related_model
            strangers = list(not_mine(target, actor).values_list("pk", flat=True)[:few])
            for pk in strangers:
                yield Probe("filter by a stranger", f"{stem}/?{each.name}={pk}")
                yield Probe("lookup by a stranger", f"{stem}/?{each.name}__id__exact={pk}", refused=True)
                yield Probe("add form for a stranger", f"{stem}/add/?{each.name}={pk}")
            inner = next(
                (field.name for field in target._meta.concrete_fields if isinstance(field, models.CharField)), "pk"
            )
            yield Probe("spanning lookup", f"{stem}/?{each.name}__{inner}__startswith=c", refused=True)
    for kind in transfer_files.FORMATS:
        yield Probe("export", f"{stem}/export/?_format={kind}")
        yield from (Probe("export by a hidden field", f"{stem}/export/?_format={kind}&{name}=c") for name in hidden[:2])
    yield from (Probe(page, f"{stem}/{page}/") for page in ("add", "import"))


def _writes(
    stem: str, model: type[models.Model], resource: type[Resource], own: list[Any], foreign: list[Any]
) -> Iterator[Probe]:
    every = {each.name: _sample(each, foreign) for each in model._meta.concrete_fields if not each.primary_key}
    yield Probe("create with every column", f"{stem}/add/", {**every, "_save": "1"})
    for pk in own:
        yield Probe("change with every column", f"{stem}/{pk}/change/", {**every, "_version": "1", "_save": "1"})
    for verb in [*(each.name for each in resource.verbs), "delete_rows", "delete_selected"]:
        ticked = {"action": verb, "select_across": "0", "_asked": "True", "reason": "Because of it.", "post": "yes"}
        yield Probe(
            "bulk on strangers",
            f"{stem}/",
            {**ticked, helpers.ACTION_CHECKBOX_NAME: [str(pk) for pk in foreign] or ["0"]},
        )
        yield Probe(
            "bulk on everything",
            f"{stem}/",
            {**ticked, "select_across": "1", helpers.ACTION_CHECKBOX_NAME: [str(pk) for pk in own] or ["0"]},
        )
    yield Probe(
        "list formset on strangers",
        f"{stem}/",
        {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": str((foreign or [0])[0]), "_save": "Save"},
    )
    yield Probe(
        "dataset",
        f"{stem}/{(foreign or [0])[0]}/change/",
        {"_dataset": "1", helpers.ACTION_CHECKBOX_NAME: [str(pk) for pk in foreign] or ["0"]},
        refused=bool(foreign),
    )
    names = [name for name in resource.fields if column_of(model, name) is not None]
    lines = "\n".join([",".join(["id", *names]), *(",".join([str(pk), *("x" for _name in names)]) for pk in foreign)])
    for sent in ({}, {"_run": "1"}):
        file = SimpleUploadedFile("rows.csv", lines.encode(), content_type="text/csv")
        yield Probe("import over strangers", f"{stem}/import/", {"file": file, **sent})
    yield Probe("import of somebody's file", f"{stem}/import/", {"kept": "eyJvd25lciI6MX0:1:x", "mapped": "1"})


def _foreign_row(stem: str, model: type[models.Model], resource: type[Resource], pk: Any) -> Iterator[Probe]:
    pages = ["change/", "history/", "delete/", "", "results/"]
    entries = Audit.objects.filter(model=model._meta.label_lower, object_id=pk).values_list("pk", flat=True)[:2]
    pages += (
        [f"history/{entry}/" for entry in entries]
        + [f"verb/{verb.name}/" for verb in resource.verbs]
        + ["turn/cancel/"]
    )
    for page in pages:
        yield Probe(f"stranger's {page or 'address'}", f"{stem}/{pk}/{page}", refused=True)
        sent = {
            "_asked": "True",
            "_version": "1",
            "reason": "Because of it.",
            "post": "yes",
            "_save": "1",
            "title": "Mine now",
        }
        yield Probe(f"post to stranger's {page or 'address'}", f"{stem}/{pk}/{page}", sent, refused=True)
    yield Probe("view on site", f"/admin/r/1/{pk}/", refused=True)


def _sample(field_: models.Field, foreign: list[Any]) -> str:
    if isinstance(field_, models.ForeignKey):
        target: Any = field_.related_model
        return str(target._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0)
    if isinstance(field_, models.IntegerField):
        return str(foreign[0]) if foreign else "1"
    if field_.choices:
        return str(field_.flatchoices[-1][0])
    return "Mine now"


def doors_of_all(site: Any) -> Iterator[Probe]:
    """What belongs to no one resource: the landing page, the palette, old addresses."""
    for path in ("/admin/", "/admin/jsi18n/", "/admin/password_change/", "/admin/nowhere/"):
        yield Probe("page", path)
    for words in ("canary", "a", "e", "@", "1", "%"):
        yield Probe("palette", f"/admin/search/?{urlencode({'s': words})}")
    for label in {model._meta.app_label for model in site._registry}:
        yield Probe("application list", f"/admin/{label}/", refused=True)


CANARY = re.compile(r"CANARY-([A-Z]+)-[A-Z0-9-]+")


def canaries_not_of(*owners: str) -> Callable[[str], set[str]]:
    """Secrets written as CANARY-<OWNER>-<WHAT>: those of other owners."""
    allowed = {each.upper() for each in owners}
    return lambda text: {each.group(0) for each in CANARY.finditer(text) if each.group(1) not in allowed}
