"""Reading plans: from rows to the JSON values of a shape, with a number of queries that does not grow with the rows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import models
from django.db.models import FETCH_PEERS, QuerySet
from django.db.models.fields.files import FieldFile

from core import compiled, related
from core.audiences import Audience
from core.memo import for_good
from core.money import Money
from core.resources import documents, schemas
from core.resources.assigning import public_name
from core.resources.declaration import Resource
from core.resources.identity import id_of, referred
from core.rules import Actor, policy_of, scope


def plain(value: Any) -> Any:
    """A value as JSON: money as amount and currency, moments in UTC with Z, files as their address."""
    if value is None or isinstance(value, bool | int | float | str | dict | list):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Money):
        return {"amount": value.amount, "currency": value.currency}
    if isinstance(value, FieldFile):
        return value.url if value else ""
    if isinstance(value, tuple | set | frozenset):
        return [plain(each) for each in value]
    return str(value)


@dataclass(frozen=True)
class Plan:
    """How one shape of a resource is read: the columns to load, the relations to load with them, and the getters."""

    columns: tuple[str, ...]
    joined: tuple[str, ...]
    prefetched: tuple[str, ...]
    getters: tuple[tuple[str, Callable[[Any, Actor], Any]], ...]

    @property
    def heads(self) -> tuple[str, ...]:
        """The relations of the row itself that are read with it."""
        return tuple(dict.fromkeys(path.split("__")[0] for path in self.prefetched))

    def load(self, queryset: QuerySet) -> QuerySet:
        """The queryset, reading only what the shape needs; a relation the plan forgot is fetched for all rows at once."""
        loaded = self.load_alone(queryset)
        return loaded.prefetch_related(*self.prefetched) if self.prefetched else loaded

    def load_alone(self, queryset: QuerySet) -> QuerySet:
        """The same without what stands in other tables and is read once for many rows: that, `complete` reads."""
        if self.joined:
            queryset = queryset.select_related(*self.joined)
        return queryset.only(*self.columns).fetch_mode(FETCH_PEERS)

    def complete(self, rows: list[Any]) -> None:
        """Read the rest for rows that were loaded alone, by as many statements as for one, however many were asked for them."""
        if self.prefetched and len(rows) == 1:
            related.read(rows[0], self.heads)  # what those lead to is read as ever
        if self.prefetched:
            models.prefetch_related_objects(rows, *self.prefetched)

    def render(self, row: Any, actor: Actor) -> dict[str, Any]:
        return {name: plain(get(row, actor)) for name, get in self.getters}


@for_good
def plan(
    resource: type[Resource], audience: Audience, *, card: bool, only: tuple[str, ...] = (), extra: tuple[str, ...] = ()
) -> Plan:
    """The plan of cards, of whole things, or of the `only` public names that were picked; `extra` columns are loaded as well."""
    columns, joined, prefetched = {"id", *extra}, [], []
    if resource.public_by:
        columns.add(resource.public_by)
    getters: list[tuple[str, Callable[[Any, Actor], Any]]] = [("id", lambda row, actor: id_of(row))]
    money = getattr(resource.model, "money_fields", {})
    for name, f in resource.readable(audience, card=card).items():
        public = public_name(resource.model, name)
        if only and public not in only:
            continue
        for need in f.needs:
            head = need.split("__")[0]
            field = schemas.column(resource, head)
            if field is None and head not in money:
                prefetched.append(need)
            elif "__" in need:
                joined.append(need.rsplit("__", 1)[0])
                columns |= {need, head}
            else:
                columns |= {f"{head}_minor", f"{head}_currency"} if head in money else {head}
        if f.compute is not None:
            getters.append((public, _computed(f.compute)))
        elif f.compute_for is not None:
            getters.append((public, f.compute_for))
        elif name == resource.document:
            columns |= {name, *(public_name(resource.model, each) for each in resource.model.document_depends_on)}  # type: ignore[attr-defined]
            getters.append((public, documents.shown))
        elif reference := referred(resource.model, name):
            joined.append(name)
            columns |= {name, f"{name}__{reference}"}
            getters.append((public, _referred(name, reference)))
        else:
            columns |= {f"{name}_minor", f"{name}_currency"} if name in money else {name}
            getters.append((public, _attribute(public)))
    if not card and not only and hasattr(resource.model, "version"):
        columns.add("version")
        getters.append(("version", _attribute("version")))
    return Plan(tuple(sorted(columns)), tuple(dict.fromkeys(joined)), tuple(dict.fromkeys(prefetched)), tuple(getters))


def _computed(function: Callable[[Any], Any]) -> Callable[[Any, Actor], Any]:
    return lambda row, _actor: function(row)


def _referred(name: str, reference: str) -> Callable[[Any, Actor], Any]:
    return lambda row, _actor: getattr(getattr(row, name), reference, None)


def _attribute(name: str) -> Callable[[Any, Actor], Any]:
    return lambda row, _actor: getattr(row, name)


def expand(
    resource: type[Resource], actor: Actor, rows: Sequence[Any], found: Sequence[dict[str, Any]], names: Iterable[str]
) -> None:
    """Put the cards of related rows beside their keys: one query per name, only rows the actor may see, null for others."""
    targets = schemas.expandable(resource, actor.audience)
    for name in dict.fromkeys(names):
        target = targets[name]
        key = public_name(resource.model, name)
        keys = {getattr(row, key) for row in rows} - {None}
        cards = cards_of(target, actor, keys)
        for row, answer in zip(rows, found, strict=True):
            answer[name] = cards.get(getattr(row, key))


def cards_of(resource: type[Resource], actor: Actor, keys: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The cards of those rows that the actor may see, by key."""
    shape = plan(resource, actor.audience, card=True)
    rows = shape.load(scope(actor, resource.model).filter(pk__in=list(keys)))
    return {row.pk: shape.render(row, actor) for row in rows}


def as_written(resource: type[Resource], actor: Actor, row: models.Model) -> dict[str, Any]:
    """One thing, whole, that the actor has just written and may see: only what is not at hand is read."""
    shape = plan(resource, actor.audience, card=False)
    shape.complete([row])
    return shape.render(row, actor)


def whole_plan(resource: type[Resource], actor: Actor, names: Sequence[str] = ()) -> Plan:
    """The plan of one thing, whole, with the keys of what is expanded."""
    return plan(resource, actor.audience, card=False, extra=tuple(public_name(resource.model, name) for name in names))


def whole(
    resource: type[Resource], actor: Actor, row: models.Model, names: Sequence[str] = ()
) -> dict[str, Any] | None:
    """One thing, whole, as the actor may see it now; None when it may not be seen (any more)."""
    seen = compiled.Seen(resource.model, policy_of(resource.model).q(actor), row.pk)
    shape = whole_plan(resource, actor, names)
    for loaded in compiled.models_of(_of_key, resource.model, shape, values=[row.pk], only_if=seen):
        shape.complete([loaded])
        return rendered(resource, actor, loaded, names)
    return None


def _of_key(model: type[models.Model], shape: Plan, key: Any) -> QuerySet:
    return shape.load_alone(model._default_manager.filter(pk=key)).order_by()[:1]


def rendered(resource: type[Resource], actor: Actor, loaded: models.Model, names: Sequence[str] = ()) -> dict[str, Any]:
    """One thing, whole, of a row that was loaded by its plan."""
    found = whole_plan(resource, actor, names).render(loaded, actor)
    expand(resource, actor, [loaded], [found], names)
    return found
