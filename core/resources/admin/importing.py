"""An import between upload and job: the kept file, what its columns mean, and a preview with faults at their cells."""

import secrets
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import get_valid_filename

from core import context
from core.errors import DomainError, Missing, TooLarge
from core.resources import documents, transfer, transfer_files
from core.resources.declaration import Resource
from core.resources.transfer_columns import ATTRIBUTE, Column, Columns
from core.rules import Actor, scope

SALT, HOURS_KEPT = "core.import", 24
CHECKED, SHOWN = 1_000, 25
PLACES = 300


@dataclass(frozen=True)
class Kept:
    """An uploaded file that waits: nobody but its owner can name it, for the token is signed with the owner's key."""

    path: str
    name: str
    kind: str
    token: str

    def rows(self) -> tuple[list[str], Any]:
        """Its headers and rows."""
        return transfer_files.read(storage().open(self.path, "rb"), self.kind)

    def count(self) -> int:
        """How many rows it has."""
        return sum(1 for _row in self.rows()[1])


@lru_cache
def storage() -> FileSystemStorage:
    """Where uploads wait: a folder that no web server serves."""
    return FileSystemStorage(
        location=Path(getattr(settings, "VAR", settings.MEDIA_ROOT)) / "imports",
        file_permissions_mode=0o600,
        directory_permissions_mode=0o700,
    )


def keep(resource: type[Resource], actor: Actor, file: UploadedFile) -> Kept:
    """Keep an upload. Refuses what is too large and what is no such file."""
    limit = getattr(settings, "IMPORT_LIMIT", 50 * 2**20)
    if (file.size or 0) > limit:
        raise TooLarge(limit=limit)
    name = get_valid_filename(file.name or "rows.csv")[-80:]
    kind = transfer_files.format_of(name)
    path = storage().save(f"{secrets.token_hex(16)}.{kind}", file)
    token = signing.dumps(
        {"owner": actor.user_id, "resource": resource.path, "path": path, "name": name, "kind": kind}, salt=SALT
    )
    found = Kept(path, name, kind, token)
    try:
        found.rows()
    except DomainError:
        storage().delete(path)
        raise
    return found


def sweep(wanted: Container[str]) -> int:
    """Delete the uploads that no token opens any more, but for those wanted still. Returns how many; safe to repeat."""
    if not storage().exists(""):
        return 0
    before, swept = context.now() - timedelta(hours=HOURS_KEPT), 0
    for path in storage().listdir("")[1]:
        if path not in wanted and storage().get_modified_time(path) < before:
            storage().delete(path)
            swept += 1
    return swept


def kept(resource: type[Resource], actor: Actor, token: str) -> Kept:
    """The file of a token. Refuses (404) the token of anybody else, of another resource, and one of yesterday."""
    try:
        said = signing.loads(token, salt=SALT, max_age=HOURS_KEPT * 3600)
    except signing.BadSignature:
        raise Missing() from None
    if said["owner"] != actor.user_id or said["resource"] != resource.path or not storage().exists(said["path"]):
        raise Missing()
    return Kept(said["path"], said["name"], said["kind"], token)


def offered(resource: type[Resource], actor: Actor) -> list[Column]:
    """The columns a file may bring."""
    found = Columns(resource, actor).imported()
    return found if len(found) > 1 else []


def plan_of(resource: type[Resource], actor: Actor, file: Kept, sent: Mapping[str, Any]) -> transfer.Plan:
    """How the file is understood: as sent by the form, else as guessed."""
    headers, rows = file.rows()
    sample = list(islice(rows, CHECKED))
    columns = offered(resource, actor)
    constants = {
        name.removeprefix("constant:"): str(value)[:300]
        for name, value in sent.items()
        if name.startswith("constant:") and value
    }
    guessed = transfer.guess(headers, columns)
    if "mapped" in sent:
        chosen = {header: sent.get(f"map:{place}", "") for place, header in enumerate(headers)}
        attributes = attributes_at(resource, actor, constants, chosen, sample)
        known = {each.header for each in columns} | {each.header for each in attributes}
        mapping = {header: ours for header, ours in chosen.items() if ours in known}
        if sent.get("place_before") != _place_text(resource, constants):  # another category brings other attributes
            fresh = transfer.guess([header for header in headers if header not in mapping], attributes)
            mapping |= {header: ours for header, ours in fresh.items() if ours not in mapping.values()}
    else:
        attributes = attributes_at(resource, actor, constants, guessed, sample)
        known = {each.header for each in columns} | {each.header for each in attributes}
        mapping = _keyed(resource, transfer.guess(headers, [*columns, *attributes]), sample)
    words = tuple(each for each in str(sent.get("empty_words", "NA")).split(",") if each.strip())
    return transfer.Plan(mapping, {name: value for name, value in constants.items() if name in known}, words, file.name)


