"""A listing's pictures in the admin: a strip above its form, and a page to add, order and remove them."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from core.admin.actors import admin_actor
from core.admin.site import site
from core.errors import DomainError
from core.resources.admin import admin_of
from core.rules import Actor, allows
from marketplace.catalog import actions, flows, queries
from marketplace.catalog.actions.gallery import MOST_IMAGES
from marketplace.catalog.models import Image, Listing
from marketplace.catalog.resources import Listings


class ListingsAdmin(admin_of(Listings)):  # type: ignore[misc]
    """The generated admin, and the gallery."""

    change_form_before_template = "catalog/strip.html"

    def more_pages(self) -> list[tuple[str, Any, str]]:
        return [("<path:object_id>/gallery/", self.gallery_view, "gallery")]

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        context = super().form_context(request, object_id)
        row = self.get_object(request, object_id) if object_id else None
        if row is None:
            return context
        return {**context, "gallery": queries.gallery_of(row), "gallery_url": self._gallery_address(row)}

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
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Pictures of {row}",
            "listing": row,
            "pictures": pictures,
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
            else:
                self._take_uploads(request, actor, row)
        except DomainError as refusal:
            messages.error(request, " ".join(each.message for each in refusal.errors) or refusal.detail)

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
        text = request.POST[name]
        if not text.isdigit() or not Image.objects.filter(pk=int(text)).exists():
            raise Http404
        return int(text)

    def _gallery_address(self, row: Listing) -> str:
        return reverse(f"{self.admin_site.name}:catalog_listing_gallery", args=[row.pk])


site.register(Listing, ListingsAdmin)
