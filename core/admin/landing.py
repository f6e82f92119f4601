"""Landing pages: each role's first screen, made of queries; a card's number is the count of the very rows it links to."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from core import context
from core.rules import Actor

CAP = 10_000


@dataclass(frozen=True)
class Card:
    """A number that is a link to the rows behind it.

    `query(actor)` gives the rows; `filters` are the changelist's parameters that show exactly them. Zero shows `done`.
    `note(actor, rows)` adds one line, such as the age of the oldest; `tone` is "", "primary", "success", "warning" or
    "danger" and colours a number above zero.
    """

    label: str
    query: Callable[[Actor], QuerySet]
    filters: Mapping[str, str] = field(default_factory=dict)
    done: str = "Nothing waits."
    icon: str = "inbox"
    tone: str = ""
    note: Callable[[Actor, QuerySet], str] | None = None
    link: Callable[[Actor], str] | None = None

    def count(self, actor: Actor) -> int:
        """How many rows there are."""
        return self.query(actor).count()

    def href(self, actor: Actor) -> str:
        """The address of those rows in the admin."""
        if self.link is not None:
            return self.link(actor)
        return changelist_url(self.query(actor).model, self.filters)

    def draw(self, actor: Actor) -> dict[str, Any]:
        """What the template shows."""
        rows = self.query(actor)
        count = rows.count()
        note = self.note(actor, rows) if self.note and count else ""
        return {
            "label": self.label,
            "count": count,
            "href": self.href(actor),
            "icon": self.icon,
            "done": self.done,
            "note": note,
            "tone": self.tone if count else "success",
        }


@dataclass(frozen=True)
class Panel:
    """A block with a template of its own. `context(actor)` fills it; `wide` takes the whole width; `aside` the right column.

    It stays away from actors for whom `shown` does not hold: to them an empty block would be a wrong answer.
    """

    title: str
    template: str
    context: Callable[[Actor], Mapping[str, Any]]
    icon: str = ""
    wide: bool = True
    aside: bool = False
    shown: Callable[[Actor], bool] = lambda _actor: True

    def draw(self, actor: Actor) -> dict[str, Any]:
        return {
            "panel": self,
            "title": self.title,
            "template": self.template,
            "aside": self.aside,
            **self.context(actor),
        }


@dataclass(frozen=True)
class Queue:
    """A work list: the first rows of a query, each with its header, state and the verbs that are legal now.

    Shows what the resource's changelist shows of a row (image, title, sub-title, age); `chips(row)` adds short words.
    Keys: j and k move, o opens, and each verb's first letter presses its button.
    """

    title: str
    query: Callable[[Actor], QuerySet]
    verbs: tuple[str, ...] = ()
    chips: Callable[[Any], Sequence[str]] | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    done: str = "Nothing waits."
    most: int = 10
    aside: bool = False
    template: str = "soko/queue.html"
    shown: Callable[[Actor], bool] = lambda _actor: True

    def draw(self, actor: Actor) -> dict[str, Any]:
        from core.resources.admin.rows import row_cards  # the engine's admin stands on this module

        rows = self.query(actor)
        return {
            "panel": self,
            "title": self.title,
            "template": self.template,
            "aside": self.aside,
            "done": self.done,
            "rows": row_cards(actor, rows[: self.most], self.verbs, self.chips),
            "more": changelist_url(rows.model, self.filters),
        }


@dataclass(frozen=True)
class Chart:
    """A line or bar chart. `series(actor)` gives {"labels": [...], "datasets": [{"label": ..., "data": [...]}]}.

    The legend tells the sum of each; a dataset may say it in its own words as `sum`, such as an amount of money.
    """

    title: str
    series: Callable[[Actor], Mapping[str, Any]]
    kind: str = "line"
    note: str = ""
    height: int = 220

    def draw(self, actor: Actor) -> dict[str, Any]:
        series = dict(self.series(actor))
        series["datasets"] = [{**_stroke(place), **each} for place, each in enumerate(series["datasets"])]
        total = [{"label": each["label"], "sum": each.pop("sum", sum(each["data"]))} for each in series["datasets"]]
        return {
            "title": self.title,
            "note": self.note,
            "kind": self.kind,
            "height": self.height,
            "data": json.dumps(series),
            "totals": total,
            "template": f"unfold/components/chart/{self.kind}.html",
        }


COLOURS = ("var(--color-primary-600)", "var(--soko-teal)", "var(--color-base-400)", "var(--soko-plum)")


def _stroke(place: int) -> dict[str, Any]:
    colour = COLOURS[place % len(COLOURS)]
    return {"borderColor": colour, "backgroundColor": colour, "borderWidth": 2, "tension": 0.3, "pointRadius": 0}


@dataclass(frozen=True)
class Landing:
    """One role's first screen. `intro(actor)` is the sentence below the title."""

    title: str
    cards: tuple[Card, ...] = ()
    panels: tuple[Panel | Queue, ...] = ()
    charts: tuple[Chart, ...] = ()
    intro: Callable[[Actor], str] | None = None

    def draw(self, actor: Actor) -> dict[str, Any]:
        """Everything the template needs, computed for this actor."""
        panels = [each.draw(actor) for each in self.panels if each.shown(actor)]
        return {
            "landing_title": self.title,
            "intro": self.intro(actor) if self.intro else "",
            "cards": [each.draw(actor) for each in self.cards],
            "charts": [each.draw(actor) for each in self.charts],
            "panels": [each for each in panels if not each["aside"]],
            "asides": [each for each in panels if each["aside"]],
        }


_landings: list[tuple[int, Callable[[Actor], bool], Landing]] = []


def register(landing: Landing, *, when: Callable[[Actor], bool], rank: int = 100) -> Landing:
    """Show the landing to actors for whom `when` holds; of several, the lowest rank wins. Same title replaces."""
    _landings[:] = [each for each in _landings if each[2].title != landing.title]
    _landings.append((rank, when, landing))
    _landings.sort(key=lambda each: each[0])
    return landing


def landings() -> list[Landing]:
    """All registered landings, lowest rank first."""
    return [landing for _rank, _when, landing in _landings]


def landing_of(actor: Actor) -> Landing | None:
    """The landing for this actor, or None: then the page lists what the actor may open."""
    return next((landing for _rank, when, landing in _landings if when(actor)), None)


def changelist_url(model: Any, filters: Mapping[str, str] | None = None) -> str:
    """The address of a model's list in the admin, filtered; "" for a model that the admin does not show."""
    try:
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    except NoReverseMatch:
        return ""
    return f"{url}?{urlencode(filters)}" if filters else url


def per_day(rows: QuerySet, column: str, *, days: int = 30, label: str = "") -> dict[str, Any]:
    """Rows counted by day of a moment column, for a Chart: every one of the last `days` days, zeros included."""
    today = timezone.localdate(context.now())
    first = today - timedelta(days=days - 1)
    found = dict(
        rows.filter(**{f"{column}__date__gte": first})
        .annotate(_day=TruncDate(column))
        .order_by()
        .values("_day")
        .annotate(_n=Count("pk"))
        .values_list("_day", "_n")
    )
    span = [first + timedelta(days=step) for step in range(days)]
    return {
        "labels": [f"{day:%d %b}" for day in span],
        "datasets": [{"label": label or "Count", "data": [found.get(day, 0) for day in span]}],
    }
