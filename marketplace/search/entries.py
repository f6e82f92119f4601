"""What an entry says of its listing: read from listing, vendor, categories and public attributes, many at a time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.resources import documents
from core.resources.definitions import CHOOSING, Definition, Kind, unasked
from core.resources.kinds import colours
from core.resources.kinds.numbers import whole_if_whole
from core.rules import Actor, scope
from marketplace.catalog.models import Listing
from marketplace.catalog.models.shelves import Shelves, shelves
from marketplace.search.models import Entry
from marketplace.search.text import folded, folded_title


@dataclass(frozen=True)
class Said:
    """What the entry of a listing has to say."""

    title: str
    facts: str
    body: str
    listing_version: int
    is_shown: bool

    def is_said_by(self, entry: Entry) -> bool:
        """Does the entry say just this?"""
        return all(getattr(entry, name) == getattr(self, name) for name in FIELDS)


FIELDS = tuple(Said.__dataclass_fields__)


def of_listings(keys: Iterable[int]) -> dict[int, Said]:
    """What the entries of these listings have to say now; a listing that is gone is left out. Three queries, however many."""
    wanted = list(keys)
    shown = set(scope(Actor.anonymous, Listing).filter(pk__in=wanted).values_list("pk", flat=True))
    rows = Listing.objects.filter(pk__in=wanted).select_related("vendor")
    rows = rows.only("title", "description", "city", "category_id", "attributes", "version", "vendor__name")
    tree = shelves()
    return {row.pk: _said(row, tree, row.pk in shown) for row in rows}


def _said(row: Listing, tree: Shelves, is_shown: bool) -> Said:
    places = [tree.shelves[key].name for key in reversed(tree.path(row.category_id))]
    definitions = documents.seen_by(Actor.anonymous, tree.definitions(row.category_id))
    values = spoken(row.attributes or {}, definitions)
    title = folded_title(row.title)
    return Said(
        title=title,
        facts=folded(row.city, *places, row.vendor.name, *values),
        body=folded(row.description),
        listing_version=row.version,
        is_shown=is_shown,
    )


#: Kinds whose values nobody types as words: they are filtered.
UNSPOKEN = (Kind.DATE, Kind.MONEY, Kind.RANGE, Kind.LOCATION)


def spoken(document: Mapping[str, Any], definitions: Sequence[Definition]) -> list[str]:
    """The values of a document as people say them, of what is searchable: labels of options, texts and numbers, the family of a
    colour, and the name of what is a yes."""
    found: list[str] = []
    gone = unasked(definitions, document)
    for each in definitions:
        value = document.get(each.code)
        if not each.searchable or value is None or value is False or each.kind in UNSPOKEN or each.code in gone:
            continue
        if each.kind in CHOOSING:
            options = [each.option(code) for code in (value if isinstance(value, list) else [value])]
            found += [option.label for option in options if option is not None]
        elif each.kind is Kind.BOOLEAN:
            found.append(each.label)
        elif each.kind is Kind.COLOUR:
            found.append(colours.family_of(value))
        else:
            found.append(str(whole_if_whole(value) if isinstance(value, float) else value))
    return found
