"""The command palette (Ctrl+K): screens and rows that the actor may see, looked up anew each time."""

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.dataclasses import SearchResult

from core.admin import sidebar
from core.admin.actors import admin_actor

ROWS_EACH, LONGEST = 6, 80


def answer(site: Any, request: HttpRequest) -> HttpResponse:
    """The results for `?s=`; an empty answer for empty words."""
    words = (request.GET.get("s") or "").strip()[:LONGEST]
    if not words:
        return HttpResponse()
    results = _screens(site, request, words.lower()) + _rows(site, request, words)
    page = Paginator(results, 100)
    context = {
        "search_term": words,
        "page_obj": page,
        "results": page.page(1),
        "page_counter": 0,
        "execution_time": 0,
        "command_show_history": False,
    }
    return TemplateResponse(request, "unfold/helpers/command_results.html", context, headers={"HX-Trigger": "search"})


def _screens(site: Any, request: HttpRequest, words: str) -> list[SearchResult]:
    known = [
        SearchResult(title=item["title"], description=group["title"] or "Screen", link=item["link"], icon=item["icon"])
        for group in sidebar.groups(site, request)
        for item in group["items"]
    ]
    shown = {each.link for each in known}
    known += [each for each in _lists(site, request) if each.link not in shown]
    return [each for each in known if words in each.title.lower()]


def _lists(site: Any, request: HttpRequest) -> Iterator[SearchResult]:
    """Every list that the actor may see, also those to which only other screens lead."""
    for model, admin in site._registry.items():
        is_list = admin.resource.group and not getattr(admin.resource, "child", False)
        if is_list and admin.has_view_permission(request):
            title, link = sidebar.list_of(site, model)
            yield SearchResult(title, admin.resource.group, link, admin.resource.icon)


def _rows(site: Any, request: HttpRequest, words: str) -> list[SearchResult]:
    actor = admin_actor(request)
    found = []
    for model, admin in site._registry.items():
        if not admin.has_view_permission(request) or not admin.get_search_fields(request):
            continue
        rows, _duplicates = admin.get_search_results(request, admin.get_queryset(request), words)
        for row in rows[:ROWS_EACH]:
            found.append(
                SearchResult(
                    title=admin.title_of(row, actor),
                    description=str(model._meta.verbose_name).capitalize(),
                    link=reverse(
                        f"{site.name}:{model._meta.app_label}_{model._meta.model_name}_change", args=(row.pk,)
                    ),
                    icon=admin.resource.icon,
                )
            )
    return found
