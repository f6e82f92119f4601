"""The catalogue in the admin: a listing's pictures, and the category tree with what holds where."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.admin.actors import admin_actor
from core.admin.filters import as_tree
from core.admin.landing import changelist_url
from core.admin.site import site
from core.errors import DomainError
from core.money import Money
from core.resources import documents, operations
from core.resources.admin import admin_of
from core.resources.admin.lists import ORDER_VAR, SEARCH_VAR, ResourceList
from core.resources.definitions import CHOOSING, Definition, Kind
from core.resources.kinds.numbers import whole_if_whole
from core.resources.types import key_of
from core.rules import Actor, allows, scope
from marketplace.catalog import actions, beside, flows, prices, queries
from marketplace.catalog.actions.gallery import MOST_IMAGES
from marketplace.catalog.definition_screens import AttributesAdmin, DefinitionChangesAdmin
from marketplace.catalog.models import Attribute, Category, DefinitionChange, Image, Listing, PriceChange
from marketplace.catalog.models.shelves import Shelves, shelves
from marketplace.catalog.resources import Categories, Listings

LATEST_PRICES = 6


class ListingsAdmin(admin_of(Listings)):  # type: ignore[misc]
    """The generated admin, and the gallery."""

    change_form_before_template = "catalog/strip.html"

    def facts(self, request: HttpRequest, row: Any) -> list[tuple[str, Any]]:
        return [*super().facts(request, row), *beside.said_of(row, self.actor(request))]

    def more_pages(self) -> list[tuple[str, Any, str]]:
        return [("<path:object_id>/gallery/", self.gallery_view, "gallery")]

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        context = super().form_context(request, object_id)
        row = self.get_object(request, object_id) if object_id else None
        if row is None:
            return context
        return {
            **context,
            "gallery": queries.gallery_of(row),
            "gallery_url": self._gallery_address(row),
            "price_changes": list(prices.facts(row)[:LATEST_PRICES]),
            "price_changes_url": changelist_url(PriceChange, {"listing": str(row.pk)}),
        }

    def gallery_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """GET shows the pictures; POST adds, moves or removes. A listing that is not the actor's is a 404."""
        actor, row = admin_actor(request), self.get_object(request, object_id)
        if row is None:
            raise Http404
        may = allows(actor, "change", row)
        if request.method == "POST":
            if not may:
                raise Http404
            self._turn(request, actor, row)
            return HttpResponseRedirect(self._gallery_address(row))
        pictures = queries.gallery_of(row)
        words = queries.words_of(row, pictures)
        for each in pictures:
            each.words = words[each.pk]  # type: ignore[attr-defined]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Pictures of {row}",
            "listing": row,
            "pictures": pictures,
            "drawing": any(each.progress == "pending" for each in pictures),
            "may_change": may,
            "waits": queries.change_waiting(row) is not None,
            "room": MOST_IMAGES - len(pictures),
            "back": reverse(f"{self.admin_site.name}:catalog_listing_change", args=[row.pk]),
        }
        return render(request, "catalog/gallery.html", context)

    def _turn(self, request: HttpRequest, actor: Actor, row: Listing) -> None:
        """One thing that the page asked for, said in a sentence; a refusal is one, too."""
        try:
            if "remove" in request.POST:
                actions.remove_image(row.pk, by=actor, image_id=self._chosen(request, "remove"))
                messages.success(request, "The picture was removed.")
            elif "first" in request.POST:
                chosen = self._chosen(request, "first")
                keys = [each.pk for each in queries.gallery_of(row)]
                ordered = [chosen, *(key for key in keys if key != chosen)]
                actions.arrange_images(row.pk, by=actor, image_ids=ordered)
                messages.success(request, "That picture now stands in front.")
            elif "retry" in request.POST:
                actions.retry_image(self._chosen(request, "retry"), by=actor)
                messages.success(request, "It is being drawn again.")
            elif "save" in request.POST:
                self._save(request, actor, row)
                messages.success(request, "Order and words were saved.")
            else:
                self._take_uploads(request, actor, row)
        except DomainError as refusal:
            messages.error(request, " ".join(each.message for each in refusal.errors) or refusal.detail)

    def _save(self, request: HttpRequest, actor: Actor, row: Listing) -> None:
        """The order of the page and what was written under its pictures: all of it or nothing."""
        pictures = queries.gallery_of(row)
        words = queries.words_of(row, pictures)
        asked = [key_of(each) or 0 for each in request.POST.getlist("order")]
        with transaction.atomic():
            if asked != [each.pk for each in pictures]:
                actions.arrange_images(row.pk, by=actor, image_ids=asked)
            for each in pictures:
                said = request.POST.get(f"words-{each.pk}", words[each.pk]).strip()
                if said != words[each.pk]:
                    operations.update(each, {"alt_text": said}, by=actor)

    def _take_uploads(self, request: HttpRequest, actor: Actor, row: Listing) -> None:
        files = request.FILES.getlist("files")
        if not files:
            messages.error(request, "Choose a picture first.")
        for file in files:
            try:
                flows.upload_image(row, file, size=file.size or 0, by=actor)
            except DomainError as refusal:
                words = " ".join(each.message for each in refusal.errors) or refusal.detail
                messages.error(request, f"{file.name}: {words}")
            else:
                messages.success(request, f"{file.name} was added.")

    @staticmethod
    def _chosen(request: HttpRequest, name: str) -> int:
        key = key_of(request.POST[name])
        if key is None or not Image.objects.filter(pk=key).exists():
            raise Http404
        return key

    def _gallery_address(self, row: Listing) -> str:
        return reverse(f"{self.admin_site.name}:catalog_listing_gallery", args=[row.pk])


