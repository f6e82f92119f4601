"""OpenSearch killed, silent, behind and empty: the database answers, and nothing is lost; and how its index is rebuilt and mended."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from threading import Thread
from typing import Any

import pytest
from django.core.management import call_command
from django.test.utils import override_settings

from core import breakers
from core.doctor import examine
from core.jobs import running
from core.jobs.models import Job
from core.metrics import COUNTED
from core.resources import operations
from core.rules import Actor
from marketplace.cast import Answering, Person
from marketplace.catalog.models import Listing
from marketplace.search import actions, flows, tasks
from marketplace.search.backends import opensearch as engine
from marketplace.search.models import Entry
from marketplace.search.tests.conftest import BY, answer_of, searched
from marketplace.search.tests.test_keeping import found, heard

pytestmark = pytest.mark.django_db
Post = Callable[..., Listing]
SYSTEM = Actor.system("test")


# --- Away ----------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def brittle(opensearch: Answering) -> Iterator[Answering]:
    """The same, started again after the test whatever became of it."""
    yield opensearch
    opensearch.server.stop()
    opensearch.server.start()
    opensearch.taken()


def test_killed_in_the_middle_the_database_answers_and_once_it_is_back_nothing_is_lost(
    post: Post, brittle: Answering, nobody: Person
) -> None:
    rows = [post(f"Lamp {number}") for number in range(3)]
    cursor = answer_of(nobody.api(), "/listings", {"q": "lamp", "limit": 1})["next"]
    assert brittle.left == []
    brittle.server.stop()
    page = answer_of(nobody.api(), "/listings", {"q": "lamp", "limit": 1, "cursor": cursor})
    assert [each["id"] for each in page["items"]] == [rows[1].pk]
    assert brittle.taken()
    post("Lamp made meanwhile")
    operations.delete(rows[0], by=SYSTEM)
    heard()
    assert searched(nobody) == ["Lamp made meanwhile", "Lamp 2", "Lamp 1"]
    assert answer_of(nobody.api(), "/listings/facets", {"q": "lamp"})["facets"][0]["values"][0]["count"] == 3
    assert {each.split(":")[0] for each in brittle.taken()} == {"away", "resting"}
    assert nobody.api().client.get("/healthz").status_code == 200

    brittle.server.start()  # empty: its index is gone
    engine.breaker._clear()
    tasks.send_what_waits()
    assert searched(nobody) == ["Lamp made meanwhile", "Lamp 2", "Lamp 1"]
    assert {each.split(":")[0] for each in brittle.taken()} == {"missing"}
    assert flows.waiting().count() == 2
    assert rebuilt().status == "done"
    assert searched(nobody) == ["Lamp made meanwhile", "Lamp 2", "Lamp 1"]
    assert (brittle.left, flows.waiting().count(), list(flows.differences())) == ([], 0, [])


def test_silent_it_is_asked_a_few_times_and_then_left_alone_until_it_has_rested(
    post: Post, brittle: Answering, nobody: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    post("Lamp 1")
    clock = [1_000.0]
    monkeypatch.setattr(engine, "breaker", breakers.Breaker(lambda: clock[0]))
    brittle.server.silence()
    with override_settings(OPENSEARCH_SECONDS=0.2):
        for _each in range(4):
            assert searched(nobody) == ["Lamp 1"]
        told = [each.split(":")[0] for each in brittle.taken()]
        assert told[: breakers.MOST] == ["away"] * breakers.MOST
        assert set(told[breakers.MOST :]) == {"resting"}
        post("Lamp 2")
        assert (searched(nobody), flows.waiting().count()) == (["Lamp 2", "Lamp 1"], 1)
    brittle.server.wake()
    clock[0] += breakers.REST
    tasks.send_what_waits()
    brittle.taken()
    assert (searched(nobody), flows.waiting().count(), brittle.left) == (["Lamp 2", "Lamp 1"], 0, [])
    assert list(flows.differences()) == []


class Impostor(BaseHTTPRequestHandler):
    """A proxy that answers everything with a page of its own."""

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<h1>Under maintenance</h1>" if self.command != "HEAD" else b"")

    do_GET = do_POST = do_PUT = do_HEAD = answer

    def log_message(self, *_words: Any) -> None:
        """Nobody reads it."""


def test_a_page_of_a_proxy_is_no_answer(post: Post, opensearch: Answering, nobody: Person) -> None:
    post("Lamp 1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Impostor) as proxy:
        Thread(target=proxy.serve_forever, daemon=True).start()
        with override_settings(OPENSEARCH_URL=f"http://127.0.0.1:{proxy.server_port}"):
            post("Lamp 2")
            assert (searched(nobody), flows.waiting().count()) == (["Lamp 2", "Lamp 1"], 1)
            assert answer_of(nobody.api(), "/listings/facets", {"q": "lamp"})["facets"]
            assert next(each for each in examine() if each.name == "search").is_well is False
        proxy.shutdown()
    assert {each.split(":")[0] for each in opensearch.taken()} <= {"away", "resting"}
    engine.breaker._clear()
    tasks.send_what_waits()
    assert (searched(nobody), opensearch.left) == (["Lamp 2", "Lamp 1"], [])


def test_while_it_is_behind_the_database_answers(post: Post, opensearch: Answering, nobody: Person) -> None:
    row = post("Lamp 1")
    long_ago = int((datetime.now(UTC) - timedelta(minutes=2)).timestamp() * 1e6)
    Entry.objects.filter(listing=row).update(revision=long_ago, sent=0)
    assert searched(nobody) == ["Lamp 1"]
    assert {each.split(":")[0] for each in opensearch.taken()} == {"behind"}
    actions.index([row.pk], by=BY)
    tasks.send_what_waits()
    assert (searched(nobody), opensearch.left) == (["Lamp 1"], [])


def test_who_answered_is_counted_and_logged(post: Post, monkeypatch: pytest.MonkeyPatch, nobody: Person) -> None:
    def counted(by: str, why: str) -> float:
        return COUNTED.get_sample_value("marketplace_search_answers_total", {"by": by, "why": why}) or 0.0

    before = counted("database", "away")
    monkeypatch.setattr(engine, "breaker", breakers.Breaker())
    post("Lamp 1")
    with override_settings(OPENSEARCH_URL="http://127.0.0.1:9"):
        assert searched(nobody) == ["Lamp 1"]
    assert counted("database", "away") > before


# --- Rebuilding ------------------------------------------------------------------------------------------------------------------


def rebuilt() -> Job:
    job = actions.rebuild(by=SYSTEM)
    running.run(job.pk)
    job.refresh_from_db()
    return job


def said(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("search", *arguments, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_a_rebuild_swaps_indexes_and_what_happens_meanwhile_is_in_both(
    post: Post, opensearch: Answering, monkeypatch: pytest.MonkeyPatch, nobody: Person
) -> None:
    rows = [post(f"Lamp {number}") for number in range(4)]
    monkeypatch.setattr(flows, "BATCH", 2)
    honest, seen = flows.send_after, []

    def busy(key: int) -> tuple[int, int]:
        answer = honest(key)
        seen.append(searched(nobody))
        if len(seen) == 1:
            operations.update(rows[0], {"title": "Lamp zero"}, by=SYSTEM)  # its batch is sent already
            operations.delete(rows[3], by=SYSTEM)
            heard()
        return answer

    monkeypatch.setattr(flows, "send_after", busy)
    job = rebuilt()
    assert (job.status, job.result["index"]) == ("done", f"{engine.alias()}-{job.pk}")
    assert all(len(each) >= 3 for each in seen)
    assert sorted(searched(nobody)) == ["Lamp 1", "Lamp 2", "Lamp zero"]
    assert list(flows.differences()) == []
    with engine.asking() as client:
        assert engine.targets(client) == [f"{engine.alias()}-{job.pk}"]
        assert not client.indices.exists(index=f"{engine.alias()}-0")


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_rebuild_that_lost_opensearch_goes_on_when_it_is_resumed(
    is_lost: bool, post: Post, opensearch: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        post(f"Lamp {number}")
    monkeypatch.setattr(flows, "BATCH", 2)
    honest, calls = engine.write, []

    def failing(documents: Any) -> Any:
        calls.append(len(documents))
        if len(calls) == 5:  # three before it went to the index that is read: the second batch of the new one
            raise engine.Failed("away")
        return honest(documents)

    monkeypatch.setattr(engine, "write", failing)
    job = rebuilt()
    assert job.status == "failed", (job.result, calls)
    assert len(engine.stored(0, 10)) == 5  # the index that is read is whole
    if is_lost:  # with all that it held
        with engine.asking() as client:
            client.indices.delete(index=f"{engine.alias()}-{job.pk}")
    assert running.resume(job)
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.status, len(engine.stored(0, 10)), list(flows.differences())) == ("done", 5, [])


def test_check_names_what_differs_in_opensearch_and_mends_it_if_told_to(post: Post, opensearch: Answering) -> None:
    rows = [post(f"Lamp {number}") for number in range(4)]
    assert said("check") == (0, "The index is right.\n")
    later = Entry.objects.get(listing=rows[3]).revision + 10
    document = {**engine.stored(0, 1)[0], "price_minor": 7}
    engine.write([(rows[0].pk, later, document), (rows[1].pk, later, None), (999, later, {**document, "id": 999})])
    status, words = said("check")
    assert status == 1
    for sentence in (
        f"listing {rows[0].pk}: OpenSearch differs: price_minor",
        f"listing {rows[1].pk}: OpenSearch lacks it",
        "listing 999: OpenSearch has a listing that is gone",
    ):
        assert sentence in words, words
    assert said("check", "--repair")[0] == 0
    assert said("check") == (0, "The index is right.\n")


def test_the_doctor_says_whether_opensearch_answers_and_is_filled(post: Post, opensearch: Answering) -> None:
    def told() -> Any:
        return next(each for each in examine() if each.name == "search")

    post("Lamp")
    assert told().is_well
    Entry.objects.update(sent=0)
    assert (told().is_well, "rebuild" in told().remedy) == (False, True)
    with override_settings(OPENSEARCH_URL="http://127.0.0.1:9"):
        assert "does not answer" in told().sentence
    with override_settings(OPENSEARCH_URL=""):
        assert told().is_well
    assert found("lamp") == ["Lamp"]
