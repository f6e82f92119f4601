"""How values of a typed document hang together: what is asked for only with another, and options that follow from another."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.resources.definitions import Definition, Option
from core.resources.document_values import Fault, shown_text


def misfits(
    definitions: Sequence[Definition], document: Mapping[str, Any], former: Mapping[str, Any]
) -> Iterator[tuple[str, Fault]]:
    """Each choice with an option that is not offered with what else is chosen. What was so before, untouched, may stay."""
    known = {each.code: each for each in definitions}
    for definition in definitions:
        other = known.get(definition.depends_on)
        chosen = document.get(definition.code)
        if other is None or chosen is None:
            continue
        if all(document.get(each.code) == former.get(each.code) for each in (definition, other)):
            continue
        for code in chosen if isinstance(chosen, list) else [chosen]:
            option = definition.option(code)
            if option is not None and not offered(option, document.get(other.code)):
                yield definition.code, _fault(option, other, document.get(other.code))
                break


def offered(option: Option, other: Any) -> bool:
    """Is the option offered where the choice that it depends on holds this?"""
    return not option.under or option.under in (other if isinstance(other, list) else [other])


def _fault(option: Option, other: Definition, held: Any) -> Fault:
    if held is None:
        return Fault("option", f"Say the {other.label.lower()} first.")
    return Fault("option", f"{option.label} is not offered with {other.label.lower()} {shown_text(other, held)}.")


def why_unasked(definitions: Mapping[str, Definition], definition: Definition) -> str:
    """The sentence for a value that is sent although it is not asked for."""
    condition = definition.shown_if
    other = definitions.get(condition.code) if condition is not None else None
    if condition is None or other is None:
        return "This is not asked for here."
    words = [_word(other, each) for each in condition.values]
    return f"Only asked for where {other.label.lower()} is {' or '.join(words) or 'said'}."


def _word(other: Definition, value: str) -> str:
    option = other.option(value)
    return option.label if option is not None else {"true": "yes", "false": "no"}.get(value, value)


def schema_rules(definitions: Sequence[Definition]) -> list[dict[str, Any]]:
    """The same as JSON Schema says it: an `if` for each condition, and for each option that others follow from."""
    known = {each.code: each for each in definitions}
    rules: list[dict[str, Any]] = []
    for each in definitions:
        if each.shown_if is not None and each.shown_if.code in known:
            rule: dict[str, Any] = {"if": _where(known[each.shown_if.code], each.shown_if.values)}
            rule |= {"then": {"required": [each.code]}} if each.required else {}
            rules.append(rule | {"else": {"properties": {each.code: False}}})
        if each.depends_on in known:
            rules += _follow(each, known[each.depends_on])
    return rules


def _where(other: Definition, values: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"required": [other.code]}
    if values:
        named: dict[str, Any] = {"enum": [{"true": True, "false": False}.get(each, each) for each in values]}
        held = {"contains": named} if other.kind == "multi_choice" else named
        found["properties"] = {other.code: held}
    return found


def _follow(definition: Definition, other: Definition) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = []
    if not any(each.under for each in definition.options):
        return rules
    for option in other.open_options:
        codes = [each.code for each in definition.open_options if each.under in ("", option.code)]
        rules.append(_with(definition, _where(other, [option.code]), codes))
    free = [each.code for each in definition.open_options if not each.under]
    rules.append(_with(definition, {"not": {"required": [other.code]}}, free))
    return rules


def _with(definition: Definition, condition: dict[str, Any], codes: list[str]) -> dict[str, Any]:
    named: dict[str, Any] = {"enum": codes} if codes else {"not": {}}
    held = {"items": named} if definition.kind == "multi_choice" else named
    return {"if": condition, "then": {"properties": {definition.code: held}}}