def _keyed(resource: type[Resource], mapping: dict[str, str], sample: list[Any]) -> dict[str, str]:
    """An `id` that is not a number of ours is another system's: it is the key by which the resource's rows are found again."""
    theirs = next((header for header, ours in mapping.items() if ours == "id"), None)
    key = resource.key[0]
    if (
        theirs is None
        or key == "id"
        or key in mapping.values()
        or all(str(row.get(theirs, "")).isdigit() for row in sample[:50])
    ):
        return mapping
    return {header: key if header == theirs else ours for header, ours in mapping.items()}


def attributes_at(
    resource: type[Resource], actor: Actor, constants: Mapping[str, str], mapping: Mapping[str, str], sample: list[Any]
) -> list[Column]:
    """The attributes of the places that a constant or the file's first rows name, each code once."""
    if not resource.document:
        return []
    columns = Columns(resource, actor)
    found: dict[str, Column] = {}
    for place in _places(resource, columns, constants, mapping, sample):
        for each in documents.seen_by(actor, resource.model(**place).document_definitions()):  # type: ignore[attr-defined]
            column = Column(f"{ATTRIBUTE}{each.code}", resource.document, each.label, str, str, attribute=each.code)
            found.setdefault(each.code, column)
    return list(found.values())


def _places(
    resource: type[Resource],
    columns: Columns,
    constants: Mapping[str, str],
    mapping: Mapping[str, str],
    sample: list[Any],
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    name = resource.model.document_depends_on[0]  # type: ignore[attr-defined]
    field: Any = resource.model._meta.get_field(name)
    header = next((theirs for theirs, ours in mapping.items() if ours == name), None)
    texts = [constants.get(name, ""), *dict.fromkeys(str(row.get(header, "")).strip() for row in sample if header)]
    for text in [each for each in texts if each][:PLACES]:
        try:
            found.append({field.attname: columns.find(field, text)})
        except ValueError:
            continue
    return found


def _place_text(resource: type[Resource], constants: Mapping[str, str]) -> str:
    return ",".join(constants.get(name, "") for name in getattr(resource.model, "document_depends_on", ()))


def preview(resource: type[Resource], actor: Actor, file: Kept, plan: transfer.Plan) -> dict[str, Any]:
    """Step 2: the mapping, what is constant, the first rows with faults at their cells, and counts over those that were checked."""
    headers, rows = file.rows()
    sample = list(islice(rows, CHECKED))
    importer = transfer.Importer(resource, actor, plan)
    results = [each for chunk in transfer.chunks(sample) for each in importer.run(chunk, save=False)]
    faulty = [each for each in results if each.faults]
    shown = {each.number for each in faulty[:SHOWN]} | {each.number for each in results[: max(SHOWN - len(faulty), 5)]}
    attributes = attributes_at(resource, actor, plan.constants, plan.mapping, sample)
    columns = offered(resource, actor)
    return {
        "step": 2,
        "kept": file,
        "plan": plan,
        "headers": headers,
        "rows_checked": len(sample),
        "is_whole": len(sample) < CHECKED,
        "mapping": [
            (place, header, plan.mapping.get(header, ""), sample[0].get(header, "") if sample else "")
            for place, header in enumerate(headers)
        ],
        "targets": [(each.header, each.title) for each in columns]
        + [(each.header, f"{each.title} (attribute)") for each in attributes],
        "constants": _constants(resource, actor, plan, columns),
        "place_before": _place_text(resource, plan.constants),
        "empty_words": ",".join(plan.empty_words),
        "counts": {
            name: sum(each.outcome == name for each in results)
            for name in ("created", "updated", "unchanged", "refused")
        },
        "sample": [_shown(headers, plan, sample[each.number - 1], each) for each in results if each.number in shown],
    }


def _shown(
    headers: list[str], plan: transfer.Plan, cells: Mapping[str, Any], result: transfer.Result
) -> dict[str, Any]:
    faults = dict(result.faults)
    drawn = []
    for header in headers:
        ours = plan.mapping.get(header, "")
        drawn.append({"text": cells.get(header, ""), "fault": faults.pop(ours, "") if ours else "", "unused": not ours})
    rest = [f"{name}: {text}" if name else text for name, text in faults.items()]
    return {"number": result.number, "outcome": result.outcome, "cells": drawn, "rest": rest}


def _constants(
    resource: type[Resource], actor: Actor, plan: transfer.Plan, columns: list[Column]
) -> list[dict[str, Any]]:
    """What the file lacks and may be said once for all of its rows: choices where there are few, else a text."""
    mapped = set(plan.mapping.values())
    found = []
    for column in columns:
        if column.header in mapped or column.header == "id":
            continue
        field = next((each for each in resource.model._meta.concrete_fields if each.name == column.field), None)
        choices = list(column.choices)
        if field is not None and field.is_relation:
            target: Any = field.related_model
            rows = list(scope(actor, target)[: PLACES + 1])
            choices = [(str(row.pk), str(row)) for row in rows] if len(rows) <= PLACES else []
        found.append(
            {
                "name": column.header,
                "title": column.title,
                "choices": choices,
                "value": plan.constants.get(column.header, ""),
                "decides": column.field in getattr(resource.model, "document_depends_on", ()),
            }
        )
    return found
