"""The look of the admin: our name, mark, colours and type, as Unfold's settings."""

from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.utils.functional import lazy

from core import env

NAME = env.text("SOKO_NAME", "Soko")
_static = lazy(static, str)

# Ripe clay: the red earth of a market square. 600 on white is 5.4:1, 500 on the dark ground 5.6:1.
CLAY = {
    "50": "#fdf5f0",
    "100": "#fae8dd",
    "200": "#f4ceb9",
    "300": "#ecac8b",
    "400": "#e2835a",
    "500": "#d9653a",
    "600": "#b8481f",
    "700": "#98391a",
    "800": "#7b301a",
    "900": "#652a19",
    "950": "#37130a",
}
# Warm greys, so that paper and night are of one family with the clay.
SAND = {
    "50": "#faf8f5",
    "100": "#f3f0eb",
    "200": "#e7e1d9",
    "300": "#d4ccc1",
    "400": "#a69c8f",
    "500": "#766d62",
    "600": "#5a5249",
    "700": "#453f38",
    "800": "#2e2a25",
    "900": "#1e1b18",
    "950": "#141210",
}


def environment(_request: Any) -> list[str] | None:
    """The label beside the account, so that nobody mistakes the demo for the market."""
    return ["Demo", "warning"] if getattr(settings, "DEMO", False) else None


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": NAME,
    "SITE_HEADER": NAME,
    "SITE_SUBHEADER": "The market's desk",
    "SITE_URL": None,
    "SITE_ICON": _static("soko/mark.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _static("soko/mark.svg")}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "8px",
    "COLORS": {
        "base": SAND,
        "primary": CLAY,
        "font": {
            "subtle-light": "var(--color-base-500)",
            "subtle-dark": "var(--color-base-400)",
            "default-light": "var(--color-base-700)",
            "default-dark": "var(--color-base-300)",
            "important-light": "var(--color-base-900)",
            "important-dark": "var(--color-base-100)",
        },
    },
    "STYLES": [_static("soko/admin.css")],
    "SCRIPTS": [_static("soko/admin.js"), _static("soko/attributes.js")],
    "ENVIRONMENT": environment,
    "LOGIN": {"image": _static("soko/market.svg"), "redirect_after": None},
    "SIDEBAR": {"show_search": True, "show_all_applications": False, "navigation": []},
    "COMMAND": {"search_models": False, "show_history": False},
}
