"""Rows as the admin shows them: their head, their state, and the verbs that are legal now for this actor."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import FETCH_PEERS, Case, Q, QuerySet, When
from django.urls import NoReverseMatch, reverse

from core.actions import Action
from core.admin import words
from core.resources.declaration import Resource
from core.resources.registry import resource_of
from core.rules import NO_ROWS, Actor, policy_of


@dataclass(frozen=True)
class Button:
    """A verb on one row, as a button that opens its dialog."""

    name: str
    label: str
    icon: str
    url: str
    danger: bool = False
    main: bool = False
    key: str = ""


def legal_verbs(actor: Actor, resource: type[Resource], rows: Sequence[models.Model]) -> dict[Any, list[Action]]:
    """For each row's key the verbs that the actor may press on it in its present state.

    Costs one query, none where no rule has a condition, however many the rows and whatever their states.
    """
    found: dict[Any, list[Action]] = {row.pk: [] for row in rows}
    moves = getattr(resource.model, "moves", None)
    in_table = {verb for _source, verb, _target in moves.table} if moves else set()

    def is_legal(row: models.Model, verb: str) -> bool:
        return moves is None or verb not in in_table or moves.target(getattr(row, moves.column), verb) is not None

    rules = {
        verb: policy_of(resource.model).q(actor, verb.name)
        for verb in resource.verbs_of(actor.audience)
        if verb.model is resource.model
    }
    reached = _reached(resource.model, list(found), [q for q in rules.values() if q not in (NO_ROWS, Q())])
    for verb, q in rules.items():
        for row in rows:
            if q == NO_ROWS or not is_legal(row, verb.name) or not (verb.look.when is None or verb.look.when(row)):
                continue
            if (q == Q() or (row.pk, q) in reached) and not others(verb, row, actor):
                found[row.pk].append(verb)
    return found


def others(verb: Action, row: models.Model, actor: Actor) -> str:
    """Why somebody else has to do it, in words; empty where this actor may."""
    return verb.look.unless(row, actor) if verb.look.unless is not None else ""


def why_not(row: Any, verb: Action, actor: Actor) -> str:
    """Why the verb is not legal now, or not this actor's to do, in words."""
    moves = getattr(type(row), "moves", None)
    if (
        moves is not None
        and not moves.target(getattr(row, moves.column), verb.name)
        and verb.name in {name for _from, name, _to in moves.table}
    ):
        allowed = " or ".join(moves.label(each).lower() for each in moves.sources(verb.name))
        return f"This is {moves.label(getattr(row, moves.column)).lower()} now; “{verb.look.label.rstrip('…')}” needs it to be {allowed}."
    return others(verb, row, actor) or "You may see this but not do that to it."


def _reached(model: type[models.Model], keys: list[Any], conditions: list[Q]) -> set[tuple[Any, Q]]:
    """Which of these rows meet which of the conditions, in one query."""
    distinct = list(dict.fromkeys(conditions))
    if not keys or not distinct:
        return set()
    marks = {f"rule_{place}": Case(When(q, then=True), default=False) for place, q in enumerate(distinct)}
    rows = model._default_manager.order_by().filter(pk__in=keys).annotate(**marks).values_list("pk", *marks)
    return {(pk, q) for pk, *met in rows for q, meets in zip(distinct, met, strict=True) if meets}


def buttons(row: models.Model, verbs: Iterable[Action], *, named: Sequence[str] = ()) -> list[Button]:
    """The buttons of a row's legal verbs, in the declared order or in that of `named`; the first harmless one stands out."""
    chosen = [verb for verb in verbs if not named or verb.name in named]
    if named:
        chosen.sort(key=lambda verb: list(named).index(verb.name))
    found: list[Button] = []
    keys: set[str] = set()
    for verb in chosen:
        main = not verb.look.danger and not any(each.main for each in found)
        letters = [word[:1] for word in verb.name.split("_")] + list(verb.name)  # request_changes: c, where r is taken
        key = next((letter for letter in letters if letter.isalpha() and letter not in keys | set("jko")), "")
        keys.add(key)
        found.append(
            Button(verb.name, label_of(verb), verb.look.icon, verb_url(row, verb.name), verb.look.danger, main, key)
        )
    return found


def label_of(verb: Action) -> str:
    """The verb's words; an ellipsis says that it asks for something first."""
    asks = verb.inputs is not None and any(each.is_required() for each in verb.inputs.model_fields.values())
    return f"{verb.look.label.rstrip('…')}…" if asks else verb.look.label


def promise_of(verb: Action | None) -> str:
    """What the verb promises, from its docstring, without what it refuses."""
    said = " ".join((verb.__doc__ or "").split()) if verb else ""
    return said.split("Refuses")[0].strip()


def verb_url(row: models.Model, verb: str) -> str:
    """The address of a verb's dialog about the row as it was shown: what is done to a later version is asked again."""
    url, version = _url(type(row), "verb", row.pk, verb), getattr(row, "version", None)
    return f"{url}?version={version}" if url and version else url


def row_url(row: models.Model) -> str:
    """The address of a row in the admin, or ""."""
    return _url(type(row), "change", row.pk)


def _url(model: type[models.Model], page: str, *arguments: Any) -> str:
    try:
        return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=arguments)
    except NoReverseMatch:
        return ""


def head_of(row: models.Model, resource: type[Resource] | None) -> tuple[str, str, str]:
    """Image, title and sub-title of a row, by the method that the resource's look names."""
    if resource is not None and resource.look.header:
        image, title, subtitle = getattr(row, resource.look.header)()
        return image or "", str(title), subtitle or ""
    return "", str(row), ""


def icon_of(resource: type[Resource]) -> str:
    """What stands where a row has no image: its kind's icon, where the first letter of a reference says nothing."""
    return resource.icon if resource.public_by else ""


def row_cards(
    actor: Actor, rows: QuerySet, verbs: Sequence[str] = (), chips: Callable[[Any], Sequence[str]] | None = None
) -> list[dict[str, Any]]:
    """Rows as a landing page's queue shows them."""
    resource = resource_of(rows.model)
    found = list(rows.fetch_mode(FETCH_PEERS))
    legal = legal_verbs(actor, resource, found) if resource is not None and verbs else {}
    moves = getattr(rows.model, "moves", None)
    cards = []
    for row in found:
        image, title, subtitle = head_of(row, resource)
        cards.append(
            {
                "row": row,
                "image": image,
                "title": title,
                "subtitle": subtitle,
                "link": row_url(row),
                "state": words.state(moves, row) if moves else "",
                "chips": [each for each in (chips(row) if chips else ()) if each],
                "verbs": buttons(row, legal.get(row.pk, ()), named=verbs),
            }
        )
    return cards
