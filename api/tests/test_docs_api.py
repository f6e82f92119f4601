"""docs/api.md: its calls answer what is written under them, its limits and headers are those of the code."""

import json
import re
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client

from api.tests.served import Served
from core import limits
from marketplace.accounts.tests.factories import PASSWORD
from marketplace.cast import Person
from marketplace.catalog.tests import factories as catalog

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
ASSIGNED = re.compile(r"^(\w+)=\$\((curl .+) \| (field (\w+)|etag)\)$")


def calls() -> list[tuple[str, int]]:
    """Each call of the page, in order, with the status under it."""
    lines = [
        line
        for block in re.findall(r"```console\n(.*?)```", PAGE.read_text(), re.DOTALL)
        for line in block.splitlines()
    ]
    found = []
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        if "curl " in line:
            assert re.fullmatch(r"# \d{3}", after), f"no status under: {line}"
            found.append((line.removeprefix("$ "), int(after[2:])))
    return found


@dataclass
class Shell:
    """Understands as much of a shell and of curl as the page uses, and sends it to the project in this process."""

    client: Client
    known: dict[str, str] = field(default_factory=dict)

    def run(self, line: str) -> Any:
        """The answer of a call; `NAME=$(curl … | field x)` is remembered."""
        assigned = ASSIGNED.match(line)
        answer = self.send(assigned[2] if assigned else line)
        if assigned:
            value = answer["ETag"] if assigned[3] == "etag" else answer.json()[assigned[4]]
            self.known[assigned[1]] = str(value)
        return answer

    def send(self, line: str) -> Any:
        filled = re.sub(
            r"'\$(\w+)'", lambda name: self.known[name[1]], line
        )  # '…'$NAME'…' leaves and enters the quotes
        method, address, headers, body = "", "", {}, None
        words = iter(shlex.split(filled)[1:])
        for word in words:
            if word == "-X":
                method = next(words)
            elif word == "-H":
                name, _colon, value = self.fill(next(words)).partition(": ")
                headers[name] = value
            elif word in ("-d", "--json"):
                body, kind = next(words), "application/json"
                headers.setdefault("Content-Type", kind)
                if word == "--json":
                    json.loads(body)
            elif not word.startswith("-"):
                address = self.fill(word)
        kind = headers.pop("Content-Type", "application/octet-stream")
        method = method or ("GET" if body is None else "POST")
        return self.client.generic(method, address, body or "", content_type=kind if body else "", headers=headers)

    def fill(self, word: str) -> str:
        return re.sub(r"\$(\w+)", lambda name: self.known[name[1]], word)


@pytest.fixture
def shell(owner: Person, rival: Person, moderator: Person, customer: Person, settings: Any) -> Shell:
    """A market with a few cars, limits that do not get in the way, and the page's first line."""
    settings.LIMITS_FACTOR = 1_000
    cars = catalog.cars()
    catalog.attach(cars, catalog.attribute("fuel", "choice", options=("petrol", "diesel")))
    catalog.attach(
        cars, catalog.attribute("condition", "choice", options=("brand_new", "foreign_used")), is_required=True
    )
    for number in range(3):
        catalog.listing(
            vendor=rival.vendor,
            category=cars,
            status="approved",
            price=(number + 1) * 100_000,
            attributes={"make": "mazda", "year": 2012},
        )
    return Shell(Client(), {"SOKO": "", "PASSWORD": PASSWORD})


def test_every_call_of_the_page_answers_what_is_written_under_it(shell: Shell, subtests: pytest.Subtests) -> None:
    made = calls()
    assert len(made) >= 40
    for line, status in made:
        with subtests.test(call=line):
            answer = shell.run(line)
            assert answer.status_code == status, answer.content[:1000]
            if status >= 400:
                assert answer["Content-Type"] == "application/problem+json"


def test_what_a_browser_is_told(client: Client, db: None) -> None:
    asked = {"Origin": "http://localhost:5173", "Access-Control-Request-Method": "GET"}
    assert client.options("/api/v1/listings", headers=asked)["Access-Control-Allow-Origin"] == "http://localhost:5173"
    assert "Access-Control-Allow-Origin" not in client.get(
        "/api/v1/listings", headers={"Origin": "https://elsewhere.example"}
    )
    sentence = PAGE.read_text().split("Scripts may read ")[1].split(".\n")[0]
    assert re.findall(r"`([\w-]+)`", sentence) == list(configured.CORS_EXPOSE_HEADERS)


def test_the_limits_of_the_page_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) in (\d+) s \|", PAGE.read_text(), re.MULTILINE)
    said = {name: (int(quota), int(window)) for name, quota, window in rows}
    assert len(said) == 12
    assert said == {name: (limits.LIMITS[name].quota, limits.LIMITS[name].window) for name in said}


def test_an_answer_says_what_is_left_and_carries_the_id_that_was_sent(client: Client, db: None) -> None:
    answer = client.get("/api/v1/listings", headers={"X-Request-ID": "page-0001"})
    assert answer["X-Request-ID"] == "page-0001"
    assert answer["RateLimit-Policy"] == '"read_anonymous";q=120;w=60'
    assert re.fullmatch(r'"read_anonymous";r=119;t=\d+', answer["RateLimit"])


def test_the_refusal_of_the_page_has_the_members_of_a_refusal(client: Client, db: None) -> None:
    shown = json.loads(PAGE.read_text().split("```json\n")[1].split("```")[0])
    refused = client.get("/api/v1/listings?colour=red").json()
    assert sorted(refused) == sorted(shown)
    assert {name: refused[name] for name in ("type", "title", "status", "code", "parameter", "instance")} == {
        name: shown[name] for name in ("type", "title", "status", "code", "parameter", "instance")
    }


@pytest.mark.contract
def test_the_calls_of_the_page_are_good_curl(market: Served, subtests: pytest.Subtests) -> None:
    """The same calls, by a real shell and a real curl, to a served demo market."""
    log = market.log.with_name("curl.log")
    lines = [
        line
        for block in re.findall(r"```console\n(.*?)```", PAGE.read_text(), re.DOTALL)
        for line in block.splitlines()
    ]
    own = f"SOKO={market.base} PASSWORD={market.password}"
    told = f"curl() {{ command curl -w '%{{stderr}}%{{http_code}}\\n' \"$@\" 2>>{shlex.quote(str(log))}; }}"
    script = [told, *(own if line.startswith("$ SOKO=") else line[2:] for line in lines if line.startswith("$ "))]
    done = subprocess.run(["bash", "-c", "\n".join(script)], capture_output=True, text=True, timeout=120)
    assert "unknown option" not in done.stderr
    met = [int(line) for line in log.read_text().splitlines() if line.isdigit()]
    for (line, status), answered in zip(calls(), met, strict=True):
        with subtests.test(call=line):
            assert answered == status
