"""The search tuning page: a query tried out as buyers ask it, why each hit is one, what tuning changes, and the work that waits."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from core.admin.actors import admin_actor
from core.admin.filters import specs
from core.admin.landing import changelist_url
from core.resources.admin.rows import buttons, legal_verbs, row_url
from core.resources.types import key_of
from core.rules import Actor, policy_of, scope
from marketplace.catalog.models import Listing
from marketplace.search.explaining import explain, try_out
from marketplace.search.models import LONGEST_QUERY, PinnedResult, StopWord, Synonym, UnmetSearch
from marketplace.search.resources import Synonyms, UnmetSearches
from marketplace.search.rules import TUNES

PAGE = "admin:search_index_synonym_tuning"
MOST_WAITING = 8
CARDS = (
    ("Synonyms", "sync_alt", Synonym),
    ("Stop words", "block", StopWord),
    ("Pinned results", "push_pin", PinnedResult),
    ("Searches without hits", "search_off", UnmetSearch),
)


def may_look(actor: Actor) -> bool:
    """May the actor see how search is tuned?"""
    return policy_of(Synonym).may_ever(actor, "view")


def waiting(actor: Actor) -> QuerySet[UnmetSearch]:
    """Searches without hits that nobody has dealt with: work for those who tune."""
    rows = scope(actor, UnmetSearch).filter(outcome=UnmetSearch.Outcome.OPEN).order_by("-count", "-pk")
    return rows if actor.has(TUNES) else rows.none()


def page_link(**asked: Any) -> str:
    """The way to the page, with a query or a listing."""
    return f"{reverse(PAGE)}{'?' if asked else ''}{urlencode(asked)}"


def context_of(request: HttpRequest, admin: Any) -> dict[str, Any]:
    """What the page shows: 404 for a listing that is not the actor's to see."""
    actor = admin_actor(request)
    form = asking(request, actor, admin)
    text, place = request.GET.get("q", "")[:LONGEST_QUERY], request.GET.get("category", "")[:80] or None
    text = "".join(each for each in text if each.isprintable()).strip()
    asked = {name: value for name, value in (("q", text), ("category", place)) if value}
    listing = _listing(request, actor)
    return {
        "form": form,
        "media": form.media,
        "asked": bool(text),
        "trial": try_out(text, place) if text else None,
        "listing": listing,
        "listing_link": row_url(listing) if listing is not None else "",
        "explanation": explain(text, listing, place) if listing is not None and text else None,
        "again": urlencode(asked),
        "without_listing": urlencode(asked),
        "may_tune": actor.has(TUNES),
        "add_synonym": f"{reverse('admin:search_index_synonym_add')}?{urlencode({'words': text})}",
        "add_pin": f"{reverse('admin:search_index_pinnedresult_add')}?{urlencode({'query': text})}",
        "cards": [
            {"label": label, "icon": icon, "href": changelist_url(model, {}), "count": scope(actor, model).count()}
            for label, icon, model in CARDS
        ],
        "unmet": [] if text else _work(actor),
        "unmet_link": changelist_url(UnmetSearch, {"outcome": "open"}),
    }


def asking(request: HttpRequest, actor: Actor, admin: Any) -> forms.Form:
    """The form of the page: a query and, as the list's own filter has it, a category."""
    (place,) = (each for each in specs(Synonyms, actor, request.GET, admin) if each.field_path == "category")
    fields: dict[str, forms.Field] = {
        "q": forms.CharField(
            label="Query", required=False, max_length=LONGEST_QUERY, widget=UnfoldAdminTextInputWidget()
        ),
        **place.form.fields,
        "listing": forms.CharField(required=False, widget=forms.HiddenInput()),
    }
    return type("TryForm", (forms.Form,), fields)(initial=request.GET.dict(), auto_id="try_%s")


def _listing(request: HttpRequest, actor: Actor) -> Listing | None:
    if not request.GET.get("listing"):
        return None
    rows = scope(actor, Listing).select_related("vendor", "category")
    row = rows.filter(pk=key_of(request.GET["listing"]) or 0).first()
    if row is None:
        raise Http404
    return row


def _work(actor: Actor) -> list[dict[str, Any]]:
    rows = list(waiting(actor).select_related("category")[:MOST_WAITING])
    legal = legal_verbs(actor, UnmetSearches, rows)
    return [{"row": row, "verbs": buttons(row, legal[row.pk])} for row in rows]
