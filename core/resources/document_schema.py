"""The JSON Schema of a typed document, from its definitions."""

from collections.abc import Iterable
from typing import Any

from core.resources import patterns
from core.resources.definitions import CHOOSING, MEASURED, TEXT_LIMIT, Definition, Kind
from core.resources.document_conditions import schema_rules
from core.resources.kinds import amounts, colours, locations, ranges
from core.resources.kinds.numbers import whole_if_whole

SHAPED = {
    Kind.MONEY: amounts.property_of,
    Kind.RANGE: ranges.property_of,
    Kind.COLOUR: colours.property_of,
    Kind.LOCATION: locations.property_of,
}


def schema_of(definitions: tuple[Definition, ...]) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a complete document."""
    rules = schema_rules(definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {each.code: property_of(each) for each in definitions},
        "required": [each.code for each in definitions if each.required and each.shown_if is None],
        "additionalProperties": False,
        **({"allOf": rules} if rules else {}),
        **({"x-groups": groups} if (groups := groups_of(definitions)) else {}),
    }


def groups_of(definitions: Iterable[Definition]) -> list[str]:
    """The headings of some definitions, in their order."""
    ordered = sorted(definitions, key=lambda each: (each.group_position, each.group))
    return list(dict.fromkeys(each.group for each in ordered if each.group))


def property_of(definition: Definition) -> dict[str, Any]:
    """The schema of one value, with its words and unit."""
    found: dict[str, Any] = {"title": definition.label}
    if definition.group:
        found["x-group"] = definition.group
    if definition.help:
        found["description"] = definition.help
    if definition.unit and definition.kind in MEASURED:
        found["x-unit"] = definition.unit
    if definition.kind in SHAPED:
        return found | SHAPED[definition.kind](definition)
    codes = [each.code for each in definition.open_options]
    match definition.kind:
        case Kind.TEXT:
            found |= {"type": "string", "minLength": 1, "maxLength": TEXT_LIMIT}
            found |= {"pattern": patterns.read(definition.pattern).source} if definition.pattern else {}
        case Kind.NUMBER:
            found["type"] = "integer" if definition.is_integer else "number"
            found |= {} if definition.minimum is None else {"minimum": whole_if_whole(definition.minimum)}
            found |= {} if definition.maximum is None else {"maximum": whole_if_whole(definition.maximum)}
        case Kind.CHOICE:
            found |= {"type": "string", "enum": codes}
        case Kind.MULTI_CHOICE:
            found |= {"type": "array", "items": {"type": "string", "enum": codes}, "uniqueItems": True, "minItems": 1}
        case Kind.BOOLEAN:
            found["type"] = "boolean"
        case Kind.DATE:
            found |= {"type": "string", "format": "date"}
    if definition.kind in CHOOSING:
        found["x-labels"] = {each.code: each.label for each in definition.open_options}
    return found
