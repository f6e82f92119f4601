"""Typed documents: one JSON column whose values are defined at run time and validated without knowing what they mean."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol
from uuid import uuid4

from django.db import models

from core import compiled, memo
from core.errors import FieldError, Invalid
from core.models import DocumentStamp
from core.resources.declaration import Resource
from core.resources.definitions import Definition, tokens_of, unasked
from core.resources.document_conditions import misfits, why_unasked
from core.resources.document_values import Fault, checked
from core.rules import Actor

__all__ = [
    "DocumentField",
    "DocumentSource",
    "bump",
    "held",
    "keep_hidden",
    "place_of",
    "shown",
    "stamp",
    "tokens_of",
    "validate",
]


class DocumentField(models.JSONField):
    """The typed document of a row: {code: value}. It is the truth; the `tokens` column beside it is derived."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", dict)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)


class DocumentSource(Protocol):
    """What a model with a typed document says of it. `document_place` is the filter that chooses definitions, such as "category"."""

    document_place: str
    document_depends_on: tuple[str, ...]

    def document_definitions(self) -> tuple[Definition, ...]:
        """The definitions that hold for this row."""

    @classmethod
    def filterable_definitions(cls, place: Any) -> tuple[Definition, ...]:
        """What may be asked of the rows of a place (key or slug), or of all rows where there is none."""

    @classmethod
    def place_tokens(cls, place: Any) -> list[int]:
        """The tokens that every row of a place (key or slug) and below has; none where there is no such place."""


def stamp() -> str:
    """What the definitions are now: new after each change, in every worker at once. Empty until the first change."""
    return memo.once("document stamp", _stamp)


def _stamp() -> str:
    found = compiled.rows_of(_stamps)
    return found[0].value if found else ""


def _stamps() -> models.QuerySet:
    return DocumentStamp.objects.filter(pk=1).values("value")


def bump() -> None:
    """Say, in the changing transaction itself, that definitions change. Also the one lock of such changes: a second one waits."""
    row = DocumentStamp(pk=1, value=uuid4().hex)
    DocumentStamp.objects.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=["value"])
    memo.forget("document stamp")


def validate(
    row: Any,
    document: Mapping[str, Any],
    *,
    complete: bool = False,
    by: Actor | None = None,
    former: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The document as it is stored. Refuses with 422, a pointer for each fault: `/attributes/year`.

    `complete` also asks for what is required. With `by`, codes that the actor may not see do not exist. A null removes a value.
    `former` is what the row held: options archived since then may stay, and values that are no longer asked for fall away.
    """
    everything = row.document_definitions()
    definitions = {each.code: each for each in seen_by(by, everything)}
    name, held = _document_name(row), former if former is not None else document
    faults, found = [], {}
    for code, value in document.items():
        definition = definitions.get(code)
        if definition is None:
            known = ", ".join(definitions) or "none"
            faults.append(
                FieldError(f"/{name}/{code}", "unknown_attribute", f"There is no such attribute here. Known: {known}.")
            )
        elif value is not None and value not in ("", []):
            try:
                found[code] = checked(definition, value, former=held.get(code))
            except Fault as fault:
                faults.append(FieldError(f"/{name}/{code}", fault.code, fault.sentence))
    unseen = {code: value for code, value in held.items() if code not in definitions}
    gone, whole = unasked(everything, {**unseen, **found}), {**unseen, **found}
    for code, misfit in misfits(everything, whole, held):
        if code in definitions and code not in gone:
            faults.append(FieldError(f"/{name}/{code}", misfit.code, misfit.sentence))
    for code in sorted(gone & set(found)):
        if found[code] != held.get(code):
            sentence = why_unasked(definitions, definitions[code])
            faults.append(FieldError(f"/{name}/{code}", "not_asked", sentence))
        del found[code]
    if complete:
        absent = [
            each
            for each in definitions.values()
            if each.required and each.code not in gone and document.get(each.code) in (None, "", [])
        ]
        faults += [FieldError(f"/{name}/{each.code}", "required", f"Say the {each.label.lower()}.") for each in absent]
    if faults:
        raise Invalid(errors=faults)
    return found


def keep_hidden(row: Any, document: Mapping[str, Any], *, by: Actor, former: Mapping[str, Any]) -> dict[str, Any]:
    """The document as the actor wrote it, with the values that the actor cannot see as they were, where still asked for."""
    definitions = row.document_definitions()
    seen = {each.code for each in seen_by(by, definitions)}
    hidden = {each.code for each in definitions} - seen
    whole = {**document, **{code: value for code, value in former.items() if code in hidden}}
    gone = unasked(definitions, whole)
    return {code: value for code, value in whole.items() if code not in gone}


def held(row: Any) -> dict[str, Any]:
    """The row's document without values that it is not asked for: a condition may be younger than they are."""
    document = getattr(row, _document_name(row)) or {}
    gone = unasked(row.document_definitions(), document) if document else frozenset()
    return {code: value for code, value in document.items() if code not in gone} if gone else document


def shown(row: Any, actor: Actor) -> dict[str, Any]:
    """What the actor may see of the row's document, in the order of the definitions."""
    document = held(row)
    if not document:
        return {}
    return {
        each.code: document[each.code] for each in seen_by(actor, row.document_definitions()) if each.code in document
    }


def seen_by(actor: Actor | None, definitions: Iterable[Definition]) -> tuple[Definition, ...]:
    """The definitions that the actor's audience has."""
    if actor is None or actor.is_system:
        return tuple(definitions)
    return tuple(each for each in definitions if actor.audience in each.read)


def _document_name(row: Any) -> str:
    return next(each.name for each in row._meta.concrete_fields if isinstance(each, DocumentField))


def place_of(resource: type[Resource], values: Mapping[str, Any]) -> Any:
    """The one place that other parameters ask for, or None."""
    place = values.get(resource.model.document_place)  # type: ignore[attr-defined]
    return place[0] if isinstance(place, list) and len(place) == 1 else None if isinstance(place, list) else place
