"""How values read in the admin: moments by their age, states as coloured words, money with its currency."""

from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models.fields.files import FieldFile
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from core import context
from core.money import Money
from core.states import Moves

STEPS = (
    (60, 1, "s"),
    (3_600, 60, "min"),
    (86_400, 3_600, "h"),
    (86_400 * 60, 86_400, "d"),
    (86_400 * 730, 86_400 * 30, "mo"),
)
EMPTY = "–"
LONG = 90


def age(moment: datetime) -> str:
    """How long ago, shortly: "3 h", "12 min", "5 d"; a moment to come reads the same."""
    seconds = abs(int((context.now() - moment).total_seconds()))
    for below, unit, word in STEPS:
        if seconds < below:
            return f"{max(seconds // unit, 1)} {word}"
    return f"{seconds // (86_400 * 365)} y"


def ago(moment: datetime | None) -> SafeString | str:
    """ "3 h ago" with the exact moment on hover."""
    if moment is None:
        return EMPTY
    words = f"in {age(moment)}" if moment > context.now() else f"{age(moment)} ago"
    return format_html(
        '<time class="soko-nowrap" datetime="{}" title="{}">{}</time>', moment.isoformat(), exact(moment), words
    )


def exact(moment: datetime) -> str:
    """The moment in full, in the time zone of the reader."""
    return f"{timezone.localtime(moment):%d %b %Y %H:%M:%S %Z}"


def state(moves: Moves, row: models.Model) -> SafeString:
    """The state of a row as a coloured word with its age."""
    value = getattr(row, moves.column)
    return badge(moves.label(value), moves.tones.get(value, ""), getattr(row, f"{moves.column}_since", None))


def badge(label: str, tone: str, since: datetime | None = None) -> SafeString:
    """A coloured word, with its age where one is given."""
    tail = format_html(' <span class="soko-age" title="{}">{}</span>', exact(since), age(since)) if since else ""
    return format_html(
        '<span class="soko-nowrap"><span class="soko-state tone-{}">{}</span>{}</span>', tone, label, tail
    )


def unbroken(text: str) -> SafeString:
    """A reference, in one piece on one line."""
    return format_html('<span class="soko-nowrap">{}</span>', text)


def by(name: str) -> str:
    """Who did it: a person by name, the platform as Soko with its reason."""
    why = name.removeprefix("system: ")
    return name if why == name else f"Soko ({why})"


def stacked(title: Any, below: Any = "") -> SafeString:
    """Two lines of a cell: what counts, and in small what explains it."""
    small = format_html("<small>{}</small>", below) if below else ""
    return format_html('<span class="soko-stacked"><b>{}</b>{}</span>', title, small)


def head(image: str, title: str, subtitle: str = "", *, large: bool = False, icon: str = "") -> SafeString:
    """Image, title and sub-title; without an image the icon, and without one the first letter."""
    title = str(title) or "Untitled"
    if image:
        picture = format_html('<img class="soko-thumb" src="{}" alt="" loading="lazy">', image)
    else:
        kind = "material-symbols-outlined is-icon" if icon else "is-letter"
        picture = format_html('<span class="soko-thumb {}" aria-hidden="true">{}</span>', kind, icon or title[:1])
    below = format_html("<small>{}</small>", subtitle) if subtitle else ""
    return format_html(
        '<span class="soko-head{}">{}<span><b>{}</b>{}</span></span>',
        " is-large" if large else "",
        picture,
        title,
        below,
    )


def show(value: Any, *, whole: bool = False) -> Any:
    """Any value as people read it; long texts are cut unless `whole`."""
    if value is None or value == "" or value == {} or value == []:
        return EMPTY
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, Money):
        return format_html('<span class="soko-money">{}</span>', str(value))
    if isinstance(value, datetime):
        return ago(value)
    if isinstance(value, date):
        return date_format(value, "j M Y")
    if isinstance(value, FieldFile):
        return (value.name or "").rsplit("/", 1)[-1]
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, dict):
        return "; ".join(f"{key}: {show(each)}" for key, each in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(str(show(each)) for each in value)
    text = str(value)
    return text if whole or len(text) <= LONG else format_html('<span title="{}">{}…</span>', text, text[: LONG - 1])


def pictures(addresses: list[str]) -> Any:
    """Small pictures, side by side; nothing where there are none."""
    drawn = format_html_join(
        "", '<img class="soko-picture" src="{}" alt="" loading="lazy">', ((each,) for each in addresses)
    )
    return format_html('<span class="soko-pictures">{}</span>', drawn) if addresses else EMPTY
