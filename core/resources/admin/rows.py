"""Rows as the admin shows them: their head, their state, and the verbs that are legal now for this actor."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import FETCH_PEERS, Q, QuerySet
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

    Costs one query per distinct rule, none for rules without a condition, however many the rows.
    """
    found: dict[Any, list[Action]] = {row.pk: [] for row in rows}
    policy, moves = policy_of(resource.model), getattr(resource.model, "moves", None)
    in_table = {verb for _source, verb, _target in moves.table} if moves else set()

    def is_legal(row: models.Model, verb: str) -> bool:
        return moves is None or verb not in in_table or moves.target(getattr(row, moves.column), verb) is not None

    reached: list[tuple[Q, set[Any]]] = []
    for verb in resource.verbs_of(actor.audience):
        if verb.model is not resource.model:
            continue
        legal = [row for row in rows if is_legal(row, verb.name) and (verb.look.when is None or verb.look.when(row))]
        q = policy.q(actor, verb.name)
        if not legal or q == NO_ROWS:
            continue
        keys = next((keys for known, keys in reached if known == q), None)
        if keys is None:
            every = {row.pk for row in rows}
            keys = (
                every
                if q == Q()
                else set(resource.model._default_manager.filter(q, pk__in=every).values_list("pk", flat=True))
            )
            reached.append((q, keys))
        for row in legal:
            if row.pk in keys:
                found[row.pk].append(verb)
    return found


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
