"""How a listing sells: a set of selling modes in one column."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

CONTACT, CHAT, BUY = "contact", "chat", "buy"
MODES = {CONTACT: "Call or WhatsApp", CHAT: "Chat", BUY: "Buy online"}


def check_modes(value: Any) -> None:
    """Model validator: refuses what is not a list of different modes."""
    if not isinstance(value, list) or any(each not in MODES for each in value) or len(set(value)) != len(value):
        raise ValidationError(f"Choose among: {', '.join(MODES)}.", code="modes")


class ModesField(models.JSONField):
    """A list of selling modes; never empty."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", default_modes)
        kwargs.setdefault("validators", [check_modes])
        super().__init__(*args, **kwargs)


def default_modes() -> list[str]:
    return [CONTACT]


def all_modes() -> list[str]:
    return list(MODES)
