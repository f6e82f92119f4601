"""The category tree: moved, opened and closed. Changes of the tree wait for each other."""

from core.actions import action
from core.resources import documents
from core.rules import Actor
from marketplace.catalog.errors import CategoryCycle, CategoryHasListings, ParentClosed, UnknownCategory
from marketplace.catalog.models import Category, Listing


@action(label="Move", icon="drive_file_move")
def move(category: Category, *, by: Actor, parent_id: int | None = None, position: int | None = None) -> Category:
    """Put a category below another (none: at the top) and in its place among its neighbours.

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
    if category.parent is not None and not category.parent.is_open:
        raise ParentClosed(parent=category.parent.name)
    category.is_open = True
    return category
