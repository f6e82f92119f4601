"""The contact log in the admin: a chart of the last days above the list, channels as icons, each class with its rule on hover."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.admin.landing import Chart
from core.admin.site import site
from core.resources.admin import admin_of
from core.rules import Actor
from marketplace.contacts.channels import Channel
from marketplace.contacts.classes import Klass
from marketplace.contacts.models import ContactClick
from marketplace.contacts.queries import per_day_by_channel
from marketplace.contacts.resources import ContactClicks

DAYS = 30
ICONS = {Channel.CALL: "call", Channel.WHATSAPP: "chat"}
TONES = {
    Klass.VALID: "success",
    Klass.OWN: "info",
    Klass.REPEAT: "info",
    Klass.BOT: "warning",
    Klass.RATE_LIMITED: "warning",
}


def channel(click: ContactClick) -> SafeString:
    """The channel as icon and word."""
    icon = ICONS[Channel(click.channel)]
    return format_html(
        '<span class="soko-nowrap"><span class="material-symbols-outlined" aria-hidden="true">{}</span> {}</span>',
        icon, click.get_channel_display(),
    )  # fmt: skip


def klass(click: ContactClick) -> SafeString:
    """The class as a coloured word; the rule that gave it on hover."""
    tone = TONES[Klass(click.klass)]
    return format_html(
        '<span class="soko-state tone-{}" title="{}">{}</span>',
        tone,
        click.get_rule_display(),
        click.get_klass_display(),
    )


DRAWN: dict[str, Callable[[ContactClick], SafeString]] = {"channel": channel, "klass": klass}


def series(actor: Actor) -> dict[str, Any]:
    """Valid contacts of the last days by channel, for a chart."""
    days, by_channel = per_day_by_channel(actor, days=DAYS)
    datasets = [{"label": Channel(name).label, "data": counts} for name, counts in by_channel.items()]
    return {"labels": [f"{day:%d %b}" for day in days], "datasets": datasets}


CHART = Chart(
    "Valid contacts per day",
    series,
    note="Repeats, bots and a vendor's own clicks are in the list and not in the chart.",
)


class ContactClickAdmin(admin_of(ContactClicks)):  # type: ignore[misc]
    """The generated log, with a chart above it."""

    change_list_template = "contacts/change_list.html"

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The declared columns, channel and class drawn."""
        return [self._drawn(display) for display in super().get_list_display(request)]

    @staticmethod
    def _drawn(display: Any) -> Any:
        draw = DRAWN.get(display.__name__)
        if draw is None:
            return display

        def drawn(row: ContactClick) -> SafeString:
            return draw(row)

        drawn.__name__, drawn.short_description = display.__name__, display.short_description  # type: ignore[attr-defined]
        return drawn

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, with the chart of what the actor may see."""
        return super().changelist_view(request, {"chart": CHART.draw(self.actor(request)), **(extra_context or {})})


site.register(ContactClick, ContactClickAdmin)
