"""docs/configuration.md names every variable with the default it has, and its production starts; docs/money.md calculates."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.once  # no database is asked
ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SECRETS = {"secret", "address"}
READERS = {"text", "flag", "number", "words", "choice", "name_part", *SECRETS}
ROW = re.compile(r"^\| `([A-Z_]+)` \| ([^|]+) \| ([^|]+) \| [^|]+ \|$", re.MULTILINE)


def read_by_the_settings() -> dict[str, tuple[str, Any]]:
    """Each variable with its reader and its default, where the default is written as a plain value."""
    found: dict[str, tuple[str, Any]] = {}
    for place in [*sorted((ROOT / "core").rglob("*.py")), *sorted((ROOT / "marketplace").glob("*/*.py"))]:
        for node in ast.walk(ast.parse(place.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READERS:
                owner, name = node.func.value, node.args[0] if node.args else None
                if isinstance(owner, ast.Name) and owner.id == "env" and isinstance(name, ast.Constant):
                    given = node.args[1] if len(node.args) > 1 else ast.Constant(None)
                    found[str(name.value)] = node.func.attr, given.value if isinstance(given, ast.Constant) else ...
    return found


def rows() -> dict[str, tuple[str, str]]:
    """Each variable on the page with its kind and default."""
    return {
        name: (kind.strip(), default.strip())
        for name, kind, default in ROW.findall((DOCS / "configuration.md").read_text())
    }


def test_every_variable_that_the_settings_read_is_on_the_page_and_none_else() -> None:
    read = read_by_the_settings()
    assert len(read) >= 37
    assert set(rows()) == set(read)


def test_the_page_says_the_defaults_of_the_code() -> None:
    said = rows()
    for name, (reader, default) in read_by_the_settings().items():
        if reader == "flag":
            assert said[name][1] == ("yes" if default else "no"), name
        elif default not in (None, ...) and isinstance(default, int | str):
            assert said[name][1] == f"`{default}`".replace("_", ""), name


def test_a_secret_is_called_one() -> None:
    said = rows()
    for name, (reader, _default) in read_by_the_settings().items():
        assert (said[name][0] == "secret") == (reader in SECRETS), name


def test_variables_that_commands_read_are_on_the_page() -> None:
    page = (DOCS / "configuration.md").read_text()
    folders = ("core", "marketplace", ".ci", "deploy")
    places = [place for folder in folders for place in (ROOT / folder).rglob("*.py")]
    read = {
        name
        for place in places
        if "tests" not in place.parts
        for name in re.findall(r"environ(?:\.get\(|\.setdefault\(|\[)\"([A-Z_]+)\"", place.read_text())
    }
    read -= {f"{name}_FILE" for name, (reader, _default) in read_by_the_settings().items() if reader in SECRETS}
    assert {"PORT", "CI", "REAL_DATA"} <= read
    assert {name for name in read if f"`{name}`" not in page} == set()


def started(tmp_path: Path, **changed: str) -> subprocess.CompletedProcess[str]:
    """The page's production, checked in a process of its own."""
    block = (DOCS / "configuration.md").read_text().split("```ini\n")[1].split("```")[0]
    said = dict(line.split("=", 1) for line in block.splitlines())
    secrets = {
        "soko_secret_key": "s" * 50,
        "soko_token_key": "t" * 50,
        "soko_database_url": "postgres://soko@127.0.0.1/soko",
    }
    for name, value in secrets.items():
        (tmp_path / name).write_text(value + "\n")
    environment = {name: value.replace("/run/secrets", str(tmp_path)) for name, value in said.items()} | changed
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("SOKO_", "DATABASE_URL", "REDIS_URL"))
    }
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT, env=kept | environment | {"SOKO_VAR": str(tmp_path)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_the_production_of_the_page_starts(tmp_path: Path) -> None:
    done = started(tmp_path)
    assert done.returncode == 0, done.stderr


def test_with_a_weak_key_and_no_word_on_proxies_it_refuses_naming_each(tmp_path: Path) -> None:
    done = started(tmp_path, SOKO_SECRET_KEY_FILE="", SOKO_SECRET_KEY="short", SOKO_PROXIES="-1", SOKO_DEMO="1")
    assert done.returncode == 1
    assert set(re.findall(r"core\.E\d+", done.stderr)) == {"core.E010", "core.E013", "core.E015"}


@pytest.mark.parametrize("page", ["money.md"])
def test_the_sums_of_the_page_are_right(page: str) -> None:
    block = (DOCS / page).read_text().split("```python\n")[1].split("```")[0]
    assert block.count("assert ") >= 8
    exec(compile(block, page, "exec"), {})


def test_every_page_and_every_decision_is_in_the_list() -> None:
    pages = {str(each.relative_to(DOCS)) for each in [*DOCS.glob("*.md"), *(DOCS / "decisions").glob("0*.md")]}
    linked = re.findall(r"\]\(((?:decisions/)?[\w-]+\.md)\)", (DOCS / "README.md").read_text())
    assert pages - {"README.md"} - set(linked) == set()
    numbers = [each for each in linked if each.startswith("decisions/0")]
    assert numbers == sorted(set(numbers))
