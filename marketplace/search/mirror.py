"""OpenSearch in the database's place: asked the same query, wherever it can answer exactly; otherwise the database answers."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from django.db.models import Min, QuerySet
from django.utils import timezone
from prometheus_client import Counter as Metric

from core.metrics import COUNTED
from core.resources import searching
from core.resources.facets import Counts
from core.response_cache import read_elsewhere
from marketplace.catalog.models import Listing
from marketplace.search.backends import opensearch
from marketplace.search.backends.opensearch_conditions import Teller, Told, Untold
from marketplace.search.backends.opensearch_documents import beginning, microseconds, number_of
from marketplace.search.models import SET_ASIDE, TO_BE_SENT, Entry

log = structlog.get_logger("search")
ANSWERS = Metric(
    "marketplace_search_answers",
    "Pages, counts and facets of searches, by who answered, and why the database did.",
    ("by", "why"),
    registry=COUNTED,
)
#: Where something has waited so long to be told, OpenSearch is behind, and the database answers until it has caught up.
BEHIND, REMEMBERED = 60.0, 5.0
#: More documents than this are not refused for their own sake: the index does not fit them, and is rebuilt.
MOST_REFUSED = 100
MOST_VALUES, MOST_TOKENS = 10_000, 50_000
#: What may follow from how it was asked rather than from a fault.
ORDINARY = frozenset({"untold", "resting"})


class ListingMirror:
    """Listings as OpenSearch holds them."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Look anew whether it is behind."""
        self._looked_at, self._is_behind = -REMEMBERED, False

    def keys(self, rows: QuerySet, most: int, *, backwards: bool = False) -> list[int] | None:
        def ask(told: Told) -> list[int]:
            order = [{"id": "asc" if backwards else "desc"}]
            body = {"size": most, "_source": False, "track_total_hits": False, "query": _only(told), "sort": order}
            return [int(each["_id"]) for each in opensearch.search(body)["hits"]["hits"]]

        return self._answered(rows, ask)

    def count(self, rows: QuerySet) -> int | None:
        def ask(told: Told) -> int:
            answer = opensearch.search({"size": 0, "track_total_hits": True, "query": _only(told)})
            return int(answer["hits"]["total"]["value"])

        return self._answered(rows, ask)

    def counts(
        self,
        rows: QuerySet,
        columns: Sequence[str],
        tokens: Sequence[int],
        spans: Mapping[str, tuple[Sequence[str], Sequence[str]]],
    ) -> Counts | None:
        def ask(told: Told) -> Counts:
            if len(tokens) > MOST_TOKENS:
                raise Untold("more values than are counted at once")
            body = {"size": 0, "track_total_hits": False, "query": _only(told), "aggs": _counts(columns, tokens, spans)}
            return _read(opensearch.search(body).get("aggregations", {}), columns, spans)

        return self._answered(rows, ask)

    def _answered[T](self, rows: QuerySet, ask: Callable[[Told], T]) -> T | None:
        """What OpenSearch answers to the condition of these rows; None where the database has to."""
        if not opensearch.is_on():
            return None
        try:
            if self._behind():
                raise opensearch.Answered("behind")
            answer = ask(Teller(_few).of(rows))
        except Untold as untold:
            _leave_to_the_database("untold", str(untold))
            return None
        except opensearch.NoAnswer as fault:
            _leave_to_the_database(fault.why, str(fault))
            return None
        read_elsewhere()
        ANSWERS.labels("opensearch", "").inc()
        return answer

    def _behind(self) -> bool:
        if time.monotonic() - self._looked_at >= REMEMBERED:
            oldest = Entry.objects.filter(TO_BE_SENT).aggregate(oldest=Min("revision"))["oldest"]
            age = (microseconds(timezone.now()) - oldest) / 1e6 if oldest is not None else 0.0
            refused = Entry.objects.filter(SET_ASIDE)[: MOST_REFUSED + 1].count()
            self._is_behind, self._looked_at = age > BEHIND or refused > MOST_REFUSED, time.monotonic()
        return self._is_behind


def _leave_to_the_database(why: str, said: str) -> None:
    ANSWERS.labels("database", why).inc()
    if why in ORDINARY:
        log.info("search_by_the_database", why=why, said=said)
    else:
        log.warning("search_by_the_database", why=why, said=said)


def _only(told: Told) -> Told:
    """A condition, of which only yes or no matters."""
    return {"bool": {"filter": [told]}}


def _few(told: Told, most: int) -> list[int] | None:
    """The keys of what meets a condition, if they are no more than so many."""
    answer = opensearch.search({"size": most + 1, "_source": False, "query": _only(told), "sort": [{"id": "asc"}]})
    keys = [int(each["_id"]) for each in answer["hits"]["hits"]]
    return keys if len(keys) <= most else None


def _counts(
    columns: Sequence[str], tokens: Sequence[int], spans: Mapping[str, tuple[Sequence[str], Sequence[str]]]
) -> dict[str, Any]:
    """What is counted, in one question. Least and most of numbers are the first and the last of the terms of their path."""
    found: dict[str, Any] = {f"column:{name}": {"terms": {"field": name, "size": MOST_VALUES}} for name in columns}
    if tokens:
        found["tokens"] = {"terms": {"field": "tokens", "size": len(tokens), "include": [str(each) for each in tokens]}}
    for name, paths in spans.items():
        for end, path, way in zip(("least", "most"), paths, ("asc", "desc"), strict=True):
            terms = {
                "field": "values",
                "size": 1,
                "order": {"_key": way},
                "include": f"{beginning(path, of_numbers=True)}.*",
            }
            found[f"{end}:{name}"] = {"terms": terms}
    return found


def _read(
    answer: Mapping[str, Any], columns: Sequence[str], spans: Mapping[str, tuple[Sequence[str], Sequence[str]]]
) -> Counts:
    by_column: dict[str, Counter[str]] = {}
    for name in columns:
        told = answer[f"column:{name}"]
        if told["sum_other_doc_count"] or told.get("doc_count_error_upper_bound"):
            raise Untold("more values than are counted exactly")
        by_column[name] = Counter({str(each["key"]): each["doc_count"] for each in told["buckets"]})
    counted = Counter({int(each["key"]): each["doc_count"] for each in answer.get("tokens", {}).get("buckets", ())})
    ends = {name: (_end(answer[f"least:{name}"]), _end(answer[f"most:{name}"])) for name in spans}
    return Counts(columns=by_column, tokens=counted, spans=ends)


def _end(told: Mapping[str, Any]) -> float | None:
    return next((number_of(each["key"].rpartition("=n")[2]) for each in told["buckets"]), None)


mirror = ListingMirror()


def register() -> None:
    """Let OpenSearch be asked first, where there is one."""
    searching.register_mirror(Listing, mirror)
