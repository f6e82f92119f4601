"""The category tree with what each category defines, read whole and kept for as long as the document stamp stands."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from core.audiences import ALL, NOBODY, OPERATIONS, VENDOR
from core.resources import documents
from core.resources.definitions import Condition, Definition, Kind
from core.resources.definitions import Option as Choice
from core.resources.types import key_of
from marketplace.catalog.models.attributes import Attribute, Option
from marketplace.catalog.models.categories import Category
from marketplace.catalog.models.placements import CategoryAttribute, Visibility
from marketplace.catalog.narrowing import narrowed, of_link

READERS = {
    Visibility.PUBLIC.value: ALL,
    Visibility.VENDOR.value: VENDOR | OPERATIONS,
    Visibility.STAFF.value: OPERATIONS,
}


@dataclass(frozen=True)
class Shelf:
    """One category in the tree."""

    key: int
    parent: int | None
    name: str
    slug: str
    position: int
    is_open: bool
    modes: tuple[str, ...]
    listing_days: int | None = None
    remind_days: int | None = None
    free_listings: int | None = None


class Shelves:
    """The whole tree. Never changed once read."""

    def __init__(
        self, shelves: dict[int, Shelf], own: dict[int, tuple[Definition, ...]], hidden: dict[int, set[str]]
    ) -> None:
        self.shelves, self.own, self.hidden = shelves, own, hidden
        self._inherited: dict[int, tuple[Definition, ...]] = {}

    def path(self, key: int | None) -> list[int]:
        """The category and those above it, nearest first; empty for one that is not there."""
        found: list[int] = []
        while key in self.shelves and key not in found:
            found.append(key)  # type: ignore[arg-type]
            key = self.shelves[key].parent  # type: ignore[index]
        return found

    @cached_property
    def children(self) -> dict[int | None, list[Shelf]]:
        """Each category's children in their order; None has the roots."""
        found: dict[int | None, list[Shelf]] = {}
        for shelf in sorted(self.shelves.values(), key=lambda each: (each.position, each.name, each.key)):
            found.setdefault(shelf.parent, []).append(shelf)
        return found

    def walk(self, key: int | None = None, depth: int = 0) -> Iterator[tuple[Shelf, int]]:
        """Everything below the category, depth first in manual order, with its depth."""
        for shelf in self.children.get(key, []):
            yield shelf, depth
            yield from self.walk(shelf.key, depth + 1)

    def key_of(self, place: object) -> int:
        """The key of a category said by its key or its slug; 0 for a slug that none has."""
        key = key_of(place)
        return (
            key if key is not None else next((each.key for each in self.shelves.values() if each.slug == str(place)), 0)
        )

    def below(self, key: int) -> list[int]:
        """The category and everything below it."""
        return [key, *(shelf.key for shelf, _depth in self.walk(key))] if key in self.shelves else []

    def definitions(self, key: int | None) -> tuple[Definition, ...]:
        """What holds in a category: its own and inherited ones, the nearest definition of each, narrowed by those above.

        They stand group by group; what is in none comes first. What is hidden there or on the way is left out. What waits for
        another, or follows from it, is for those who see that one.
        """
        if key not in self.shelves:
            return ()
        if key not in self._inherited:
            found: dict[str, Definition] = {}
            for above in reversed(self.path(key)):
                found |= {each.code: narrowed(found.get(each.code), each) for each in self.own.get(above, ())}
                for code in self.hidden.get(above, ()):
                    found.pop(code, None)
            grouped = sorted(found.values(), key=lambda each: (each.group_position, each.group))
            self._inherited[key] = tuple(_read_with(each, found) for each in grouped)  # type: ignore[index]
        return self._inherited[key]  # type: ignore[index]

    def askable(self, key: int | None) -> tuple[Definition, ...]:
        """What may be asked of the rows in a category and below it; of all rows, without one."""
        found: dict[str, Definition] = {}
        for shelf in self.below(key) if key is not None else self.shelves:
            for each in self.definitions(shelf):
                held = found.get(each.code)
                if held is None or (each.filterable, each.facetable) > (held.filterable, held.facetable):
                    found[each.code] = each
        return tuple(found.values())


