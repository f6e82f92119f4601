"""Typed readers of the environment: a value that does not fit refuses to start, saying which and why."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

NAME_PART = re.compile(r"[a-z][a-z0-9-]{0,39}")
YES, NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


def text(name: str, default: str = "") -> str:
    """The variable, or the default when it is unset."""
    return os.environ.get(name, default).strip()


def flag(name: str, default: bool = False) -> bool:
    """A yes or no."""
    value = text(name, "1" if default else "0").lower()
    if value in YES or value in NO:
        return value in YES
    raise ImproperlyConfigured(f"{name} must be true or false.")


def number(name: str, default: int, *, least: int | None = None, most: int | None = None) -> int:
    """A whole number within bounds."""
    try:
        found = int(text(name) or default)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number.") from None
    if (least is not None and found < least) or (most is not None and found > most):
        bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise ImproperlyConfigured(f"{name} must be a number {bounds}.")
    return found


def words(name: str, default: str = "", allowed: tuple[str, ...] | None = None) -> list[str]:
    """Texts separated by commas; blanks are dropped."""
    found = [part.strip() for part in text(name, default).split(",") if part.strip()]
    if allowed is not None and not set(found) <= set(allowed):
        raise ImproperlyConfigured(f"{name} may only name {', '.join(allowed)}.")
    return found


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """One of a few words."""
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}.")
    return value


def name_part(name: str, default: str) -> str:
    """The beginning of names in another system: lower case, digits and hyphens."""
    value = text(name, default)
    if not NAME_PART.fullmatch(value):
        raise ImproperlyConfigured(f"{name} must be up to 40 lower-case letters, digits and hyphens, a letter first.")
    return value


def address(name: str) -> str:
    """A secret that is empty or the http or https address of a server; what it is, nobody is told."""
    value = secret(name).rstrip("/")
    try:
        parts = urlsplit(value)
        fits = not value or (parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        fits = False
    if not fits:
        raise ImproperlyConfigured(f"{name} must be an address, such as http://host:9200.")
    return value


def secret(name: str, default: str = "") -> str:
    """The variable, or the first line of the file that `<name>_FILE` names, as containers hand secrets over."""
    place = text(f"{name}_FILE")
    if not place:
        return text(name, default)
    try:
        return Path(place).read_text().splitlines()[0].strip()
    except (OSError, IndexError):
        raise ImproperlyConfigured(f"{name}_FILE names a file that cannot be read.") from None


def origins(address: str) -> list[str]:
    """The origin of an address, as a policy names it; nothing where it is of this site, or not said."""
    parts = urlsplit(address)
    return [f"{parts.scheme}://{parts.netloc}"] if parts.scheme and parts.netloc else []
