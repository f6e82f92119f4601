"""The doctor names what is missing, one sentence each with what to do, and fails when something is."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import redis
from django.core.management import call_command
from django.db import DatabaseError
from django.utils import timezone

from core import doctor, limits, relay, schedule
from core.doctor import Finding
from core.models import ScheduledJob

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _well(settings: Any, tmp_path: Path) -> None:
    """A market that lives: its schedule was just looked at, and uploads have a folder."""
    settings.MEDIA_ROOT, settings.GATEWAYS = tmp_path, []
    schedule.tick()


def findings() -> dict[str, Finding]:
    return {each.name: each for each in doctor.examine()}


def test_a_market_that_is_well_has_nothing_wrong(tmp_path: Path) -> None:
    found = findings()
    assert {name: each.sentence for name, each in found.items() if not each.is_well} == {}
    platform, market = list(found)[:13], list(found)[13:]
    assert platform == [
        *("settings", "database", "migrations", "cache", "limits", "sockets"),
        *("worker", "scheduler", "outbox", "storage", "static", "mail", "clock"),
    ]
    assert sorted(market) == ["carriers", "gateways", "search", "tax"]  # in the order in which their domains were met
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_each_thing_and_ends_well() -> None:
    out = StringIO()
    call_command("doctor", stdout=out)
    said = out.getvalue().splitlines()
    assert [line.split()[:2] for line in said[:2]] == [["ok", "settings"], ["ok", "database"]]
    assert said[-1] == "All is well."


def test_what_is_wrong_ends_the_command_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "lag", lambda: 660.0)
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", "--json", stdout=out)
    assert ended.value.code == 1
    told = json.loads(out.getvalue())
    assert told["is_well"] is False
    assert [each for each in told["findings"] if not each["is_well"]] == [
        {
            "name": "outbox",
            "is_well": False,
            "sentence": "An event has waited for 11 minutes.",
            "remedy": "Start the scheduler and a worker, and look at their logs.",
        }
    ]


def down(*_arguments: object, **_named: object) -> Any:
    raise redis.ConnectionError("Connection refused.")


def test_without_redis_it_says_what_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.cache, "add", down)
    monkeypatch.setattr(limits, "counter", down)
    monkeypatch.setattr(doctor, "get_channel_layer", down)
    ill = [each for each in doctor.examine() if not each.is_well]
    assert [each.name for each in ill] == ["cache", "limits", "sockets"]
    assert ill[1] == Finding(
        "limits",
        False,
        "It cannot be examined (ConnectionError: Connection refused.).",
        "Start Redis, or correct REDIS_URL: without it nobody can sign in.",
    )


def test_without_the_database_it_says_so_and_examines_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    class Down:
        vendor = "postgresql"

        def cursor(self) -> None:
            raise DatabaseError("connection refused")

    monkeypatch.setattr(doctor, "connection", Down())
    found = findings()
    assert found["database"].remedy == "Start the database (PostgreSQL 15 or newer), or correct DATABASE_URL."
    assert not found["migrations"].is_well
    assert found["storage"].is_well


def test_a_schedule_that_nobody_looks_at_is_told(settings: Any) -> None:
    ScheduledJob.objects.filter(name=schedule.CLOCK).update(last_run_at=timezone.now() - timedelta(minutes=3))
    assert findings()["scheduler"].sentence.startswith("Nobody has looked at the schedule since ")
    ScheduledJob.objects.all().delete()
    assert findings()["scheduler"] == Finding(
        "scheduler",
        False,
        "Nobody has ever looked at the schedule.",
        "Start `make demo` or `python manage.py worker`.",
    )
    settings.TASK_QUEUE = "celery"
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    assert findings()["scheduler"].remedy == "Start `celery --app core.celery beat` and a worker."


def test_a_migration_that_waits_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Waiting:
        app_label, name = "catalog", "0007_boats"

    monkeypatch.setattr(doctor.MigrationExecutor, "migration_plan", lambda *_: [(Waiting(), False)])
    assert findings()["migrations"] == Finding(
        "migrations",
        False,
        "1 migration is not applied, catalog.0007_boats first.",
        "Run `python manage.py migrate`.",
    )


def test_a_folder_that_cannot_be_written_is_told(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.MEDIA_ROOT = tmp_path / "file" / "media"
    assert findings()["storage"].remedy == "Let this user write to SOKO_MEDIA, and free space on its disk."


def test_production_without_collected_files_and_without_a_mail_server_is_told(settings: Any, tmp_path: Path) -> None:
    settings.EMBEDDED, settings.STATIC_ROOT = False, tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": 1, "timeout": 1},
        }
    }
    found = findings()
    assert (found["static"].is_well, found["static"].remedy) == (False, "Run `python manage.py collectstatic`.")
    assert not found["mail"].is_well
    assert "SOKO_SMTP_HOST" in found["mail"].remedy


def test_the_faults_of_the_settings_come_with_their_own_hints(settings: Any) -> None:
    settings.TOKEN_KEY = "short"
    assert [each for each in doctor.examine() if not each.is_well] == [
        Finding(
            "settings",
            False,
            "core.E003: The token key is short, or is the secret key.",
            "Set SOKO_TOKEN_KEY to 32 random characters or more.",
        )
    ]
