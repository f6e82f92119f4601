"""The channels of contact, and the links that open them."""

from urllib.parse import quote

from django.db import models


class Channel(models.TextChoices):
    """How a visitor reaches a vendor outside of the market."""

    CALL = "call", "Call"
    WHATSAPP = "whatsapp", "WhatsApp"


def call_link(number: str) -> str:
    """The link that dials an E.164 number."""
    return f"tel:{number}"


def whatsapp_link(number: str, *, title: str, address: str = "") -> str:
    """The link that opens a WhatsApp chat with a first sentence about the listing."""
    return f"https://wa.me/{number.removeprefix('+')}?text={quote(greeting(title, address=address), safe='')}"


def greeting(title: str, *, address: str = "") -> str:
    """The sentence that is written for the visitor."""
    return f'Hello, is "{title}" still available?{" " + address if address else ""}'
