"""`make mutants`: small faults are put into the modules of money, stock and state, one at a time; the tests must notice.

Which modules and which tests: `[[tool.soko.mutants]]` in pyproject.toml, by groups; the words on the command line are the groups to
judge (all). Says how many were noticed in each module, lists those that were not, and fails below 85 of 100 of any module. What no
test reaches counts as not noticed. SOKO_MUTANTS_REPORT names a file for the report in Markdown.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MUTMUT = str(Path(sys.executable).parent / "mutmut")
PLACE = ROOT / "var" / "mutants"
SOURCES = ("core", "marketplace", "api")
BESIDE = ("conftest.py", "manage.py", "fixtures", "docs", "CHANGELOG.md", ".ci", "deploy", "README.md")
OPTIONS = ("-p", "no:cacheprovider", "-p", "mutants_database", "-o", "pythonpath=. .ci", "-x")
NOTICED = ("killed", "timeout", "caught by type check")
LEAST = 85


def settled(group: dict[str, Any]) -> Path:
    """A folder in which mutmut finds this tree, and what it is to do for one group."""
    folder = PLACE / group["name"]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for each in (*SOURCES, *BESIDE):
        (folder / each).symlink_to(ROOT / each)
    said = {
        "source_paths": SOURCES,
        "only_mutate": group["modules"],
        "also_copy": BESIDE,
        "pytest_add_cli_args": OPTIONS,
        "pytest_add_cli_args_test_selection": group["tests"],
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in said.items()]
    lines += ["use_git_change_detection = false", "track_dependencies = false"]
    text = (ROOT / "pyproject.toml").read_text()
    (folder / "pyproject.toml").write_text("\n".join([text, "[tool.mutmut]", *lines, ""]))
    return folder


def verdicts(folder: Path) -> dict[str, str]:
    """By the name of each fault, what became of it."""
    done = subprocess.run([MUTMUT, "results", "--all", "true"], cwd=folder, capture_output=True, text=True, check=True)
    found = (line.strip().rpartition(": ") for line in done.stdout.splitlines() if "__mutmut_" in line)
    return {name: verdict for name, _colon, verdict in found}


def module_of(name: str) -> str:
    """core.money.xǁMoneyǁshare__mutmut_3 is of core.money."""
    return name.partition(".x")[0]


def judged(group: dict[str, Any]) -> dict[str, str]:
    folder = settled(group)
    log = folder / "log"
    with log.open("w") as told:
        done = subprocess.run([MUTMUT, "run"], cwd=folder, stdout=told, stderr=subprocess.STDOUT, check=False)
    found = verdicts(folder)
    if done.returncode or not found:
        raise SystemExit(f"mutmut did not come to an end; what it said is in {log.relative_to(ROOT)}")
    return found


def report(found: dict[str, str]) -> tuple[str, bool]:
    """What became of them, in Markdown; and was enough noticed of each module?"""
    by_module: dict[str, Counter[bool]] = defaultdict(Counter)
    for name, verdict in found.items():
        by_module[module_of(name)][verdict in NOTICED] += 1
    lines = ["| module | faults | noticed | of 100 |", "| --- | ---: | ---: | ---: |"]
    for module, counts in sorted(by_module.items()):
        share = 100 * counts[True] / counts.total()
        lines.append(f"| `{module}` | {counts.total()} | {counts[True]} | {share:.1f} |")
    noticed = sum(verdict in NOTICED for verdict in found.values())
    lines.append(f"| all | {len(found)} | {noticed} | {100 * noticed / len(found):.1f} |")
    missed = sorted(f"- `{name}` ({verdict})" for name, verdict in found.items() if verdict not in NOTICED)
    lines += ["", "Not noticed:", "", *(missed or ["- none"])]
    return "\n".join(lines), all(100 * each[True] >= LEAST * each.total() for each in by_module.values())


def main() -> int:
    wanted = sys.argv[1:]
    with (ROOT / "pyproject.toml").open("rb") as text:
        groups = tomllib.load(text)["tool"]["soko"]["mutants"]
    found: dict[str, str] = {}
    for group in groups:
        if not wanted or group["name"] in wanted:
            found |= judged(group)
    told, is_enough = report(found)
    print(told)
    print(f"\nAt least {LEAST} of 100 in each. `mutmut show <name>` in var/mutants/<group> shows a fault.")
    if place := os.environ.get("SOKO_MUTANTS_REPORT"):
        Path(place).write_text(told + "\n")
    return 0 if is_enough else 1


if __name__ == "__main__":
    raise SystemExit(main())
