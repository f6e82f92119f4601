"""OpenSearch: who is asked, under which names, and what it means when no usable answer comes. Nothing here knows what is asked.

Readers use the alias `<prefix>-listings`, which stands for one index. Writers write to every index under
`<prefix>-listings-writes`: the one that is read and, while a rebuild is under way, the next one as well.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from django.conf import settings

from core.breakers import Breaker, Resting

#: Of every index. A deletion is remembered for an hour, so that an older writing that comes late does not undo it.
SETTINGS = {"number_of_shards": 1, "gc_deletes": "1h", "max_result_window": 10_000}
WORDS, NUMBER, FLAG, DEGREES = {"type": "keyword"}, {"type": "long"}, {"type": "boolean"}, {"type": "double"}
#: A listing as it is looked for: words folded by our own code and taken as they are, and what decides who sees it.
PROPERTIES = {
    "id": NUMBER,
    "whole_title": WORDS,
    **dict.fromkeys(("title", "facts", "all"), WORDS),
    **dict.fromkeys(("status", "vendor_status", "city", "reference", "price_currency"), WORDS),
    **dict.fromkeys(("vendor_id", "category_id", "price_minor"), NUMBER),
    **dict.fromkeys(("approved_at", "published_at", "expires_at", "created_at", "status_since"), NUMBER),
    "category_is_open": FLAG,
    "latitude": DEGREES,
    "longitude": DEGREES,
    "place": {"type": "geo_point"},
    "tokens": WORDS,
    "values": WORDS,
}  # fmt: skip
NOT_FOUND, CONFLICT, TOO_LARGE = 404, 409, 413
#: What says that a document cannot be held: asked again, the answer is the same.
REFUSED = frozenset({400, TOO_LARGE})
LONGEST_REFUSAL = 500
#: Whether a writing waits until it can be found; tests, which look at once, let it.
REFRESH = "false"


Document = tuple[int, int, dict[str, Any] | None]


class NoAnswer(Exception):
    """OpenSearch did not answer, or not usably. `why`: away, resting, missing, partial or refused."""

    def __init__(self, why: str, said: str = "") -> None:
        super().__init__(f"OpenSearch: {why}{': ' if said else ''}{said}")
        self.why = why


class Failed(NoAnswer):
    """It is away, or not itself: this counts against it."""


class Answered(NoAnswer):
    """It is there, and says that it cannot answer this."""


class TooMuch(Answered):
    """It takes no request of this size."""


breaker = Breaker()


def is_on() -> bool:
    """Is there an OpenSearch to be asked?"""
    return bool(settings.OPENSEARCH_URL)


def alias() -> str:
    """The name that is read."""
    return f"{settings.OPENSEARCH_PREFIX}-listings"


def writes() -> str:
    """The name under which stands every index that is to be written to."""
    return f"{alias()}-writes"


@lru_cache(maxsize=4)
def _client(url: str, seconds: float) -> Any:
    from opensearchpy import OpenSearch  # many megabytes that a market without it need not carry

    return OpenSearch(hosts=[url], timeout=seconds, max_retries=0, retry_on_timeout=False)


@contextmanager
def asking(seconds: float = 0) -> Iterator[Any]:
    """The client, to be asked inside. Whatever fails there is raised as NoAnswer; the breaker counts what OpenSearch failed in."""
    from opensearchpy.exceptions import OpenSearchException, TransportError

    try:
        breaker.pass_through()
        with breaker.judging((Failed,), answers=(Answered,)):
            try:
                yield _client(settings.OPENSEARCH_URL, seconds or settings.OPENSEARCH_SECONDS)
            except TransportError as fault:
                code = fault.status_code
                if not isinstance(code, int) or code >= 500 or code in (401, 403, 408, 429):
                    raise Failed("away", f"{type(fault).__name__} {code}") from fault
                if code == TOO_LARGE:
                    raise TooMuch("refused", str(fault.error)) from fault
                raise Answered("missing" if code == NOT_FOUND else "refused", str(fault.error)) from fault
            except OpenSearchException as fault:
                raise Failed("away", type(fault).__name__) from fault
    except Resting as rest:
        raise NoAnswer("resting", str(rest)) from None


def search(body: dict[str, Any]) -> dict[str, Any]:
    """An answer of every shard, whole; one that lacks a part would be a wrong count."""
    said = {"timeout": f"{int(settings.OPENSEARCH_SECONDS * 1000)}ms", **body}
    with asking() as client:
        answer = _document(
            client.search(index=alias(), body=said, params={"allow_partial_search_results": "false"}), "hits"
        )
        if answer.get("timed_out") or answer.get("_shards", {}).get("failed"):
            raise Failed("partial")
    return answer


def _document(answer: Any, *names: str) -> dict[str, Any]:
    """An answer as OpenSearch gives them, with these names in it: a proxy may answer in its place, with a page of its own."""
    if not isinstance(answer, dict) or not answer.keys() >= set(names):
        raise Failed("away", "something else answers in its place")
    return answer


def version_of(client: Any) -> str:
    """Which version answers."""
    return str(_document(client.info(), "version")["version"].get("number", "of an unknown version"))


# --- Writing, and the indexes behind the names -------------------------------------------------------------------------------


def targets(client: Any) -> list[str]:
    """Every index that is to be written to."""
    return sorted(_behind(client, writes()))


def _behind(client: Any, name: str) -> list[str]:
    return list(_document(client.indices.get_alias(name=name))) if client.indices.exists_alias(name=name) else []


def write(documents: Sequence[Document]) -> dict[int, str]:
    """Write documents (key, revision, what it says; None deletes) wherever they belong. One that has this revision or a later one
    stays as it is.

    Returns the keys of those that are refused, with OpenSearch's words: they are not held, and the others are.
    """
    try:
        return _written(documents)
    except TooMuch as fault:
        if len(documents) == 1:
            return {documents[0][0]: str(fault)[:LONGEST_REFUSAL]}
    half = len(documents) // 2
    return write(documents[:half]) | write(documents[half:])


def _written(documents: Sequence[Document]) -> dict[int, str]:
    with asking(seconds=settings.OPENSEARCH_SECONDS * 5) as client:
        indexes = targets(client)
        if not indexes:
            raise Answered("missing", "there is no index to write to")
        places = [(index, key) for index in indexes for key, _revision, _document in documents]
        lines: list[dict[str, Any]] = []
        for index in indexes:
            for key, revision, document in documents:
                head = {"_index": _door(index), "_id": str(key), "version": revision, "version_type": "external"}
                lines += [{"delete": head}] if document is None else [{"index": head}, document]
        if not lines:
            return {}
        told = client.bulk(body=lines, params={"refresh": REFRESH, "require_alias": "true"})
        answer = _document(told, "items", "errors")
        if not answer["errors"]:
            return {}
        items = (next(iter(item.values())) for item in answer["items"])
        refused = [(place, said) for place, item in zip(places, items, strict=True) if (said := _refusal(item))]
        deciding = (set(indexes) - set(_behind(client, alias())) or set(indexes)) if refused else ()
        return {key: said for (index, key), said in refused if index in deciding}  # a rebuild's, while there is one


def _door(index: str) -> str:
    """The name by which one index is written to: gone with it, so that a writing that comes too late makes no index anew."""
    return f"{index}-door"


def _refusal(item: dict[str, Any]) -> str:
    """What OpenSearch says against a document; nothing where it was written, or there is a later one. Raises NoAnswer where it is
    not the document's fault.
    """
    if "error" not in item or item["status"] == CONFLICT:
        return ""
    said = f"{item['status']} {_words(item['error'])}"[:LONGEST_REFUSAL]
    if item["status"] in REFUSED:
        return said
    if item["status"] == NOT_FOUND:
        raise Answered("missing", said)
    raise Failed("away", said)


def _words(error: Any) -> str:
    """The kinds of an error and its reasons, the last of which says which field it was."""
    told = []
    while isinstance(error, dict):
        told.append(f"{error.get('type', '')}: {error.get('reason', '')}")
        error = error.get("caused_by")
    return "; ".join(told) or str(error)


def begin(number: int) -> bool:
    """Make the index of this number and have it written to. Doing it again changes nothing; what an earlier attempt left goes.
    Returns whether it is new, and so empty.
    """
    name = f"{alias()}-{number}"
    with asking(seconds=settings.OPENSEARCH_SECONDS * 5) as client:
        left = set(_behind(client, writes())) - set(_behind(client, alias())) - {name}
        is_new = not client.indices.exists(index=name)
        if is_new:
            client.indices.create(
                index=name,
                body={"settings": {"index": SETTINGS}, "mappings": {"dynamic": "strict", "properties": PROPERTIES}},
            )
        client.indices.update_aliases(
            body={"actions": [{"add": {"index": name, "alias": each}} for each in (_door(name), writes())]}
        )
        for each in sorted(left):
            client.indices.delete(index=each)
    return is_new


def finish(number: int) -> None:
    """Let readers have the index of this number instead of the one before, in one step, and delete that."""
    name = f"{alias()}-{number}"
    with asking(seconds=settings.OPENSEARCH_SECONDS * 5) as client:
        client.indices.refresh(index=name)
        before = [each for each in _behind(client, alias()) if each != name]
        swap = [{"remove": {"index": each, "alias": alias()}} for each in before]
        client.indices.update_aliases(body={"actions": [{"add": {"index": name, "alias": alias()}}, *swap]})
        for each in sorted({*before, *(set(targets(client)) - {name})}):
            client.indices.delete(index=each)


def stored(after: int, most: int) -> list[dict[str, Any]]:
    """The next so many documents behind a key, in the order of their keys."""
    answer = search({"size": most, "sort": [{"id": "asc"}], "query": {"range": {"id": {"gt": after}}}})
    return [each["_source"] for each in answer["hits"]["hits"]]
