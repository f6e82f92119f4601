"""What a category may narrow of an attribute that holds there already: bounds, options and whether it is required; never the other way."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.resources.definitions import BOUNDED, CHOOSING, FACETS, Definition, Kind

#: What a category says of an attribute besides what it must hold.
SAID = (
    "is_filterable", "is_facet", "facet_kind", "is_searchable", "group", "position", "visibility", "shown_if", "shown_if_values",
)  # fmt: skip


def narrowed(above: Definition | None, here: Definition) -> Definition:
    """A definition as it holds here, where another holds above: the tighter bounds, the options of both, required if either is."""
    if above is None:
        return here
    open_above = {each.code for each in above.options if not each.is_archived}
    whole = replace(
        here,
        minimum=_tighter(max, above.minimum, here.minimum),
        maximum=_tighter(min, above.maximum, here.maximum),
        required=above.required or here.required,
        options=tuple(
            each if each.is_archived or each.code in open_above else replace(each, is_archived=True)
            for each in here.options
        ),
    )
    return replace(whole, is_narrowed=_held(whole) != _held(above))


def _held(definition: Definition) -> tuple[Any, ...]:
    return definition.minimum, definition.maximum, definition.required, definition.open_options


def of_link(link: Any, definition: Definition) -> Definition:
    """An attribute as one category asks for it. Options that are not offered there read as archived ones: who has them keeps them."""
    only = set(link.option_codes)
    attribute = link.attribute
    return replace(
        definition,
        minimum=_tighter(max, definition.minimum, attribute.bound(link.minimum)),
        maximum=_tighter(min, definition.maximum, attribute.bound(link.maximum)),
        options=tuple(
            replace(each, is_archived=True) if only and each.code not in only else each for each in definition.options
        ),
    )


def offered(link: Any, definition: Definition) -> Definition:
    """An attribute as one category asks for it, without the options that it offers no more: who has one does not fit."""
    known = {each.code for each in definition.open_options}
    here = of_link(link, definition)
    return replace(here, options=tuple(each for each in here.options if not (each.is_archived and each.code in known)))


def like_above(link: Any) -> Any:
    """A category's own say in an attribute, where it had none: as the nearest above asks for it."""
    above = next(iter(_above(link)), None)
    if above is not None:
        for name in ("is_required", *SAID):
            setattr(link, name, getattr(above, name))
    return link


def _tighter(choose: Any, one: float | None, other: float | None) -> float | None:
    known = [each for each in (one, other) if each is not None]
    return choose(known) if known else None


def faults_of(link: Any) -> dict[str, str]:
    """What is wrong with how a category asks for an attribute, by field: what would widen, what its kind has not."""
    attribute = link.attribute
    kind = Kind(attribute.kind)
    faults: dict[str, str] = {}
    if link.facet_kind and link.facet_kind not in FACETS.get(kind, ()):
        known = " or ".join(FACETS.get(kind, ())) or "not at all"
        faults["facet_kind"] = f"This kind is counted as {known}."
    elif link.facet_kind == "histogram" and kind in BOUNDED and None in (attribute.index_low, attribute.index_high):
        faults["facet_kind"] = "Bars need an attribute that had both bounds from its first day."
    if kind not in BOUNDED:
        faults |= {
            name: "Only numbers, ranges and money have this."
            for name in ("minimum", "maximum")
            if getattr(link, name) is not None
        }
    if kind not in CHOOSING and link.only_options:
        faults["only_options"] = "Only choices have this."
    return faults or _widened(link, _above(link))


def _above(link: Any) -> Sequence[Any]:
    """How the categories above ask for the same attribute, the nearest first."""
    tree = type(link.category).objects
    path = list(tree.ancestors(link.category_id, include_self=True).values_list("pk", flat=True))[:-1]
    held = {
        each.category_id: each
        for each in type(link).objects.filter(category__in=path, attribute=link.attribute_id, is_hidden=False)
    }
    return [held[key] for key in reversed(path) if key in held]


def _widened(link: Any, above: Sequence[Any]) -> dict[str, str]:
    faults: dict[str, str] = {}
    for name, choose, word in (("minimum", max, "least"), ("maximum", min, "most")):
        wanted = getattr(link, name)
        bounds = [
            (getattr(link.attribute, name), "everywhere"),
            *((getattr(each, name), f"in {each.category}") for each in above),
        ]
        known = [each for each in bounds if each[0] is not None]
        if wanted is None or not known:
            continue
        held, where = choose(known, key=lambda each: each[0])
        if choose(wanted, held) != wanted:
            faults[name] = f"The {word} is {held:g} {where}: it can only be narrowed here."
    if link.minimum is not None and link.maximum is not None and link.minimum > link.maximum:
        faults["minimum"] = "The least must not be above the most."
    required = next((each for each in above if each.is_required), None)
    if required is not None and not link.is_required and not link.is_hidden:
        faults["is_required"] = f"It is required in {required.category}, and so in all below."
    known_codes = set(link.attribute.options.values_list("code", flat=True)) if link.option_codes else set()
    unknown = [each for each in link.option_codes if each not in known_codes]
    cut = next((each for each in above if each.option_codes and set(link.option_codes) - set(each.option_codes)), None)
    if unknown:
        faults["only_options"] = f"{link.attribute.label} has no option {', '.join(unknown[:5])}."
    elif link.option_codes and cut is not None:
        more = sorted(set(link.option_codes) - set(cut.option_codes))
        faults["only_options"] = f"Not offered in {cut.category}: {', '.join(more[:5])}."
    return faults
