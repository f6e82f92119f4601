"""Actions are the verbs of the market: one transaction, one late lock, one rule, one audit entry, its events."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import update_wrapper
from typing import Any, get_type_hints

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import OperationalError, models, transaction
from pydantic import BaseModel, ConfigDict, create_model
from pydantic import ValidationError as BodyError

from core import context, deeds, writing
from core.deeds import Deed
from core.errors import Busy, DomainError, FieldError, Invalid, Missing, Stale
from core.inputs import tight
from core.models import Record
from core.rules import Actor, require, scope

CHUNK = 500


@dataclass(frozen=True)
class Outcome:
    """What became of one row of a bulk run: done, or refused with a code and a sentence."""

    pk: int
    code: str = "done"
    message: str = ""

    @property
    def done(self) -> bool:
        return self.code == "done"


@dataclass(frozen=True)
class Look:
    """How a verb's button looks: its words, icon, whether it destroys or hides something, and what it will do in numbers."""

    label: str
    icon: str = ""
    danger: bool = False
    effect: Callable[[Any], str] | None = None
    when: Callable[[Any], bool] | None = None
    unless: Callable[[Any, Actor], str] | None = None


class Action:
    """A verb. Call it with its subject and `by=`; refuses with 404 what the actor may not see, with 403 what it may not do.

    `model` is the subject's Record class, or None for verbs that start from nothing. `inputs` is the pydantic model
    of what the verb asks for, or None. `simple` verbs only change their own row and publish, so a bulk run may
    write whole chunks at once.
    """

    def __init__(
        self, function: Callable[..., Any], look: Look, *, simple: bool, audited: bool, rule: str = ""
    ) -> None:
        self.function, self.look, self.simple, self.audited = function, look, simple, audited
        self.name = function.__name__
        self.rule = rule or self.name
        update_wrapper(self, function)
        hints = get_type_hints(function, include_extras=True)
        parameters = list(inspect.signature(function).parameters.values())
        subject = (
            hints.get(parameters[0].name)
            if parameters and parameters[0].kind is not parameters[0].KEYWORD_ONLY
            else None
        )
        self.model: type[Record] | None = subject if isinstance(subject, type) and issubclass(subject, Record) else None
        asked = {
            each.name: (
                tight(hints[each.name]),
                ... if each.default is each.empty else each.default,
            )
            for each in parameters
            if each.kind is each.KEYWORD_ONLY and each.name not in ("by", "at")
        }
        self.usual_reason = next(
            (str(p.default) for p in parameters if p.name == "reason" and p.default is not p.empty), ""
        )
        self.takes_at = any(each.name == "at" for each in parameters)
        words = "".join(part.capitalize() for part in self.name.split("_"))
        owner = self.model.__name__ if self.model else ""
        self.inputs: type[BaseModel] | None = (
            create_model(f"{owner}{words}", __config__=ConfigDict(extra="forbid"), **asked) if asked else None  # type: ignore[call-overload]
        )

    def __repr__(self) -> str:
        return f"<action {self.function.__module__}.{self.name}>"

    def __call__(
        self,
        subject: Any = None,
        /,
        *,
        by: Actor,
        at: datetime | None = None,
        version: int | None = None,
        **inputs: Any,
    ) -> Any:
        """Do it. `version` is the one the caller has read: 412 `stale_version` when the row has moved on."""
        deed = self._deed(by, at, inputs)
        with retrying_locks(), transaction.atomic(), deeds.doing(deed), deeds.closing():
            if self.model is None:
                arguments = () if subject is None else (subject,)
                result = self.function(*arguments, by=by, **self._with_at(inputs, deed))
                if self.audited:
                    writing.audit(deed, None, {})
                return result
            row = lock(self.model, subject)
            require(by, self.rule, row)
            if version is not None and version != row.version:
                raise Stale(version=row.version)
            before = writing.snapshot(row)
            result = self.function(row, by=by, **self._with_at(inputs, deed))
            writing.settle(deed, row, before)
            return result

    def many(self, pks: Iterable[int], *, by: Actor, at: datetime | None = None, **inputs: Any) -> list[Outcome]:
        """The same verb on many rows, a chunk at a time; a refused row leaves the others alone.

        Leaves exactly what single calls would: history, audit, events. Rows the actor may not see are refused as missing.
        """
        assert self.model is not None
        ordered = sorted(set(pks))
        found: list[Outcome] = []
        for start in range(0, len(ordered), CHUNK):
            chunk = ordered[start : start + CHUNK]
            found += self._chunk(chunk, by, at, inputs) if self.simple else self._one_by_one(chunk, by, at, inputs)
        return found

    def _one_by_one(self, pks: list[int], by: Actor, at: datetime | None, inputs: Mapping[str, Any]) -> list[Outcome]:
        found = []
        for pk in pks:
            try:
                self(pk, by=by, at=at, **inputs)
                found.append(Outcome(pk))
            except DomainError as refusal:
                found.append(Outcome(pk, refusal.code, refusal.detail))
        return found

    def _chunk(self, pks: list[int], by: Actor, at: datetime | None, inputs: Mapping[str, Any]) -> list[Outcome]:
        deed = self._deed(by, at, inputs)
        deed.collecting = True
        outcomes: dict[int, Outcome] = {}
        with retrying_locks(), transaction.atomic(), deeds.doing(deed), deeds.closing():
            rows = {row.pk: row for row in locked(self.model).filter(pk__in=pks).order_by("pk")}  # type: ignore[arg-type]
            visible = set(scope(by, self.model).filter(pk__in=pks).values_list("pk", flat=True))  # type: ignore[type-var, arg-type]
            allowed = set(scope(by, self.model, self.rule).filter(pk__in=pks).values_list("pk", flat=True))  # type: ignore[type-var, arg-type]
            changed = []
            for pk in pks:
                if pk not in rows or pk not in visible:
                    outcomes[pk] = Outcome(pk, Missing.code, Missing.sentence)
                    continue
                if pk not in allowed:
                    outcomes[pk] = Outcome(pk, "denied", "You may see this but not do that.")
                    continue
                before, mark = writing.snapshot(rows[pk]), (len(deed.facts), len(deed.events))
                try:
                    self.function(rows[pk], by=by, **self._with_at(inputs, deed))
                except DomainError as refusal:
                    del deed.facts[mark[0] :], deed.events[mark[1] :]
                    outcomes[pk] = Outcome(pk, refusal.code, refusal.detail)
                    continue
                changed.append((rows[pk], before))
                outcomes[pk] = Outcome(pk)
            writing.settle_many(deed, changed)
        return [outcomes[pk] for pk in pks]

    def _deed(self, by: Actor, at: datetime | None, inputs: Mapping[str, Any]) -> Deed:
        reason = str(inputs.get("reason", self.usual_reason))
        return Deed(verb=self.name, actor=by, reason=reason, at=at or context.now())

    def _with_at(self, inputs: Mapping[str, Any], deed: Deed) -> dict[str, Any]:
        return {**inputs, "at": deed.at} if self.takes_at else dict(inputs)

    def read_inputs(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Check what a form or file sent against the verb's inputs. Refuses with 422, naming each fault."""
        if self.inputs is None:
            return {}
        try:
            body = self.inputs.model_validate(dict(values))
        except BodyError as faults:
            raise Invalid(errors=body_errors(faults)) from None
        return {name: getattr(body, name) for name in self.inputs.model_fields}


def body_errors(faults: BodyError) -> list[FieldError]:
    """Pydantic's faults as ours."""
    return [FieldError("/" + "/".join(map(str, each["loc"])), each["type"], each["msg"]) for each in faults.errors()]


def action(
    *,
    label: str,
    icon: str = "",
    danger: bool = False,
    effect: Callable[[Any], str] | None = None,
    when: Callable[[Any], bool] | None = None,
    unless: Callable[[Any, Actor], str] | None = None,
    simple: bool = False,
    audited: bool = True,
    rule: str = "",
) -> Callable[[Callable[..., Any]], Action]:
    """Make a function a verb: see Action. The function is `(row, *, by, at?, **inputs)`; it changes the row in memory,
    may publish events and call lower actions, and raises a DomainError to refuse: then nothing of it stays.

    `rule`: the deed whose rule judges it, where it is a step of that deed and has no button of its own.
    `when`: row -> is it to be offered now? For verbs that no state table knows; it refuses nothing.
    `unless`: row, actor -> why somebody else has to do it, empty where this one may. It is not offered then, and refuses nothing."""

    def wrap(function: Callable[..., Any]) -> Action:
        look = Look(label, icon, danger, effect, when, unless)
        return Action(function, look, simple=simple, audited=audited, rule=rule)

    return wrap


def locked(model: type[models.Model]) -> models.QuerySet:
    """Rows of the model to be locked when read (no key update, own table only; a no-op on SQLite, which has one writer)."""
    return model._default_manager.select_for_update(no_key=True, of=("self",))


def lock[M: models.Model](model: type[M], subject: M | int) -> M:
    """The row as the database has it now, locked until the transaction ends. Refuses with 404 when it is gone.

    What the model says it is locked under is locked first, and so on upwards: who works on a part holds the whole.
    """
    pk = subject.pk if isinstance(subject, models.Model) else subject
    above = getattr(model, "locked_under", "")
    if above:
        field: Any = model._meta.get_field(above)
        keys = model._default_manager.filter(pk=pk).values_list(field.attname, flat=True)
        for key in keys:
            lock(field.related_model, key)
    try:
        row = locked(model).get(pk=pk)
    except (ObjectDoesNotExist, ValueError):
        raise Missing() from None
    if isinstance(subject, models.Model):
        subject.__dict__.pop("_prefetched_objects_cache", None)  # what was read with it may have changed as well
        subject.__dict__.update({key: value for key, value in row.__dict__.items() if key != "_state"})
        return subject
    return row


@dataclass
class retrying_locks:
    """Turn a lock that could not be had in time, or a deadlock, into 409 `busy`; other faults pass."""

    codes: tuple[str, ...] = field(default=("55P03", "40P01", "40001"))

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: Any, fault: BaseException | None, _trace: Any) -> None:
        if isinstance(fault, OperationalError):
            state = getattr(fault.__cause__, "sqlstate", None)
            if state in self.codes or "database is locked" in str(fault):
                raise Busy() from fault


def model_errors(fault: ValidationError) -> list[FieldError]:
    """Django's faults of a row as ours, one per field and sentence."""
    if not hasattr(fault, "error_dict"):
        return [FieldError("", each.code or "invalid", "; ".join(each.messages)) for each in fault.error_list]
    return [
        FieldError("" if name == "__all__" else f"/{name}", each.code or "invalid", "; ".join(each.messages))
        for name, faults in fault.error_dict.items()
        for each in faults
    ]
