"""Tags of our admin templates: numbers with thousands, the head of a row, a verb's button, a moment's age."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.admin import words

register = template.Library()


@register.filter
def thousands(value: Any) -> str:
    """12400 reads 12,400."""
    return f"{value:,}" if isinstance(value, int | float) else str(value)


@register.filter
def ago(moment: Any) -> Any:
    """A moment by its age, exact on hover."""
    return words.ago(moment) if moment else words.EMPTY


@register.filter
def show(value: Any) -> Any:
    """Any value as people read it."""
    return words.show(value, whole=True)


@register.simple_tag
def row_head(row: Any, large: bool = False) -> SafeString:
    """Image, title, sub-title of a row card."""
    return words.head(row["image"], row["title"], row["subtitle"], large=large, icon=row.get("icon", ""))


@register.simple_tag
def verb_button(verb: Any) -> SafeString:
    """A button that opens a verb's dialog. Opening changes nothing: the dialog's own button posts."""
    tone = " is-danger" if verb.danger else " is-main" if verb.main else ""
    icon = (
        format_html('<span class="material-symbols-outlined" aria-hidden="true">{}</span>', verb.icon)
        if verb.icon
        else ""
    )
    key = format_html(' data-soko-key="{}"', verb.key) if verb.key else ""
    return format_html(
        '<a class="soko-button{}" role="button" href="{}" hx-get="{}" hx-target="#modal-content" hx-select="#dialog"'
        ' x-on:htmx:after-on-load="openModal = true" data-soko-verb="{}"{}>{}{}</a>',
        tone,
        verb.url,
        verb.url,
        verb.name,
        key,
        icon,
        verb.label,
    )


@register.simple_tag
def head_parts(image: str, title: str, subtitle: str = "", icon: str = "") -> SafeString:
    """Image, title, sub-title, each given."""
    return words.head(image, title, subtitle, icon=icon)


@register.filter
def wordlist(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


@register.filter
def more_than(count: int, sample: Any) -> int:
    """How many more there are than are shown."""
    return count - len(sample)


@register.filter(name="words")
def as_words(code: str) -> str:
    """changes_requested reads Changes requested."""
    return code.replace("_", " ").capitalize()
