"""Run the lanes of `make test`, say loudly which did not run and why, and close with what passed and what failed.

A lane is a list of commands. Each pytest run counts its tests; any other command counts as one check. A lane whose
ground is missing (no PostgreSQL, no Chromium, no real data) is NOT RUN, and with CI=true that is a failure. So is a
skipped test: what cannot run in a lane is left out of it by a marker, never skipped inside it.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from outcomes import Outcome, close, tally

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
REPORTS = ROOT / "var" / "lanes"
#: The demo market that lanes copy is seeded once in a run, by whichever needs it first.
SEEDED = REPORTS / "market"
#: So is the test database of SQLite migrated once.
TEMPLATES = REPORTS / "templates"
POSTGRES = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/soko")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")

#: The product's own settings are not taken from this machine: a lane names those it means.
OWN_SETTINGS = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "SOKO_")
NO_TESTS = 5


@dataclass(frozen=True)
class Lane:
    """Commands that stand or fall together, the ground they need, and the environment they run in."""

    title: str
    commands: tuple[tuple[str, ...], ...]
    environment: dict[str, str] = field(default_factory=dict)
    missing: Callable[[], str] = lambda: ""
    minutes: int = 30  # for each command


def python(*words: str) -> tuple[str, ...]:
    return (sys.executable, *words)


def tool(name: str, *words: str) -> tuple[str, ...]:
    return (str(BIN / name), *words)


def suite(marks: str, *, workers: int, patience: int = 600) -> tuple[str, ...]:
    """Pytest on what carries these marks; a test that takes longer than `patience` seconds fails, and says where."""
    spread = ("-n", str(workers), "--dist", "worksteal")
    return tool("pytest", "-q", "-m", marks, *spread, f"--timeout={patience}", "--durations=5", "--durations-min=3")


def no_services() -> str:
    """Why the services lane cannot run here, or nothing."""
    import psycopg
    import redis

    try:
        psycopg.connect(POSTGRES.rsplit("/", 1)[0] + "/postgres", connect_timeout=3).close()
    except psycopg.Error as refusal:
        return f"PostgreSQL does not answer ({str(refusal).strip().splitlines()[0]}); set TEST_DATABASE_URL or start it"
    try:
        redis.Redis.from_url(REDIS, socket_connect_timeout=3).ping()
    except redis.RedisError as refusal:
        return f"Redis does not answer ({refusal}); set TEST_REDIS_URL or start it"
    return ""


def no_processes() -> str:
    """Why the processes of production cannot be started here, or nothing."""
    programs = {"nginx": "nginx-light", "redis-server": "redis-server", "postgres": "postgresql"}
    places = [*os.get_exec_path(), "/usr/sbin", *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
    absent = [package for name, package in programs.items() if not shutil.which(name, path=os.pathsep.join(places))]
    return f"something is not installed (on Debian: apt-get install {' '.join(absent)})" if absent else ""


def no_browser() -> str:
    return "" if shutil.which("chromium") else "there is no chromium on PATH (on Debian: apt-get install chromium)"


def no_node() -> str:
    """Why the contract lane cannot run here, or nothing; makes node_modules when npm can."""
    done = subprocess.run(["bash", ".ci/setup", "node"], cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr.strip().splitlines()[-1].removeprefix("soko: ")


def no_corpus() -> str:
    """Why the uploads lane cannot run here, or nothing; fetches Pillow's own test images when pip can."""
    done = subprocess.run(["bash", ".ci/setup", "corpus"], cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr.strip().splitlines()[-1].removeprefix("soko: ")


def no_real_data() -> str:
    folder = os.environ.get("REAL_DATA", "")
    if not folder:
        return "REAL_DATA names no folder of real data"
    return "" if Path(folder).is_dir() else f"REAL_DATA names {folder}, which is no folder"


AWAY = ("whole", "browser", "uploads", "contract", "realdata", "storm", "production", "growth")
APART = " and ".join(f"not {each}" for each in AWAY)
storms = (*suite("storm", workers=0, patience=900), "-rP")  # each says what it measured
lives = tool("pytest", "-q", "marketplace/orders/tests/test_life.py", "-k", "whatever_happens", "--timeout=0")
fuzzer = tool("pytest", "-q", "api/tests/test_contract.py", "-m", "contract", "-k", "fuzzer", "-n", "2", "--timeout=0")
LANES: dict[str, Lane] = {
    "environment": Lane(
        "environment: pins complete and installed", (python(".ci/pins.py", "check"), python("-m", "pip", "check"))
    ),
    "lint": Lane("lint: ruff check and format", (tool("ruff", "check", "."), tool("ruff", "format", "--check", "."))),
    "types": Lane("types: mypy", (tool("mypy"),)),
    "imports": Lane("imports: who may import whom", (tool("lint-imports"),)),
    "django": Lane(
        "django: system checks, no migration missing",
        (
            python("manage.py", "check", "--fail-level", "WARNING"),
            python("manage.py", "makemigrations", "--check", "--dry-run"),
        ),
    ),
    "drift": Lane(
        "drift: contracts and generated docs are current",
        (python("manage.py", "openapi", "--check"), python("manage.py", "docs", "--check")),
    ),
    "sqlite": Lane("suite on SQLite", (suite(f"{APART} and not services", workers=2),)),
    "services": Lane(
        "suite on PostgreSQL + Redis",
        (suite(f"{APART} and not once", workers=2),),
        environment={"DATABASE_URL": POSTGRES, "REDIS_URL": REDIS},
        missing=no_services,
    ),
    "growth": Lane(
        "growth: what requests cost the database at 10,000 listings and at 200,000",
        (suite("growth", workers=0),),
        environment={"DATABASE_URL": POSTGRES, "REDIS_URL": REDIS},
        missing=no_services,
    ),
    "production": Lane(
        "production: its processes, started, used, stopped and killed",
        (suite("production", workers=0),),
        environment={"SOKO_TEST_PORTS": "8741"},  # the storms begin at 8441, maybe at the same time
        missing=no_processes,
    ),
    "storm": Lane("storms: a sample of many at once, of crashes, of what is away", (storms,), missing=no_processes),
    "storm-whole": Lane(
        "storms: the whole figures, 200 lives of an order, 100 examples and every bound for each operation",
        (storms, lives, suite("whole", workers=2, patience=1500), fuzzer),
        environment={"SOKO_STORM": "whole"},
        missing=lambda: no_processes() or no_node(),
        minutes=120,
    ),
    "browser": Lane("browser: Chromium through the whole journey", (suite("browser", workers=0),), missing=no_browser),
    "contract": Lane(
        "contract: linters, clients, schemathesis", (suite("contract", workers=2, patience=1500),), missing=no_node
    ),
    "uploads": Lane(
        "uploads: Pillow's hostile images and our own, judged, drawn and gone",
        ((*suite("uploads", workers=0), "-rP"),),
        environment={"UPLOAD_CORPUS": str(ROOT / "var" / "corpus" / "images")},
        missing=no_corpus,
    ),
    "realdata": Lane(
        "real data: places whole, of vehicles each third",
        (suite("realdata", workers=0, patience=1500),),
        missing=no_real_data,
    ),
    "realdata-services": Lane(
        "real data, all of it, on PostgreSQL + Redis",
        (suite("realdata", workers=0, patience=1500),),
        environment={"DATABASE_URL": POSTGRES, "REDIS_URL": REDIS, "SOKO_STORM": "whole"},
        missing=lambda: no_real_data() or no_services(),
    ),
    "quick": Lane("unit tests on SQLite", (suite(f"{APART} and not services", workers=2),)),
}
#: Lanes of one process leave a processor idle, so two of them run at a time; those that take longest begin.
SINGLE = ("realdata", "storm", "browser", "growth", "production", "uploads")
EVERY = [name for name in LANES if name not in ("quick", "storm-whole", "realdata-services")]


def ground_of(lane: Lane) -> dict[str, str]:
    """The environment a lane's commands see: this machine's, less the product's own settings, plus the lane's."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OWN_SETTINGS)}
    shared = {"SOKO_SEEDED_MARKET": str(SEEDED), "SOKO_TEST_TEMPLATES": str(TEMPLATES)}
    return inherited | shared | lane.environment


def run(name: str, *, to: IO[str] | None = None) -> Outcome:
    """Run one lane to its end, whatever fails in it; what it prints goes to a file, if one is given."""
    lane, begun = LANES[name], time.monotonic()
    outcome = Outcome(lane.title)
    say = partial(print, file=to, flush=True)
    say(f"\n=== {lane.title} ===")
    outcome.missing = lane.missing()
    if outcome.missing:
        say(f"!!! NOT RUN: {outcome.missing} !!!")
        return outcome
    for number, command in enumerate(lane.commands):
        is_suite = Path(command[0]).name == "pytest"
        report = REPORTS / f"{name}-{number}.xml"
        report.unlink(missing_ok=True)
        words = (*command, f"--junitxml={report}") if is_suite else command
        try:
            code = subprocess.run(
                words, cwd=ROOT, env=ground_of(lane), timeout=lane.minutes * 60, check=False, stdout=to, stderr=to
            ).returncode
        except subprocess.TimeoutExpired:
            code = 124
            outcome.notes.append(f"stopped after {lane.minutes} minutes")
        if not is_suite:
            outcome.passed += code == 0
            outcome.failed += code != 0
        elif code == NO_TESTS:
            outcome.missing = "no test carries its marker"
            say(f"!!! NOT RUN: {outcome.missing} !!!")
        elif (not tally(report, outcome) or code) and not outcome.failed:
            outcome.failed += 1
            outcome.notes.append(f"pytest ended with {code}")
    outcome.seconds = time.monotonic() - begun
    return outcome


def run_all(names: Sequence[str]) -> Iterator[Outcome]:
    """Run lanes one after the other, and then those of one process two at a time, each printed when it is done."""
    single = [name for name in SINGLE if name in names]
    yield from (run(name) for name in names if name not in single)
    with ThreadPoolExecutor(2) as pool:
        for done in as_completed([pool.submit(run_aside, name) for name in single]):
            outcome, told = done.result()
            print(told, end="", flush=True)
            yield outcome


def run_aside(name: str) -> tuple[Outcome, str]:
    """Run one lane to its end, and what it printed."""
    with (REPORTS / f"{name}.txt").open("w+") as told:
        outcome = run(name, to=told)
        told.seek(0)
        return outcome, told.read()


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument(
        "lanes", nargs="*", metavar="lane", help=f"any of {', '.join(LANES)}; none means all of make test"
    )
    chosen = words.parse_args().lanes or EVERY
    unknown = [name for name in chosen if name not in LANES]
    if unknown:
        words.error(f"there is no lane {', '.join(unknown)}; the lanes are {', '.join(LANES)}")
    REPORTS.mkdir(parents=True, exist_ok=True)
    for each in (SEEDED, TEMPLATES):
        shutil.rmtree(each, ignore_errors=True)
    try:
        return close(list(run_all(chosen)))
    except KeyboardInterrupt:
        print("\nstopped", flush=True)
        return 130
    finally:
        for each in (SEEDED, TEMPLATES):
            shutil.rmtree(each, ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(main())
