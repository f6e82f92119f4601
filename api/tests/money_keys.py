"""Keys in the bodies of the money matrix: whose are sent, and keys that no row has."""

import re
from collections.abc import Iterator
from typing import Any

from api.tests.money_cells import BODIES, Cell, Of, Side
from core import references

NEVER = 2_147_483_600


def filled(cell: Cell, side: Side, audience: str, instead: dict[str, Any] | None = None) -> Any:
    """The body of a cell with the keys of one side, but for those named in `instead`."""

    def fill(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {each: fill(inner, each) for each, inner in value.items()}
        if isinstance(value, list):
            return [fill(each, name) for each in value]
        if isinstance(value, Of):
            return (instead or {}).get(name) or (side.ids(value.resource, audience) or [NEVER])[0]
        return value

    return fill(BODIES[cell.name]) if cell.name in BODIES else ({} if cell.schema is not None else None)


def missing(key: int | str) -> int | str:
    """A key of the same shape that no row has."""
    if isinstance(key, int):
        return NEVER
    return re.sub(r"(?<=-)[0-9A-Z]{4}(?=-|$)", "0000", key) if re.fullmatch(references.PATTERN, key) else "NO-SUCH-CODE"


def keys_in(body: Any, name: str = "") -> Iterator[tuple[str, Of]]:
    if isinstance(body, Of):
        yield name, body
    for each, inner in (
        body.items() if isinstance(body, dict) else [(name, one) for one in body] if isinstance(body, list) else []
    ):
        yield from keys_in(inner, each)


def values_in(body: Any) -> Iterator[Any]:
    if isinstance(body, (dict, list)):
        for each in body.values() if isinstance(body, dict) else body:
            yield from values_in(each)
    elif body is not None:
        yield body
