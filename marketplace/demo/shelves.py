"""Categories and attributes laid out from the fixtures, in bulk, through the operations that the admin uses."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.actions import Outcome
from core.resources import operations
from core.resources.declaration import Resource
from core.rules import Actor
from marketplace.catalog.models import Attribute, Category
from marketplace.catalog.resources import Attributes, Categories, CategoryAttributes, Options
from marketplace.demo import shipped


@dataclass(frozen=True)
class Shelf:
    """A category of the fixture: where it stands, and how deep."""

    depth: int
    parent: str
    position: int
    said: Mapping[str, Any]


def tree(said: Sequence[Mapping[str, Any]], parent: str = "", depth: int = 0) -> Iterator[Shelf]:
    """Every category of the fixture, those above first."""
    for position, each in enumerate(said, start=1):
        yield Shelf(depth, parent, position, each)
        yield from tree(each.get("children", ()), each["slug"], depth + 1)


def lay_out(*, by: Actor) -> int:
    """Make the whole tree with its attributes; returns how many categories. Refuses what the operations refuse."""
    shelves = list(tree(shipped.document("020_categories.json")))
    keys: dict[str, int] = {}
    for depth in range(max(shelf.depth for shelf in shelves) + 1):
        level = [shelf for shelf in shelves if shelf.depth == depth]
        make(
            Categories,
            [
                {
                    "name": shelf.said["name"],
                    "slug": shelf.said["slug"],
                    "icon": shelf.said["icon"],
                    "modes": shelf.said["modes"],
                    "description": shelf.said.get("description", ""),
                    "parent": keys.get(shelf.parent),
                    "position": shelf.position,
                }
                for shelf in level
            ],
            by=by,
        )
        keys |= dict(Category.objects.values_list("slug", "pk"))
    _define(keys, by=by)
    return len(shelves)


def _define(categories: Mapping[str, int], *, by: Actor) -> None:
    said = shipped.document("030_attributes.json")
    make(
        Attributes,
        [
            {
                "code": each["code"],
                "label": each["label"],
                "kind": each["kind"],
                "unit": each.get("unit", ""),
                "help": each.get("help", ""),
                "minimum": each.get("minimum"),
                "maximum": each.get("maximum"),
                "is_integer": each.get("whole", False),
            }
            for each in said
        ],
        by=by,
    )
    keys = dict(Attribute.objects.values_list("code", "pk"))
    make(
        Options,
        [
            {"attribute": keys[each["code"]], "code": code, "label": label, "position": position}
            for each in said
            for position, (code, label) in enumerate(each.get("options", {}).items(), start=1)
        ],
        by=by,
    )
    placed = list(_placed(said, keys, categories))
    make(CategoryAttributes, [each for each in placed if "shown_if" not in each], by=by)
    make(CategoryAttributes, [each for each in placed if "shown_if" in each], by=by)  # what they wait for is there now


def _placed(
    said: Sequence[Mapping[str, Any]], attributes: Mapping[str, int], categories: Mapping[str, int]
) -> Iterator[dict[str, Any]]:
    """Each attribute in each of its categories; required nearer by, where the fixture says so."""
    for position, each in enumerate(said, start=1):
        required = set(each.get("required_in", ()))
        for slug in dict.fromkeys([*each["categories"], *each.get("required_in", ())]):
            yield {
                "category": categories[slug],
                "attribute": attributes[each["code"]],
                "is_required": slug in required,
                "is_filterable": each.get("filter", True),
                "is_facet": each.get("facet", False),
                "position": position,
                "visibility": each.get("visibility", "public"),
                **_condition(each, attributes),
            }


def _condition(said: Mapping[str, Any], attributes: Mapping[str, int]) -> dict[str, Any]:
    """When it is asked for, where the fixture says so: {"fuel": "electric, hybrid"}."""
    return {
        name: value
        for code, values in said.get("shown_if", {}).items()
        for name, value in (("shown_if", attributes[code]), ("shown_if_values", values))
    }


def make(resource: type[Resource], many: Sequence[Mapping[str, Any]], *, by: Actor) -> list[int]:
    """Create rows in bulk; the first that is refused is raised, for a fixture is right or it is mended."""
    keys = []
    for answer in operations.create_many(resource, many, by=by, reason="demo market"):
        if not isinstance(answer, Outcome):
            raise answer
        keys.append(answer.pk)
    return keys
