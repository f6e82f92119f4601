"""The tutorial of docs/guide.md does what it says: its files are written, migrated, checked and driven from outside."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from api.tests.tutorial import ROOT, lines_of, parts
from core.testing.databases import MIGRATED

#: The machine's own configuration is not the tutorial's.
LEFT_OUT = ("SOKO_", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PYTEST")
#: Where a run of lanes keeps the market's own schema, migrated once; the tutorial migrates what is its own.
TEMPLATES = Path(os.environ["SOKO_TEST_TEMPLATES"]) if "SOKO_TEST_TEMPLATES" in os.environ else None
CONFORMANCE = "api/tests/test_conformance.py"


def run(folder: Path, *words: str) -> str:
    """A command in the tutorial's environment; what it printed."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(LEFT_OUT)}
    templates = {"SOKO_TEST_TEMPLATES": str(TEMPLATES)} if TEMPLATES else {}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=own
        | templates
        | {"SOKO_VAR": str(folder / "var"), "SOKO_APPS": "pickups", "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
    return done.stdout


def seen(folder: Path, part: str) -> dict[str, Any]:
    """Migrated and checked in a process of its own: what the people of the page met, each by name."""
    return json.loads(run(folder, "-m", "api.tests.tutorial_visit", part).splitlines()[-1])


@pytest.mark.once
def test_the_tutorial_adds_a_whole_resource_and_a_verb(tmp_path: Path, subtests: pytest.Subtests) -> None:
    declared, verb = parts()
    (tmp_path / "var").mkdir()
    if TEMPLATES and (TEMPLATES / MIGRATED).exists():  # a market that is there already gets an app more
        shutil.copyfile(TEMPLATES / MIGRATED, tmp_path / "var" / "soko.sqlite3")
    (tmp_path / "pickups" / "migrations").mkdir(parents=True)
    (tmp_path / "pickups" / "__init__.py").touch()
    (tmp_path / "pickups" / "migrations" / "__init__.py").touch()
    for part, blocks in (("resource", declared), ("verb", verb)):
        for block in blocks:
            block.put(tmp_path)
        for name, (met, promised) in seen(tmp_path, part).items():
            with subtests.test(part=part, step=name):
                assert met == promised
    conformance = run(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n0", CONFORMANCE, "-k", "unknown")
    assert "3 passed" in conformance


def test_the_tutorial_is_at_most_thirty_lines_whatever_kind_of_line(capsys: pytest.CaptureFixture[str]) -> None:
    counted = lines_of(parts()[0])
    with capsys.disabled():
        print(f"\nThe tutorial's resource: {sum(counted.values())} lines {counted}")  # noqa: T201  the figure is wanted
    assert sorted(counted) == ["pickups/models.py", "pickups/resources.py", "pickups/rules.py"]
    assert sum(counted.values()) <= 30


def test_the_verb_is_one_function() -> None:
    actions = next(block for block in parts()[1] if block.file == "pickups/actions.py")
    assert actions.text.count("def ") == 1
