"""The category tree: moved, opened and closed. Changes of the tree wait for each other."""

from typing import Annotated

from pydantic import Field

from core.actions import action
from core.inputs import Ask, AskOne, Choice
from core.resources import documents
from core.resources.types import LARGEST_ID
from core.rules import Actor
from marketplace.catalog.errors import CategoryCycle, CategoryHasListings, ParentClosed, UnknownCategory
from marketplace.catalog.models import Category, Listing
from marketplace.catalog.models.shelves import shelves


def places(category: Category | None) -> list[Choice]:
    """Where a category may be put: below any other that is not below it, by their paths."""
    tree = shelves()
    own = tree.below(category.pk) if category is not None else ()
    paths = {
        key: " › ".join(tree.shelves[each].name for each in reversed(tree.path(key)))
        for key in tree.shelves
        if key not in own
    }
    return [Choice(key, path) for key, path in sorted(paths.items(), key=lambda pair: pair[1].casefold())]


Parent = Annotated[
    Annotated[int, Field(ge=1, le=LARGEST_ID)] | None,
    AskOne("Below", "The category that it stands in.", choices=places, nothing="At the top"),
]
Place = Annotated[
    Annotated[int, Field(ge=0, le=2**31 - 1)] | None,
    Ask("Position", "Among its neighbours the lowest comes first. Stays as it is unless said."),
]


@action(label="Move", icon="drive_file_move")
def move(category: Category, *, by: Actor, parent_id: Parent, position: Place = None) -> Category:
    """Put a category below another (null: at the top) and, if a position is said, in its place among its neighbours.

    Refuses with 409 `category_cycle`, `parent_closed` for an open category below a closed one, and `category_has_listings`:
    listings would lose attributes they were judged by.
    """
    documents.bump()  # the lock of every change to the tree: what is read below stays so until the end
    if position is not None:
        category.position = position
    if parent_id == category.parent_id:
        return category
    below = Category.subtree_keys(category.pk)
    if parent_id in below:
        raise CategoryCycle(category=category.name)
    parent = Category.objects.filter(pk=parent_id).first() if parent_id is not None else None
    if parent_id is not None and parent is None:
        raise UnknownCategory()
    if parent is not None and category.is_open and not parent.is_open:
        raise ParentClosed(parent=parent.name)
    count = Listing.objects.filter(category__in=below).count()
    if count:
        raise CategoryHasListings(count=count, category=category.name)
    category.parent_id = parent_id
    return category


@action(
    label="Close",
    icon="visibility_off",
    danger=True,
    effect=lambda category: hidden_by_closing(category),
    when=lambda category: category.is_open,
)
def close_category(category: Category, *, by: Actor) -> Category:
    """Hide a category, all below it, and their listings."""
    documents.bump()
    for child in Category.objects.filter(parent=category, is_open=True).order_by("pk"):
        close_category(child, by=by)
    category.is_open = False
    return category


def hidden_by_closing(category: Category) -> str:
    """What closing hides, in numbers."""
    below = Category.subtree_keys(category.pk)
    count = Listing.objects.filter(category__in=below, status="approved").count()
    return f"Hides {len(below)} categories and {count} listings."


@action(label="Open", icon="visibility", when=lambda category: not category.is_open)
def open_category(category: Category, *, by: Actor) -> Category:
    """Show a category; those below stay as they are. Refuses with 409 `parent_closed`."""
    documents.bump()
    if category.parent is not None and not category.parent.is_open:
        raise ParentClosed(parent=category.parent.name)
    category.is_open = True
    return category
