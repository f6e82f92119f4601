"""The sidebar: groups of the declared resources in the order of the trade, each shown only to those who may see something of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from core.admin.actors import admin_actor
from core.rules import Actor, policy_of

ORDER = ("Moderation", "Catalogue", "Search", "Vendors", "Leads", "Orders", "Money", "Growth", "People", "Platform")
MOST = 99


@dataclass(frozen=True)
class Place:
    """One more line of the sidebar, beside the declared resources: a filtered list or a page of its own.

    `link` is a path or a URL name; `shown(actor)` decides who has it; `open_work(actor)` gives the rows its badge counts.
    """

    group: str
    title: str
    link: str | Callable[[], str]
    icon: str
    shown: Callable[[Actor], bool]
    open_work: Callable[[Actor], QuerySet] | None = None
    rank: int = 50


@dataclass(frozen=True)
class Standing:
    """Where a model's own line stands in its group, and who has it: everybody who may see rows of it, unless it is said."""

    rank: int = 50
    shown: Callable[[Actor], bool] | None = None


_places: list[Place] = []
_standings: dict[type, Standing] = {}
_open_work: dict[type, Callable[[Actor], QuerySet]] = {}


def add_place(place: Place) -> Place:
    """Add a line to the sidebar; one of the same group and title is replaced."""
    _places[:] = [each for each in _places if (each.group, each.title) != (place.group, place.title)]
    _places.append(place)
    return place


def badge(model: type, rows: Callable[[Actor], QuerySet]) -> None:
    """Count these rows on the model's line: work that waits for this actor. Start from scope()."""
    _open_work[model] = rows


def arrange(model: type, *, rank: int = 50, shown: Callable[[Actor], bool] | None = None) -> None:
    """Say where a model's line stands, and for whom: lists that another screen leads to are only in the way here."""
    _standings[model] = Standing(rank, shown)


def list_of(site: Any, model: Any) -> tuple[str, str]:
    """What the list of a model is called, and where it is."""
    title = str(model._meta.verbose_name_plural)
    link = reverse(f"{site.name}:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return title[:1].upper() + title[1:], link


def groups(site: Any, request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's navigation for this request; built once, for it counts."""
    known = getattr(request, "_sidebar", None)
    if known is None:
        known = _groups(site, request)
        request._sidebar = known  # type: ignore[attr-defined]
    return known


def _groups(site: Any, request: HttpRequest) -> list[dict[str, Any]]:
    actor = admin_actor(request)
    lines: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for model, admin in site._registry.items():
        resource = admin.resource
        if resource is None or not resource.group or getattr(resource, "child", False):
            continue
        if not policy_of(model).may_ever(actor, "view") or not admin.in_sidebar(actor):
            continue
        standing = _standings.get(model, Standing())
        if standing.shown is not None and not standing.shown(actor):
            continue
        line = _line(request, *list_of(site, model), resource.icon, _count(_open_work.get(model), actor))
        lines.setdefault(resource.group, []).append((standing.rank, line))
    for place in _places:
        if place.shown(actor):
            line = _line(
                request,
                place.title,
                _address(place.link),
                place.icon,
                _count(place.open_work, actor),
                exact="?" in _address(place.link),
            )
            lines.setdefault(place.group, []).append((place.rank, line))
    today = _line(request, "Today", reverse(f"{site.name}:index"), "wb_sunny", 0)
    ranked = sorted(lines, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
    found: list[dict[str, Any]] = [{"title": "", "items": [today]}]
    found += [
        {
            "title": name,
            "separator": False,
            "items": [line for _rank, line in sorted(lines[name], key=lambda each: each[0])],
        }
        for name in ranked
    ]
    _one_active(found)
    return found


def _line(
    request: HttpRequest, title: str, link: str, icon: str, open_work: int, *, exact: bool = False
) -> dict[str, Any]:
    here = (
        request.get_full_path() == link
        if exact
        else request.path == link or (request.path.startswith(link) and link.count("/") > 2)
    )
    line: dict[str, Any] = {"title": title, "link": link, "icon": icon, "active": here, "has_permission": True}
    if open_work:
        line |= {"badge": f"{MOST}+" if open_work > MOST else str(open_work), "badge_variant": "primary"}
    return line


def _one_active(found: list[dict[str, Any]]) -> None:
    """Only the most exact line is lit."""
    lit = [item for group in found for item in group["items"] if item["active"]]
    for item in sorted(lit, key=lambda each: len(each["link"]))[:-1]:
        item["active"] = False


def _count(rows: Callable[[Actor], QuerySet] | None, actor: Actor) -> int:
    return rows(actor)[: MOST + 1].count() if rows is not None else 0


def _address(link: str | Callable[[], str]) -> str:
    if callable(link):
        return link()
    try:
        return reverse(link)
    except NoReverseMatch:
        return link