class Tree(ResourceList):
    """The list in the order of the tree, unless a column or a word was asked for."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        rows = super().get_queryset(request, exclude_parameters)
        asked = {ORDER_VAR, SEARCH_VAR} & set(request.GET)
        return rows if asked else as_tree(rows).order_by("tree_ordering")


class Counted:
    """What the lines of one page say of each category, read once for all of them."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    @cached_property
    def tree(self) -> Shelves:
        return shelves()

    @cached_property
    def on_show(self) -> dict[int, int]:
        """How many approved listings stand in each category itself."""
        rows = scope(self.actor, Listing).filter(status="approved").order_by()
        return dict(rows.values_list("category_id").annotate(Count("pk")))

    def listings(self, key: int) -> int:
        """How many approved listings stand in a category or below it."""
        return sum(self.on_show.get(each, 0) for each in self.tree.below(key))


class CategoriesAdmin(admin_of(Categories)):  # type: ignore[misc]
    """The generated admin as a tree: what stands in each category, and which attributes hold there and from where."""

    change_form_before_template = "catalog/attributes.html"
    list_per_page = 200

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ResourceList]:
        return Tree

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The name in its depth, what stands there and what is asked there; then the declared columns that say more."""
        counted = Counted(admin_actor(request))
        declared = {each.__name__: each for each in super().get_list_display(request)}

        def category(row: Category) -> SafeString:
            return branch(row, len(counted.tree.path(row.pk)) - 1)

        def on_show(row: Category) -> SafeString | str:
            return listings_link(row.pk, counted.listings(row.pk))

        def attributes(row: Category) -> str:
            return attributes_said(counted.tree, row.pk)

        return [category, on_show, attributes, *(declared[name] for name in ("modes", "is_open") if name in declared)]

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        context = super().form_context(request, object_id)
        if object_id is None:
            return context
        actor, counted, key = admin_actor(request), Counted(admin_actor(request)), int(object_id)
        return {**context, "shelf": {
            "path": [self._line(counted, each) for each in reversed(counted.tree.path(key)[1:])],
            "below": [self._line(counted, each.key) for each in counted.tree.children.get(key, [])],
            "listings": listings_link(key, counted.listings(key)),
            "attributes": self._attributes(counted.tree, actor, key),
        }}  # fmt: skip

    def _line(self, counted: Counted, key: int) -> dict[str, Any]:
        address = reverse(f"{self.admin_site.name}:catalog_category_change", args=[key])
        return {"name": counted.tree.shelves[key].name, "link": address, "count": counted.listings(key)}

    def _attributes(self, tree: Shelves, actor: Actor, key: int) -> list[dict[str, Any]]:
        """What holds in the category, each with the category that says so: the nearest."""
        found = []
        for each in documents.seen_by(actor, tree.definitions(key)):
            sources = [
                above for above in tree.path(key) if any(own.code == each.code for own in tree.own.get(above, ()))
            ]
            source = sources[0]
            link = reverse(f"{self.admin_site.name}:catalog_attribute_change", args=[each.id])
            found.append(
                {
                    "definition": each,
                    "link": link,
                    "bounds": bounds_said(each),
                    "source": None if source == key else self._source(tree, source),
                    "narrows": self._source(tree, sources[1]) if source == key and len(sources) > 1 else None,
                }
            )
        return found

    def _source(self, tree: Shelves, key: int) -> dict[str, str]:
        address = reverse(f"{self.admin_site.name}:catalog_category_change", args=[key])
        return {"name": tree.shelves[key].name, "link": address}


def branch(row: Category, depth: int) -> SafeString:
    """A category's name, set in by its depth."""
    steps = SafeString('<i class="soko-branch" aria-hidden="true"></i>' * depth)
    icon = (
        format_html('<span class="material-symbols-outlined" aria-hidden="true">{}</span> ', row.icon)
        if row.icon
        else ""
    )
    return format_html('<span class="soko-leaf">{}{}<span>{}</span></span>', steps, icon, row.name)


def listings_link(key: int, count: int) -> SafeString | str:
    """How many listings are on show there, with the way to them."""
    address = changelist_url(Listing, {"category": str(key), "status": "approved"})
    return format_html('<a class="soko-link" href="{}">{}</a>', address, f"{count:,}") if count else "None"


def bounds_said(definition: Definition) -> str:
    """What may be said here at the least and at the most, and how many options are offered, where that is not all of them."""
    if definition.kind in CHOOSING:
        offered, every = len(definition.open_options), len(definition.options)
        return f"{offered:,} of {every:,}" if offered < every else f"{every:,}"
    least, most = (_end_said(definition, each) for each in (definition.minimum, definition.maximum))
    return f"{least or 'any'} to {most or 'any'}" if least or most else ""


def _end_said(definition: Definition, end: float | None) -> str:
    if end is None:
        return ""
    if definition.kind is Kind.MONEY:
        return str(Money(int(end), definition.unit))
    return f"{whole_if_whole(end)}{f' {definition.unit}' if definition.unit else ''}"


def attributes_said(tree: Shelves, key: int) -> str:
    """How many attributes hold there, its own and those from above."""
    own, all_ = len(tree.own.get(key, ())), len(tree.definitions(key))
    said = [f"{own} own"] if own else []
    return ", ".join([*said, f"{all_ - own} from above"] if all_ > own else said) or "None"


site.register(Listing, ListingsAdmin)
site.register(Attribute, AttributesAdmin)
site.register(Category, CategoriesAdmin)
site.register(DefinitionChange, DefinitionChangesAdmin)
