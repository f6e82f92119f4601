"""Events: written to the outbox with the change they tell of, relayed after commit at least once to whoever listens."""

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import models, transaction

from core import context, deeds
from core.models import Fact, OutboxEvent

EVENTS: dict[str, type["Event"]] = {}
_reacting: dict[type["Event"], list[Callable[[Any], None]]] = defaultdict(list)
_later: dict[type["Event"], list[Callable[[Any], None]]] = defaultdict(list)
listeners: dict[str, Callable[[Any], None]] = {}


@dataclass(frozen=True)
class Event:
    """Something that happened, in the past tense: ids and plain values only. Subclasses are frozen dataclasses."""

    name: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        cls.name = f"{cls.__module__.split('.')[-2]}.{cls.__name__}"
        EVENTS[cls.name] = cls


@dataclass(frozen=True)
class RecordChanged(Event):
    """A Record was created, changed or deleted by the engine or an action. `model` is the label, as in "catalog.listing"."""

    model: str
    pk: int
    verb: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class RecordsChanged(Event):
    """The same of all rows of one model that one chunk of a deed wrote: one event, however many rows; a single row is one too."""

    model: str
    pks: tuple[int, ...]
    verb: str


def reacts(*kinds: type[Event]) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Run the function in the publisher's own transaction. It may only append Facts."""

    def register(function: Callable[[Any], None]) -> Callable[[Any], None]:
        for kind in kinds:
            _reacting[kind].append(function)
        return function

    return register


def later(*kinds: type[Event]) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Run the function after commit, as a task, at least once: it must be idempotent. It calls one action."""

    def register(function: Callable[[Any], None]) -> Callable[[Any], None]:
        listeners[listener_name(function)] = function
        for kind in kinds:
            _later[kind].append(function)
        return function

    return register


_watched: dict[str, list[Callable[[RecordChanged], None]]] = defaultdict(list)


def on_change(*labels: str) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Like `later`, for RecordChanged events of the models named by label, such as "catalog.attribute"."""

    def register(function: Callable[[Any], None]) -> Callable[[Any], None]:
        listeners[listener_name(function)] = function
        for label in labels:
            _watched[label].append(function)
        return function

    return register


_watched_together: dict[str, list[Callable[[RecordsChanged], None]]] = defaultdict(list)


def on_changes(*labels: str) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Like `on_change`, but for RecordsChanged: for what follows rows by the thousand, as an index does."""

    def register(function: Callable[[Any], None]) -> Callable[[Any], None]:
        listeners[listener_name(function)] = function
        for label in labels:
            _watched_together[label].append(function)
        return function

    return register


type Note = Callable[[models.Model, str, tuple[str, ...]], None]
_noting: dict[str, list[Note]] = defaultdict(list)


def on_write(*labels: str) -> Callable[[Note], Note]:
    """Run the function in the writer's own transaction with each row of these models that was made, changed or deleted:
    the row as it is now, the verb, and the columns that changed (none of a new row). It may append Facts and write what the
    row's machine keeps, and nothing else. Costs no outbox row.
    """

    def register(function: Note) -> Note:
        for label in labels:
            _noting[label].append(function)
        return function

    return register


def listener_name(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def listeners_of(event: Event) -> list[Callable[[Any], None]]:
    """Everyone who is to be told later."""
    if isinstance(event, RecordChanged):
        return _watched.get(event.model, [])
    if isinstance(event, RecordsChanged):
        return _watched_together.get(event.model, [])
    return listeners_of_kind(type(event))


def listeners_of_kind(kind: type[Event]) -> list[Callable[[Any], None]]:
    """Everyone who listens to events of a kind, whatever they say."""
    return _later.get(kind, [])


def subscriptions() -> dict[str, list[str]]:
    """Event name -> who listens ("now" reactions first): the table of docs/generated/events.md."""
    table: dict[str, list[str]] = {name: [] for name in sorted(EVENTS)}
    for kind, functions in _reacting.items():
        table[kind.name] += [f"{listener_name(each)} (same transaction)" for each in functions]
    for kind, functions in _later.items():
        table[kind.name] += [listener_name(each) for each in functions]
    for label, functions in _watched.items():
        table[RecordChanged.name] += [f"{listener_name(each)} ({label})" for each in functions]
    for label, together in _watched_together.items():
        table[RecordsChanged.name] += [f"{listener_name(each)} ({label})" for each in together]
    for label, notes in _noting.items():
        table[RecordChanged.name] += [f"{listener_name(each)} ({label}, same transaction)" for each in notes]
    return table


def append[F: Fact](fact: F) -> F:
    """Append a fact; while a bulk deed is collecting, it is held back and written with the others of its chunk."""
    deed = deeds.current()
    if deed is not None and deed.collecting:
        deed.facts.append(fact)
    else:
        fact.save(force_insert=True)
    return fact


def append_many[F: Fact](facts: Sequence[F]) -> None:
    """Append facts of one kind in one statement; held back like a single one."""
    deed = deeds.current()
    if deed is not None and deed.collecting:
        deed.facts += facts
    elif facts:
        type(facts[0])._default_manager.bulk_create(facts, batch_size=500)


def publish(event: Event) -> None:
    """Tell that something happened. Must be called inside a transaction; undone with it."""
    deed = deeds.current()
    if deed is None and not transaction.get_connection().in_atomic_block:
        raise RuntimeError("publish() belongs in an action's transaction.")
    for function in _reacting.get(type(event), []):
        function(event)
    if not listeners_of(event):
        return
    row = OutboxEvent(
        deed=deed.id if deed else None,
        name=event.name,
        payload=dataclasses.asdict(event),
        request_id=context.request_id.get(),
    )
    if deed is not None and deed.collecting:
        deed.events.append(row)
    else:
        row.save(force_insert=True)
        nudge()


def record_changed(row: models.Model, verb: str, fields: tuple[str, ...] = ()) -> None:
    """Tell that a row changed, if anyone watches its model."""
    records_changed([(row, fields)], verb)


def records_changed(changes: Sequence[tuple[models.Model, tuple[str, ...]]], verb: str) -> None:
    """Tell those who note writes of a model that rows of it changed, each in these columns; and publish it, of each row and of
    all together, if anyone watches."""
    if not changes:
        return
    label = changes[0][0]._meta.label_lower
    for note in _noting.get(label, ()):
        for row, fields in changes:
            note(row, verb, fields)
    if label in _watched:
        for row, fields in changes:
            publish(RecordChanged(model=label, pk=row.pk, verb=verb, fields=fields))
    if label in _watched_together:
        publish(RecordsChanged(model=label, pks=tuple(row.pk for row, _fields in changes), verb=verb))


_nudges: list[Callable[[], None]] = []


def nudge() -> None:
    """After commit, wake whoever relays (the embedded worker, or Celery); a lost nudge costs only until the next tick."""
    for wake in _nudges:
        transaction.on_commit(wake, robust=True)


def on_nudge(wake: Callable[[], None]) -> None:
    """Register what wakes the relay: called after each commit that published. It must not raise and not wait."""
    _nudges.append(wake)
