"""What a saved search asks: the parameters of the storefront's list of listings, read by the very same code."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import TooManyFieldsSent
from django.db.models import QuerySet
from django.http import QueryDict

from core.audiences import STOREFRONT
from core.errors import DomainError, FieldError, Invalid
from core.resources import parameters, reading
from core.resources.registry import resource_of
from core.rules import Actor
from marketplace.catalog.models import Listing
from marketplace.engagement.models import LONGEST_QUERY


def written(text: str) -> str:
    """A query in its one spelling: only what chooses listings, in order.

    Refuses with 422 whatever the list itself would refuse, a query that chooses nothing, and one that is too long.
    """
    query = _chosen(text)
    asked_of(query)
    pairs = sorted((name, value) for name in query for value in query.getlist(name) if value)
    found = urlencode(pairs)
    if not pairs:
        raise _refused("required", "Say what to look for, as in q=bicycle&price_max=5000.")
    if len(found) > LONGEST_QUERY:
        raise _refused("too_long", f"At most {LONGEST_QUERY} characters.")
    return found


def asked_of(query: QueryDict) -> parameters.Asked:
    """What it asks. Refuses with 422 what the list itself would refuse, at `/query`."""
    resource = _listings()
    try:
        asked = parameters.read(query, parameters.filters(resource, STOREFRONT), attributes=True)
        parameters.condition(resource, Actor.anonymous, asked)
    except DomainError as refusal:
        words = " ".join(f"{each.pointer.strip('/')}: {each.message}" for each in refusal.errors) or refusal.detail
        raise _refused(refusal.code, words) from refusal
    return asked


def published(text: str, *, after: datetime, until: datetime) -> QuerySet:
    """Listings on show that a query chooses and that were first published in a span, the latest first. Refuses with 422 a query
    that the list no longer takes: an attribute or a category is gone."""
    rows = reading.wanted(_listings(), Actor.anonymous, asked_of(_chosen(text))).rows
    # Its first publication is what is new; the approval says the same along an index.
    rows = rows.filter(approved_at__gt=after, published_at__gt=after, published_at__lte=until)
    return rows.order_by("-published_at", "-pk")


def _chosen(text: str) -> QueryDict:
    """The query without what only pages through a list: order, limit, cursor and their like. What is unknown stays in."""
    try:
        query = QueryDict(text.strip().lstrip("?"), mutable=True)
    except TooManyFieldsSent:
        raise _refused("too_long", "That asks too many things at once.") from None
    resource = _listings()
    ignored = set(parameters.of_list(resource, STOREFRONT)) - set(parameters.filters(resource, STOREFRONT))
    for name in ignored & set(query):
        del query[name]
    return query


def _listings() -> Any:
    return resource_of(Listing)


def _refused(code: str, words: str) -> Invalid:
    return Invalid(errors=[FieldError("/query", code, words[:500])])
