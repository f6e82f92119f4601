"""What search does when listings change, or what their entries say besides: vendors, categories, definitions."""

from django.db import models

from core.events import RecordChanged, RecordsChanged, on_change, on_changes, on_write
from core.resources.tokens import Space, pack
from core.rules import Actor
from marketplace.catalog.models import Attribute, CategoryAttribute, Option
from marketplace.catalog.models.shelves import shelves
from marketplace.search import flows, queries, tuning

BY = Actor.system("search index")


@on_write("search_index.synonym", "search_index.stopword", "search_index.pinnedresult")
def retune(_row: models.Model, _verb: str, _fields: tuple[str, ...]) -> None:
    """Every process reads anew how search is tuned from this commit on, and answers that were kept are gone with it."""
    tuning.bump()


@on_changes("catalog.listing")
def index_listings(event: RecordsChanged) -> None:
    """The entries of the listings that changed, together."""
    flows.index(event.pks, by=BY)


@on_change("vendors.vendor")
def index_vendor(event: RecordChanged) -> None:
    """A vendor's name stands in the entries of its listings; its state decides whether buyers see them."""
    if {"name", "status"} & set(event.fields):
        _follow(f"Search: listings of vendor {event.pk}", vendor=event.pk)


@on_change("catalog.category")
def index_category(event: RecordChanged) -> None:
    """A category's name stands in the entries of all that is in it and below it."""
    if {"name", "parent_id", "is_open"} & set(event.fields):
        _follow(f"Search: listings below category {event.pk}", categories=shelves().below(event.pk))


@on_change("catalog.categoryattribute")
def index_definition(event: RecordChanged) -> None:
    """What a category defines, and who may see it, decides which values stand in entries."""
    link = CategoryAttribute.history.filter(pk=event.pk).order_by("-history_id").first()
    link = link or CategoryAttribute.objects.filter(pk=event.pk).first()
    if link is not None:
        _follow(f"Search: listings below category {link.category_id}", categories=shelves().below(link.category_id))


@on_change("catalog.option")
def index_option(event: RecordChanged) -> None:
    """The label of an option stands in the entries of the listings that chose it."""
    if "label" in event.fields and Option.objects.filter(pk=event.pk).exists():
        _follow(f"Search: listings with option {event.pk}", tokens=[pack(Space.OPTION, event.pk)])


@on_change("catalog.attribute")
def index_attribute(event: RecordChanged) -> None:
    """The label of a yes stands in the entries of the listings that say yes."""
    if "label" in event.fields and Attribute.objects.filter(pk=event.pk, kind="boolean").exists():
        _follow(f"Search: listings with attribute {event.pk}", tokens=[pack(Space.FLAG, event.pk, 1)])


def _follow(why: str, **only: object) -> None:
    flows.follow(queries.chosen(only), by=BY, why=why, only=only)