def shelves() -> Shelves:
    """The tree as it is now."""
    stamp = documents.stamp()
    return _kept(stamp) if stamp else _read()


@lru_cache(maxsize=4)
def _kept(_stamp: str) -> Shelves:
    return _read()


def _read_with(definition: Definition, known: dict[str, Definition]) -> Definition:
    """The definition with the audiences that see all that it hangs on."""
    read, met, waiting = definition.read, set[str](), [definition]
    while waiting:
        each = waiting.pop()
        read &= each.read
        met.add(each.code)
        above = {each.depends_on, each.shown_if.code if each.shown_if is not None else ""} & set(known)
        waiting += [known[code] for code in above - met]
    return definition if read == definition.read else replace(definition, read=read)


def _read() -> Shelves:
    attributes = {each.pk: each for each in Attribute.objects.all()}
    codes = {each.pk: each.code for each in attributes.values()}
    options = _options()
    tree = {
        each.pk: Shelf(
            each.pk, each.parent_id, each.name, each.slug, each.position, each.is_open, tuple(each.modes), each.listing_days,
            each.remind_days, each.free_listings,
        )
        for each in Category.objects.all()
    }  # fmt: skip
    own: dict[int, list[Definition]] = {}
    hidden: dict[int, set[str]] = {}
    links = CategoryAttribute.objects.filter(category__in=tree, attribute__in=attributes).select_related("group")
    for link in links.order_by("position", "pk"):
        attribute = link.attribute = attributes[link.attribute_id]
        if link.is_hidden:
            hidden.setdefault(link.category_id, set()).add(attribute.code)
            continue
        own.setdefault(link.category_id, []).append(
            replace(
                of_link(link, defined(attribute, options.get(attribute.pk, ()))),
                required=link.is_required,
                filterable=link.is_filterable,
                facetable=link.is_facet,
                facet_kind=link.facet_kind,
                searchable=link.is_searchable,
                group=link.group.name if link.group is not None else "",
                group_position=link.group.position if link.group is not None else -1,
                position=link.position,
                read=NOBODY if attribute.is_changing else READERS[link.visibility],
                source=tree[link.category_id].name,
                depends_on=codes.get(attribute.depends_on_id or 0, ""),
                shown_if=Condition(codes[link.shown_if_id], link.condition_values) if link.shown_if_id else None,
            )
        )
    return Shelves(tree, {key: tuple(each) for key, each in own.items()}, hidden)


def defined(attribute: Attribute, options: tuple[Choice, ...]) -> Definition:
    """What an attribute is, wherever it is asked."""
    return Definition(
        id=attribute.pk,
        code=attribute.code,
        label=attribute.label,
        kind=Kind(attribute.kind),
        unit=attribute.unit,
        help=attribute.help,
        minimum=attribute.bound(attribute.minimum),
        maximum=attribute.bound(attribute.maximum),
        is_integer=attribute.is_integer,
        index_low=attribute.bound(attribute.index_low),
        index_high=attribute.bound(attribute.index_high),
        options=options,
        pattern=attribute.pattern,
    )


def _options() -> dict[int, tuple[Choice, ...]]:
    """The options of each attribute, in their order."""
    rows = list(Option.objects.order_by("position", "pk"))
    codes = {each.pk: each.code for each in rows}
    found: dict[int, list[Choice]] = {}
    for each in rows:
        under = codes.get(each.parent_id or 0, "")
        choice = Choice(each.pk, each.code, each.label, each.position, each.is_archived, under)
        found.setdefault(each.attribute_id, []).append(choice)
    return {key: tuple(choices) for key, choices in found.items()}
