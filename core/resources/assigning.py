"""From declared values to a checked row in memory: which fields may be written, what they may point to, what they must be."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models

from core.actions import model_errors
from core.errors import Duplicate, FieldError, Invalid
from core.inputs import TEXT_PATTERN
from core.memo import for_good
from core.money import Money
from core.resources import documents
from core.resources.declaration import CREATE, On, Resource
from core.resources.identity import referred
from core.rules import Actor, reaches, scope

#: No number of a row is larger, or of infinite size: nothing that reads them could.
MOST_NUMBER = 10**15
UNIQUE_CODES = frozenset({"unique", "unique_together", "unique_for_date"})


class Assigning:
    """Assigns values to rows of one resource for one actor. Keep one for a batch: what it looked up, it remembers."""

    def __init__(self, resource: type[Resource], by: Actor) -> None:
        self.resource, self.by = resource, by
        self._reachable: dict[tuple[str, Any], Any] = {}
        self._allowed: dict[On, set[str]] = {}

    def prepare(self, many: Iterable[Mapping[str, Any]]) -> None:
        """Ask at once which of the rows that a batch points to the actor may see."""
        if self.by.is_system:
            return
        for name in self.resource.fields:
            try:
                field: Any = self.resource.model._meta.get_field(name)
            except FieldDoesNotExist:
                continue
            if not isinstance(field, models.ForeignKey):
                continue
            keys = {values[name] for values in many if type(values.get(name)) is int}
            keys = {key for key in keys if (name, key) not in self._reachable}
            if len(keys) > 1:
                target: Any = field.related_model
                seen = set(scope(self.by, target).filter(pk__in=keys).values_list("pk", flat=True))
                self._reachable |= {(name, key): key in seen for key in keys}

    def allowed(self, on: On) -> set[str]:
        """The declared names the actor may write now."""
        if on not in self._allowed:
            written = {name for name, f in self.resource.fields.items() if f.compute is None and f.compute_for is None}
            self._allowed[on] = written if self.by.is_system else set(self.resource.writable(self.by.audience, on))
        return self._allowed[on]

    def assign(self, row: models.Model, values: Mapping[str, Any], on: On) -> list[FieldError]:
        """Set the values on the row; returns the faults, naming each field by its pointer. What is given, the operation takes."""
        allowed, faults = self.allowed(on), []
        document = self.resource.document
        for name, value in values.items():
            if name not in allowed:
                faults.append(FieldError(f"/{name}", "not_writable", "You may not set this."))
            elif name != document and not self.resource.fields[name].given:
                fault = self._set(row, name, value)
                faults += [fault] if fault else []
        if on is CREATE:
            faults += self._preset(row, values)
        if document and not faults:
            faults += self._set_document(row, values, document)
        return faults

    def _set(self, row: models.Model, name: str, value: Any) -> FieldError | None:
        if name in getattr(row, "money_fields", {}):
            if value is not None and not isinstance(value, Money):
                return FieldError(f"/{name}", "money", "Send an amount in minor units and a currency.")
            setattr(row, name, value)
            return None
        field = row._meta.get_field(name)
        if isinstance(field, models.ForeignKey):
            key = self._keyed(field, value)
            if key is not None and not self.reaches(field, key):
                return FieldError(f"/{name}_id", "not_found", "There is no such thing, or it is not yours.")
            setattr(row, field.attname, key)
            return None
        if value is None and not field.null:
            return FieldError(f"/{name}", "null", "This cannot be empty.")
        if isinstance(value, str) and not re.match(TEXT_PATTERN, value):
            return FieldError(f"/{name}", "text", "There are characters here that cannot be shown.")
        if isinstance(value, float) and not abs(value) <= MOST_NUMBER:  # nor is NaN
            return FieldError(f"/{name}", "number", "This is no number that can be kept.")
        if isinstance(value, datetime) and value.tzinfo is not None:
            try:
                value = value.astimezone(UTC)
            except (OverflowError, ValueError):
                return FieldError(f"/{name}", "moment", "This is before the year 1 or after 9999.")
        setattr(row, name, value)
        return None

    def _keyed(self, field: models.ForeignKey, value: Any) -> Any:
        """The key of a row given as such, as its key, or (0 where there is none) by its reference."""
        if isinstance(value, models.Model):
            return value.pk
        if not isinstance(value, str):
            return value
        target: Any = field.related_model
        named = {referred(self.resource.model, field.name) or "pk": value}
        return scope(self.by, target).filter(**named).values_list("pk", flat=True).first() or 0

    def reaches(self, field: models.ForeignKey, key: Any) -> bool:
        """Is the target row one the actor may see?"""
        memo = (field.name, key)
        if memo not in self._reachable:
            self._reachable[memo] = reaches(self.by, field.related_model, key)
        return self._reachable[memo]

    def _preset(self, row: models.Model, values: Mapping[str, Any]) -> list[FieldError]:
        faults = []
        for name, f in self.resource.fields.items():
            if f.preset is None or values.get(name) is not None:
                continue
            value = f.preset(self.by)
            if value is not None:
                setattr(row, attribute(row, name), value.pk if isinstance(value, models.Model) else value)
            elif name in self.allowed(CREATE) and not getattr(row._meta.get_field(name), "null", False):
                faults.append(FieldError(f"/{public_name(row, name)}", "required", "Say which one."))
        return faults

    def _set_document(self, row: models.Model, values: Mapping[str, Any], document: str) -> list[FieldError]:
        """Check the typed document where it, or what defines it, is being written. Moved elsewhere, it keeps what fits there."""
        moved = any(name in values for name in getattr(row, "document_depends_on", ()))
        if document not in values and not moved:
            return []
        former = getattr(row, document) or {}
        if document in values:
            wanted = values[document] or {}
        else:
            known = {each.code for each in row.document_definitions()}  # type: ignore[attr-defined]
            wanted = {code: value for code, value in former.items() if code in known}
        try:
            checked = documents.validate(row, wanted, complete=False, by=self.by, former=former)
        except Invalid as refusal:
            return list(refusal.errors)
        setattr(row, document, documents.keep_hidden(row, checked, by=self.by, former=former))
        return []

    def check(self, row: models.Model, faults: list[FieldError], *, unique: bool = True) -> None:
        """Refuse with 422 what the model itself refuses, with 409 `duplicate` what is there already."""
        named = {fault.pointer.split("/")[1].removesuffix("_id") for fault in faults if fault.pointer.count("/")}
        related = {
            each.name
            for each in row._meta.concrete_fields
            if isinstance(each, models.ForeignKey) and getattr(row, each.attname)
        }
        try:
            row.full_clean(exclude=related | named, validate_unique=False, validate_constraints=False)
        except ValidationError as fault:
            faults = faults + [
                FieldError(self._pointer(row, each.pointer), each.code, each.message) for each in model_errors(fault)
            ]
        if faults:
            raise Invalid(errors=faults)
        if unique:
            self.check_constraints(row)

    def check_constraints(self, row: models.Model) -> None:
        """Refuse, in the model's own words, what its constraints do not allow; each is asked of the database."""
        found: list[FieldError] = []
        for check in (row.validate_unique, row.validate_constraints):
            try:
                check()
            except ValidationError as fault:
                found += model_errors(fault)
        if found:
            errors = [FieldError(self._pointer(row, each.pointer), each.code, each.message) for each in found]
            duplicate = any(each.code in UNIQUE_CODES for each in found) or self._names_unique_constraint(row, found)
            raise (Duplicate if duplicate else Invalid)(errors=errors)

    @staticmethod
    def _names_unique_constraint(row: models.Model, found: list[FieldError]) -> bool:
        sentences = {
            str(each.violation_error_message)
            for each in row._meta.constraints
            if isinstance(each, models.UniqueConstraint)
        }
        return any(fault.message in sentences for fault in found)

    def _pointer(self, row: models.Model, pointer: str) -> str:
        """The client's name for a column: `/price_minor` is `/price`, a key is `/vendor_id`."""
        name = pointer.lstrip("/")
        for money in getattr(row, "money_fields", {}):
            if name in (f"{money}_minor", f"{money}_currency"):
                return f"/{money}"
        return f"/{public_name(row, name)}" if name else pointer


