"""A new attribute, saved in the admin of a running production, is a filter of the API in every web process: measured, without a restart."""

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.tests.beginning import PASSWORD, Market
from api.tests.rehearsal import MarketRehearsal
from core.testing.services import until

pytestmark = pytest.mark.production
#: So long may it take from the press of the button to the filter, in each process.
WITHIN = 5.0


class Desk:
    """The admin in a browser that is signed in: over https, as far as Django is told, so cookies are carried by hand."""

    def __init__(self, production: MarketRehearsal, login: str) -> None:
        self.client, self.cookies = production.client(Referer=production.base_url.replace("http", "https", 1)), {}
        self.post("/admin/login/", {"username": login, "password": PASSWORD})
        assert "sessionid" in " ".join(self.cookies), self.cookies

    def get(self, path: str) -> str:
        return self._kept(self.client.get(path, headers=self._headers())).text

    def post(self, path: str, values: dict[str, Any]) -> None:
        """Fill the form of a page and send it. Whatever is refused fails, with what the page says."""
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path))[0]
        sent = {"csrfmiddlewaretoken": token, **values}
        answer = self._kept(self.client.post(path, data=sent, headers=self._headers()))
        faults = re.findall(r"errorlist[^>]*>\s*<li>(.*?)</li>", answer.text)
        assert answer.status_code == 302, (answer.status_code, faults, answer.text[:500])

    def _headers(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def _kept(self, answer: httpx.Response) -> httpx.Response:
        for said in answer.headers.get_list("Set-Cookie"):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(said).items()}
        return answer


def workers_of(production: MarketRehearsal) -> list[int]:
    """The processes in which gunicorn answers."""
    master = production.processes.running["web"].pid
    return [int(each) for each in Path(f"/proc/{master}/task/{master}/children").read_text().split()]


@contextmanager
def only(pid: int, workers: list[int]) -> Iterator[None]:
    """While this one works, the others stand still: whatever is answered is answered by it."""
    others = [each for each in workers if each != pid]
    for each in others:
        os.kill(each, signal.SIGSTOP)
    try:
        yield
    finally:
        for each in others:
            os.kill(each, signal.SIGCONT)


def ask(production: MarketRehearsal, query: dict[str, str]) -> httpx.Response:
    """A list, asked of gunicorn itself over a connection of its own: no kept connection leads to a process that stands still."""
    port = production.processes.port + 1
    headers = {"Host": f"127.0.0.1:{production.processes.port}", "X-Forwarded-Proto": "https", "Connection": "close"}
    return httpx.get(
        f"http://127.0.0.1:{port}/api/v1/listings", params=query, headers=headers, timeout=10, trust_env=False
    )


def test_a_new_attribute_is_a_filter_in_every_web_process_within_seconds(
    production: MarketRehearsal,
    begun: Market,
    capsys: pytest.CaptureFixture[str],
) -> None:
    workers = workers_of(production)
    assert len(workers) == 2
    listing = begun.listing("Bicycle with gears")
    begun.approve(listing)
    asked = {"category": "bicycles", "attr.gears_min": "20"}
    for pid in workers:  # each has read what was defined before, and holds it
        with only(pid, workers):
            assert ask(production, {"category": "bicycles"}).status_code == 200
            assert ask(production, asked).status_code == 422

    desk = Desk(production, "ada@soko.example")
    attribute = {
        "label": "Gears",
        "code": "gears",
        "kind": "number",
        "minimum": "1",
        "maximum": "40",
        "is_integer": "on",
    }
    began = time.monotonic()
    desk.post("/admin/catalog/attribute/add/", {**attribute, **inline_forms(desk, "/admin/catalog/attribute/add/")})
    (key,) = re.findall(r"/admin/catalog/attribute/(\d+)/change/", desk.get("/admin/catalog/attribute/?q=gears"))[:1]
    placed = {
        "category": str(begun.category_id), "attribute": key, "is_filterable": "on", "is_facet": "on", "is_searchable": "on",
        "position": "1", "visibility": "public", "facet_kind": "histogram",
    }  # fmt: skip
    desk.post("/admin/catalog/categoryattribute/add/", placed)
    saved = time.monotonic()
    taken = {}
    for pid in workers:
        with only(pid, workers):
            until(lambda: ask(production, asked).status_code == 200, patience=WITHIN)
            taken[pid] = time.monotonic() - saved
            assert ask(production, asked).json()["items"] == []
    with capsys.disabled():
        each = ", ".join(f"worker {place}: {seconds:.3f} s" for place, seconds in enumerate(taken.values(), 1))
        words = f"from the answer to the save to the filter: {each}; the two forms of the admin: {saved - began:.3f} s"
        sys.stdout.write(f"\n{words}\n")

    path = f"/vendor/v1/listings/{listing}"
    seen = begun.owner.client.get(f"/api{path}", headers={"Authorization": f"Bearer {begun.owner.token}"})
    begun.owner.client.patch(
        f"/api{path}",
        json={"attributes": {"gears": 21}},
        headers={"Authorization": f"Bearer {begun.owner.token}", "If-Match": seen.headers["ETag"]},
    ).raise_for_status()
    approve_changes(begun)
    for pid in workers:
        with only(pid, workers):
            until(lambda: [each["id"] for each in ask(production, asked).json()["items"]] == [listing], patience=WITHIN)
            assert ask(production, {**asked, "attr.gears_min": "22"}).json()["items"] == []
    assert workers_of(production) == workers  # nobody was started anew


def inline_forms(desk: Desk, path: str) -> dict[str, str]:
    """What the page's inline forms send when nobody touches them: no rows."""
    names = re.findall(r'name="(\w+-(?:TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS)"', desk.get(path))
    return {name: "1000" if "MAX" in name else "0" for name in names}


def approve_changes(begun: Market) -> None:
    """What the vendor changed of a listing on show waits for a moderator, if it waits."""
    for each in begun.admin.call("GET", "/operations/v1/revisions?status=pending")["items"]:
        begun.admin.call("POST", f"/operations/v1/revisions/{each['id']}/approve_revision")
