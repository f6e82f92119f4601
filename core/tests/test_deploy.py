"""The files of deploy/ are honest: they start what the script starts, set only what Soko reads, and open one door."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.errors import TooLarge, Unavailable
from core.testing.production import deploy_script

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("prepare", "web", "sockets", "worker", "scheduler")
#: What compose and the images read themselves.
NOT_OURS = {"POSTGRES_PASSWORD", "SOKO_PORT"}


def known() -> set[str]:
    """Every variable of docs/configuration.md, which another test holds to the code."""
    page = (ROOT / "docs" / "configuration.md").read_text()
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}


def example() -> dict[str, str]:
    lines = (line.removeprefix("#") for line in (DEPLOY / ".env.example").read_text().splitlines())
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, continued lines joined."""
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines]


def test_compose_starts_what_the_script_starts() -> None:
    script = deploy_script()
    places = {
        "web": {"web": 8000},
        "sockets": {"sockets": 8001},
        "worker": {},
        "scheduler": {"folder": "/tmp"},
    }
    for name, command in script.COMMANDS.items():
        assert SERVICES[name]["command"].split() == command.format(host="0.0.0.0", **places[name]).split(), name
    assert shlex.split(SERVICES["prepare"]["command"]) == ["sh", "-c", " && ".join(script.PREPARATIONS)]
    patient = {name: SERVICES[name]["environment"].get("SOKO_STATEMENT_TIMEOUT_MS") for name in script.COMMANDS}
    assert {name: value for name, value in patient.items() if value} == script.PATIENT
    assert set(SERVICES) == {*script.COMMANDS, "prepare", "nginx", "postgres", "redis"}


def test_the_image_starts_the_web_process_unless_told_otherwise() -> None:
    command = dict(instructions())["CMD"]
    assert yaml.safe_load(command) == SERVICES["web"]["command"].split()


def test_only_nginx_is_reachable_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    assert SERVICES["nginx"]["ports"] == ["${SOKO_PORT:-80}:8080"]
    assert [
        name for name, service in SERVICES.items() if service.get("network_mode") or service.get("privileged")
    ] == []
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "redis"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_our_containers_may_do_little() -> None:
    for name in OURS:
        service = SERVICES[name]
        assert (service["cap_drop"], service["read_only"]) == (["ALL"], True), name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["volumes"] == ["files:/var/soko"], name
    said = instructions()
    assert said.index(("USER", "soko")) > max(
        number for number, (word, _rest) in enumerate(said) if word in ("RUN", "COPY")
    )
    assert [word for word, _rest in said].count("FROM") == 2
    assert not any(word == "ADD" or "curl" in rest or ":latest" in rest for word, rest in said)


def test_every_container_says_whether_it_is_well_or_why_it_cannot() -> None:
    asked = {name for name, service in SERVICES.items() if "test" in service.get("healthcheck", {})}
    silent = {name for name, service in SERVICES.items() if service.get("healthcheck", {}).get("disable")}
    assert silent == {"prepare", "scheduler"}
    assert asked | silent | {"web"} == set(SERVICES)  # the image itself says how web is asked
    assert yaml.safe_load(dict(instructions())["HEALTHCHECK"].split("CMD ")[1]) == ["python", "deploy/healthcheck.py"]


def test_every_image_is_pinned_to_a_version() -> None:
    bases = [rest.split()[0] for word, rest in instructions() if word == "FROM"]
    images = [service["image"] for name, service in SERVICES.items() if name not in OURS]
    for image in (*bases, *images):
        assert re.search(r":\d", image), image
    assert {SERVICES[name]["image"] for name in OURS} == {"soko"}
    wanted = (ROOT / ".python-version").read_text().strip()
    assert set(bases) == {f"python:{wanted}-slim"}


def test_what_the_image_copies_is_there_and_is_all_that_runs() -> None:
    copied = [rest.split()[:-1] for word, rest in instructions() if word == "COPY" and not rest.startswith("--from")]
    names = {name for each in copied for name in each}
    assert {name for name in names if not (ROOT / name).exists()} == set()
    assert {"core", "marketplace", "api", "deploy", "fixtures", "manage.py", "requirements.txt"} <= names
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert let_in == names


def test_every_variable_is_one_that_something_reads() -> None:
    read = known() | NOT_OURS
    assert set(example()) <= read
    for name in OURS:
        assert set(SERVICES[name]["environment"]) <= read, name
    asked = set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yaml").read_text()))
    assert asked <= set(example())
    wanted = set(re.findall(r"\$\{([A-Z_]+)\}", (DEPLOY / "nginx/soko.conf.template").read_text()))
    assert wanted == set(SERVICES["nginx"]["environment"])


def test_the_example_holds_no_secret_and_starts_once_they_are_filled_in(tmp_path: Path) -> None:
    said = example()
    secrets = ("SOKO_SECRET_KEY", "SOKO_TOKEN_KEY", "POSTGRES_PASSWORD", "SOKO_SMTP_PASSWORD", "SOKO_METRICS_TOKEN")
    assert {name: said[name] for name in secrets} == dict.fromkeys(secrets, "")
    filled = said | {"SOKO_SECRET_KEY": "s0me-key-of-this-market" * 3, "SOKO_TOKEN_KEY": "another-key" * 4}
    place = tmp_path / ".env"
    place.write_text("# a comment\n\n" + "".join(f"{name}={value}\n" for name, value in filled.items()))
    environment = deploy_script().read_settings(place)
    assert environment == filled
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT, env={"PATH": "/usr/bin:/bin", "SOKO_PROFILE": "production", "SOKO_VAR": str(tmp_path)} | environment,
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_what_nginx_refuses_itself_reads_as_our_own_refusals() -> None:
    template = (DEPLOY / "nginx/soko.conf.template").read_text()
    told = list(map(yaml.safe_load, re.findall(r"return \d+ '(\{.*?\})';", template)))
    refusals = ((TooLarge, {"limit": 11 * 2**20}), (TooLarge, {"limit": 51 * 2**20}), (Unavailable, {}))
    for said, (kind, facts) in zip(told, refusals, strict=True):
        assert said == {
            "type": f"/api/docs/errors#{kind.code}",
            "title": kind.title(),
            "status": kind.status,
            "detail": kind.sentence.format(**facts),
            "code": kind.code,
            **facts,
        }
    assert "client_max_body_size 11m;" in template
    assert "client_max_body_size 51m;" in template


def test_nginx_never_guesses_who_the_client_is() -> None:
    template = (DEPLOY / "nginx/soko.conf.template").read_text()
    assert template.count("X-Forwarded-For $proxy_add_x_forwarded_for;") == 2
    assert "real_ip" not in template
    assert re.search(r"^SOKO_PROXIES=1$", (DEPLOY / ".env.example").read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", ["processes.py", "healthcheck.py"])
def test_the_scripts_need_nothing_that_is_not_in_python(name: str) -> None:
    imported = re.findall(r"^(?:import|from) (\w+)", (DEPLOY / name).read_text(), re.MULTILINE)
    assert set(imported) <= sys.stdlib_module_names


def test_a_missing_nginx_is_refused_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = deploy_script()
    monkeypatch.setattr(shutil, "which", lambda *_words, **_named: None)
    with pytest.raises(script.Refused, match=r"^nginx is not installed \(on Debian: apt-get install nginx-light\)\.$"):
        script.Production(tmp_path, 8441).prepare()
