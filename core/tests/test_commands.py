"""The words of the Makefile refuse clearly, and the lanes never look green when something did not run."""

import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def loaded(name: str):
    """A script of `.ci` as a module."""
    spec = importlib.util.spec_from_file_location(f"ci_{name}", ROOT / ".ci" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def lanes(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / ".ci")  # as for whoever runs it
    return loaded("lanes")


@pytest.fixture
def outcomes(monkeypatch):
    module = loaded("outcomes")
    monkeypatch.setattr(module, "IN_CI", False)
    return module


def script(name: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    ground = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environment}
    command = ["bash", str(ROOT / ".ci" / name), *words]
    return subprocess.run(command, env=ground, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


@pytest.fixture
def bare_tree(tmp_path):
    """What set-up reads, in a folder that has no environment yet, with an interpreter that is too old."""
    (tmp_path / ".ci").mkdir()
    for name in (".ci/setup", ".python-version", "requirements.txt"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\ncase "$2" in *exit*) exit 1;; *) echo 3.9.18;; esac\n')
    old.chmod(0o755)
    return tmp_path


def test_an_interpreter_that_is_too_old_is_refused_in_one_sentence(bare_tree):
    answer = subprocess.run(
        ["/bin/bash", str(bare_tree / ".ci/setup"), "demo"],
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "PYTHON": str(bare_tree / "python3")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert answer.stderr == (
        f"soko: Soko needs Python 3.12 or newer, and PYTHON names '{bare_tree / 'python3'}', which is 3.9.18.\n"
    )
    assert not (bare_tree / ".venv").exists()


def test_an_interpreter_that_does_not_run_is_refused_in_one_sentence(bare_tree):
    answer = subprocess.run(
        ["/bin/bash", str(bare_tree / ".ci/setup"), "demo"],
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "PYTHON": "no-such-python"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stderr) == (
        1,
        "soko: PYTHON names 'no-such-python', which does not run as Python.\n",
    )


def test_a_missing_compiler_is_refused_in_one_sentence(bare_tree):
    tools = bare_tree / "bin"
    tools.mkdir()
    for name in ("cat", "cksum", "dirname", "grep", "tail", "tr"):
        (tools / name).symlink_to(shutil.which(name))
    python = bare_tree / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(
        '#!/bin/sh\n[ "$1" = -c ] && { echo 3.13.0; exit 0; }\n'
        "echo \"error: command 'gcc' failed: No such file or directory\"; exit 1\n"
    )
    python.chmod(0o755)
    answer = subprocess.run(
        ["/bin/bash", str(bare_tree / ".ci/setup"), "demo"],
        env={"PATH": str(tools), "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert answer.stderr.splitlines() == [
        "error: command 'gcc' failed: No such file or directory",
        "soko: a package has no ready-made build for this machine and there is no C compiler to build it; "
        "install one (on Debian: apt-get install build-essential python3-dev).",
    ]
    assert not (bare_tree / ".venv" / ".made-demo").exists()


def test_a_taken_port_is_refused_in_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        answer = script("demo", PORT=str(port))
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert answer.stderr == (
        f"soko: port {port} on 127.0.0.1 is taken; stop what is using it, or choose another with 'make demo PORT=8001'.\n"
    )


@pytest.mark.parametrize("port", ["0", "65536", "http", "80 80", "-1"])
def test_a_port_that_is_none_is_refused(port):
    answer = script("demo", PORT=port)
    assert (answer.returncode, answer.stderr) == (1, f"soko: PORT must be a number from 1 to 65535, not '{port}'.\n")


def test_lanes_of_one_process_run_two_at_a_time_and_each_is_told_of_in_one_piece(lanes, monkeypatch, tmp_path, capfd):
    """Each of the two waits for what the other leaves."""
    waits = (
        "from pathlib import Path; import time; print('{0}'); Path('{0}').touch()\n"
        "for _ in range(1000): Path('{1}').exists() or time.sleep(.01)\n"
        "Path('{1}').stat()"
    )

    def said(words, *, code=0):
        return lanes.Lane(words, ((sys.executable, "-c", f"{words}\nraise SystemExit({code})"),))

    monkeypatch.setattr(lanes, "REPORTS", tmp_path)
    monkeypatch.setattr(lanes, "ROOT", tmp_path)
    one, other = waits.format("a", "b"), waits.format("b", "a")
    monkeypatch.setattr(lanes, "LANES", {"last": said(one, code=1), "first": said("print('c')"), "other": said(other)})
    monkeypatch.setattr(lanes, "SINGLE", ("last", "other"))
    outcomes = list(lanes.run_all(["last", "first", "other"]))
    assert outcomes[0].lane == "print('c')"
    assert {each.lane: (each.passed, each.failed) for each in outcomes[1:]} == {one: (0, 1), other: (1, 0)}
    told = capfd.readouterr().out
    assert told.index("\nc\n") < min(told.index("\na\n"), told.index("\nb\n"))
    assert [each.lane for each in lanes.run_all(["first"])] == ["print('c')"]


def test_plain_make_explains_every_word():
    makefile = (ROOT / "Makefile").read_text()
    words = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())
    ground = {"PATH": os.environ["PATH"]}
    answer = subprocess.run(["make"], cwd=ROOT, env=ground, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^  make (\w+) +\S", answer, re.MULTILINE)) == words


def test_the_pins_are_complete_installed_and_reasoned():
    assert loaded("pins").problems() == []


def test_a_dependency_without_its_pin_is_named(tmp_path, monkeypatch):
    pins = loaded("pins")
    kept = [line for line in pins.RUNTIME.read_text().splitlines() if not line.startswith("sqlparse==")]
    short = tmp_path / "requirements.txt"
    short.write_text("\n".join(kept))
    monkeypatch.setattr(pins, "RUNTIME", short)
    assert pins.problems() == ["sqlparse is needed and not pinned; run `make pins`"]


def test_a_lane_that_did_not_run_is_loud_and_in_ci_a_failure(outcomes, monkeypatch, capsys):
    ended = [outcomes.Outcome("suite", passed=7), outcomes.Outcome("browser", missing="there is no chromium")]
    assert outcomes.close(ended) == 0
    said = capsys.readouterr().out
    assert "NOT RUN: there is no chromium" in said
    assert "!!! 1 of 2 lanes DID NOT RUN !!!" in said
    assert said.endswith("\n7 passed, 0 failed\n")
    monkeypatch.setattr(outcomes, "IN_CI", True)
    assert outcomes.close(ended) == 1
    assert capsys.readouterr().out.endswith("\n7 passed, 1 failed\n")


def test_a_skipped_test_is_named_and_in_ci_a_failure(outcomes, monkeypatch, tmp_path, capsys):
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite tests="3" failures="0" errors="0" skipped="1"><testcase classname="a" name="b">'
        '<skipped message="later"/></testcase></testsuite></testsuites>'
    )
    outcome = outcomes.Outcome("suite")
    assert outcomes.tally(report, outcome) is True
    assert (outcome.passed, outcome.failed, outcome.skipped, outcome.notes) == (2, 0, 1, ["skipped: a.b: later"])
    assert outcomes.close([outcome]) == 0
    monkeypatch.setattr(outcomes, "IN_CI", True)
    assert outcomes.close([outcome]) == 1
    assert capsys.readouterr().out.endswith("\n2 passed, 1 failed, 1 skipped\n")


def test_failures_and_errors_of_a_report_both_count(outcomes, tmp_path):
    report = tmp_path / "report.xml"
    report.write_text('<testsuites><testsuite tests="9" failures="2" errors="1" skipped="0"/></testsuites>')
    outcome = outcomes.Outcome("suite")
    outcomes.tally(report, outcome)
    assert (outcome.passed, outcome.failed) == (6, 3)
    assert outcomes.close([outcome]) == 1


def test_what_failed_is_named_once_more_at_the_end(outcomes, tmp_path, capsys):
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite tests="3" failures="1" errors="1" skipped="0"><testcase classname="a" name="good"/>'
        '<testcase classname="a" name="wrong"><failure message="assert 1 == 2&#10;more"/></testcase>'
        '<testcase classname="a" name="broken"><error message="no such table"/></testcase></testsuite></testsuites>'
    )
    outcome = outcomes.Outcome("suite")
    outcomes.tally(report, outcome)
    assert outcome.notes == ["failed: a.wrong: assert 1 == 2", "failed: a.broken: no such table"]
    outcomes.close([outcome])
    assert "    failed: a.wrong: assert 1 == 2\n" in capsys.readouterr().out


def test_a_lane_does_not_inherit_the_settings_of_this_machine(lanes, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/live")
    monkeypatch.setenv("SOKO_PROFILE", "production")
    ground = lanes.ground_of(lanes.LANES["sqlite"])
    assert not {"DATABASE_URL", "SOKO_PROFILE"} & set(ground)
    assert lanes.ground_of(lanes.LANES["services"])["DATABASE_URL"] == lanes.POSTGRES


def test_the_real_data_lane_says_why_it_cannot_run(lanes, monkeypatch, tmp_path):
    monkeypatch.delenv("REAL_DATA", raising=False)
    assert lanes.no_real_data() == "REAL_DATA names no folder of real data"
    monkeypatch.setenv("REAL_DATA", str(tmp_path))
    assert lanes.no_real_data() == ""


def test_the_lock_file_names_no_download_address():
    locked = (ROOT / "package-lock.json").read_text()
    assert '"resolved"' not in locked
    assert locked.count('"integrity"') >= 30