@for_good
def is_enforced(model: type[models.Model]) -> bool:
    """Does every database we run on refuse at once what the model's constraints do not allow? Then an insert need not ask before."""
    fields: list[Any] = list(model._meta.local_fields)
    if model._meta.get_parent_list() or any(
        each.unique_for_date or each.unique_for_month or each.unique_for_year for each in fields
    ):
        return False
    return all(type(each) is models.CheckConstraint or _is_plain(each) for each in model._meta.constraints)


def _is_plain(constraint: Any) -> bool:
    """Is it a unique constraint of a kind that every database has, and that is looked at with each statement?"""
    if type(constraint) is not models.UniqueConstraint:
        return False
    return not (constraint.deferrable or constraint.include or constraint.nulls_distinct is not None)  # type: ignore[attr-defined]


def attribute(row: models.Model | type[models.Model], name: str) -> str:
    """The attribute that holds a declared field: `vendor_id` for a key, `price` for money."""
    if name in getattr(row, "money_fields", {}):
        return name
    try:
        return row._meta.get_field(name).attname  # type: ignore[union-attr]
    except FieldDoesNotExist:
        return name


def public_name(row: models.Model | type[models.Model], name: str) -> str:
    """The name the API uses for a declared field."""
    try:
        field = row._meta.get_field(name)
    except FieldDoesNotExist:
        return name
    return field.attname if isinstance(field, models.ForeignKey) else name


def usual_currency(resource: type[Resource], actor: Actor, name: str) -> str:
    """The currency of an amount that comes without one: that of the newest row the actor sees, for a vendor sells in one."""
    rows = scope(actor, resource.model).exclude(**{f"{name}_currency": None}).order_by("-pk")
    return str(rows.values_list(f"{name}_currency", flat=True).first() or settings.DEFAULT_CURRENCY)
