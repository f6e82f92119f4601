"""The list of a resource: the actor's rows, chosen by the same parameters as the API's, counted cheaply, with verbs on each row."""

import re
from datetime import date, datetime, time
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IS_POPUP_VAR, TO_FIELD_VAR
from django.contrib.admin.views.main import ALL_VAR, ERROR_FLAG, ORDER_VAR, PAGE_VAR, SEARCH_VAR
from django.core.paginator import Paginator
from django.db import connections
from django.db.models import FETCH_PEERS, Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from unfold.views import ChangeList

from core.admin import filters
from core.admin.actors import admin_actor
from core.errors import DomainError, Invalid, UnknownParameter
from core.money import Money
from core.resources import parameters
from core.resources.admin import attributes, columns, rows
from core.resources.declaration import Resource
from core.rules import Actor

#: Parameters of the page itself; every other one must be a declared filter.
OWN = frozenset(
    {ALL_VAR, ORDER_VAR, PAGE_VAR, SEARCH_VAR, ERROR_FLAG, IS_POPUP_VAR, TO_FIELD_VAR, "_changelist_filters", "_facets"}
)
COUNTED = 10_000
#: People filter moments by days: from the first moment of one to the last of another.
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class CheapPaginator(Paginator):
    """Counts exactly up to 10,000 rows; beyond that PostgreSQL's own estimate is good enough for a page number."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if not isinstance(rows, QuerySet) or connections[rows.db].vendor != "postgresql":
            return rows.count() if isinstance(rows, QuerySet) else len(rows)
        counted = rows.order_by()[: COUNTED + 1].count()
        return counted if counted <= COUNTED else max(counted, estimated(rows))


def estimated(rows: QuerySet) -> int:
    """How many rows PostgreSQL's planner expects."""
    import json

    plan = json.loads(rows.order_by().explain(format="json"))
    return int(plan[0]["Plan"]["Plan Rows"])


def asked(resource: type[Resource], actor: Actor, query: QueryDict) -> Q | None:
    """What a list's address asks for, as a condition. Refuses with 422 what is not a declared filter or does not fit."""
    chosen = query.copy()
    for name in OWN & set(chosen):
        if name != SEARCH_VAR or not str(chosen[name]).strip():
            del chosen[name]
    for name in [name for name in chosen if not "".join(chosen.getlist(name)).strip()]:
        del chosen[name]  # an empty field of the filter sheet asks for nothing
    amounts = dict.fromkeys(_amounts(resource), settings.DEFAULT_CURRENCY)
    amounts |= attributes.minor_amounts(resource, actor, chosen)
    for name in set(amounts) & set(chosen):
        chosen[name] = _minor(str(chosen[name]), amounts[name])
    known = parameters.filters(resource, actor.audience)
    for name in set(known) & set(chosen):
        if known[name].schema.get("format") == "date-time" and DAY.fullmatch(str(chosen[name])):
            chosen[name] = _moment(str(chosen[name]), is_first=name.endswith("_min"))
    if SEARCH_VAR in chosen and SEARCH_VAR not in known:
        del chosen[SEARCH_VAR]
    found = parameters.read(chosen, known, attributes=parameters.has_tokens(resource, actor.audience))
    return parameters.condition(resource, actor, found)


def _moment(day: str, *, is_first: bool) -> str:
    """The first or the last moment of a day, where the market is."""
    try:
        found = datetime.combine(date.fromisoformat(day), time.min if is_first else time.max)
        return timezone.make_aware(found).isoformat()
    except (ValueError, OverflowError):
        return day  # the parameter's own reading refuses it, in its words


def _amounts(resource: type[Resource]) -> set[str]:
    """The filters of money: people write amounts as they read them, the API in minor units."""
    return {f"{name}_{end}" for name in getattr(resource.model, "money_fields", {}) for end in ("min", "max")}


def _minor(text: str, currency: str) -> str:
    try:
        return str(Money.from_major(text, currency).amount)
    except ValueError:
        return text  # the parameter's own reading refuses it, in its words


class ResourceList(ChangeList):
    """Django's change list, with the declared filters in place of field lookups."""

    def __init__(self, request: HttpRequest, *arguments: Any, **options: Any) -> None:
        self.actor = admin_actor(request)
        super().__init__(request, *arguments, **options)
        self.title = str(self.opts.verbose_name_plural).capitalize()

    @property
    def resource(self) -> type[Resource]:
        return self.model_admin.resource

    def get_filters(self, request: HttpRequest) -> tuple[list[Any], bool, dict[str, Any], bool, bool]:
        specs = filters.specs(self.resource, self.actor, request.GET, self.model_admin)
        active = any(spec.is_active for spec in specs)
        return specs, bool(specs), {}, False, active

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        self.filter_specs, self.has_filters, _left, _twice, self.has_active_filters = self.get_filters(request)
        self.clear_all_filters_qs = self.get_query_string(
            remove=[name for name in self.filter_params if name not in (ORDER_VAR,)]
        )
        rows = self.root_queryset
        try:
            rows = rows.filter(asked(self.resource, self.actor, request.GET))
        except UnknownParameter as refusal:
            raise DisallowedModelAdminLookup(refusal.detail) from None
        except Invalid as refusal:
            for each in refusal.errors:
                messages.error(request, f"{each.pointer}: {each.message}")
            rows = rows.none()
        except DomainError as refusal:
            messages.error(request, refusal.detail)
            rows = rows.none()
        rows = columns.with_related(rows, columns.chosen(self.resource, self.actor.audience), self.actor)
        return rows.order_by(*self.get_ordering(request, rows)).fetch_mode(FETCH_PEERS)

    def apply_select_related(self, queryset: QuerySet) -> QuerySet:
        return queryset

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: list[Any] = list(self.result_list)
        self.full_result_count = None if self.has_active_filters or self.query else self.result_count
        legal = rows.legal_verbs(self.actor, self.resource, self.result_list)
        for row in self.result_list:
            row.seen_by = self.actor
            found = rows.buttons(row, legal[row.pk])
            row.buttons_first = [each for each in found if not each.danger][:2]
            row.buttons_more = [each for each in found if each not in row.buttons_first]
        self.has_buttons = any(row.buttons_first or row.buttons_more for row in self.result_list)
