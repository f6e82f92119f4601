"""A configuration that would hurt is refused, by id and with a hint."""

import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core import checks

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION: dict[str, Any] = {
    "EMBEDDED": False,
    "SECRET_KEY": "s" * 50,
    "TOKEN_KEY": "t" * 40,
    "DEBUG": False,
    "DEMO": False,
    "ALLOWED_HOSTS": ["soko.example"],
    "NINJA_NUM_PROXIES": 1,
    "DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql"}},
    "CACHES": {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}},
    "TASK_QUEUE": "celery",
    "CELERY_BROKER_URL": "redis://127.0.0.1:6379/0",
    "LIMITS_FACTOR": 1,
    "REHEARSAL": False,
    "CRASH_AT": "",
    "GATEWAYS": [],
    "MOCK_GATEWAY_SECRET": "",
    "CORS_ALLOWED_ORIGIN_REGEXES": [],
    "METRICS_TOKEN": "",
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.PBKDF2PasswordHasher"],
    "NINJA_JWT": {"ALGORITHM": "HS256"},
}


def faults(**changes: Any) -> list[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checks, "settings", SimpleNamespace(**(PRODUCTION | changes)))
        return [fault.id or "" for fault in checks.check_configuration()]


def test_a_whole_production_configuration_is_accepted() -> None:
    assert faults() == []


BACK = {"PAYMENT_RETURN_URL": "https://soko.example/paid"}
STRIPE = BACK | {
    "GATEWAYS": ["stripe"],
    "STRIPE_SECRET": "sk_live_1",
    "STRIPE_WEBHOOK_SECRET": "whsec_1",
    "STRIPE_URL": "https://api.stripe.com",
}
CHAPA = BACK | {
    "GATEWAYS": ["chapa"],
    "CHAPA_SECRET": "CHASECK-1",
    "CHAPA_WEBHOOK_SECRET": "hash",
    "CHAPA_URL": "https://api.chapa.co",
}
PAYPAL = BACK | {
    "GATEWAYS": ["paypal"],
    "PAYPAL_URL": "https://api-m.paypal.com",
    "PAYPAL_CLIENT": "client",
    "PAYPAL_SECRET": "secret",
    "PAYPAL_WEBHOOK": "WH-1",
}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql", "ATOMIC_REQUESTS": True}}}, "core.E001"),
        ({"EMBEDDED": True, "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3"}}}, "core.E002"),
        ({"TOKEN_KEY": "short"}, "core.E003"),
        ({"TOKEN_KEY": "s" * 50}, "core.E003"),
        ({"PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"]}, "core.E004"),
        ({"NINJA_JWT": {"ALGORITHM": "none"}}, "core.E005"),
        ({"GATEWAYS": ["mock"], "MOCK_GATEWAY_SECRET": "m" * 31, "EMBEDDED": True}, "core.E006"),
        ({"SECRET_KEY": ""}, "core.E010"),
        ({"TOKEN_KEY": "embedded-only-" + "t" * 50}, "core.E011"),
        ({"DEBUG": True}, "core.E012"),
        ({"DEMO": True}, "core.E013"),
        ({"ALLOWED_HOSTS": ["*"]}, "core.E014"),
        ({"NINJA_NUM_PROXIES": -1}, "core.E015"),
        ({"DATABASES": {"default": {"ENGINE": "django.db.backends.mysql"}}}, "core.E016"),
        ({"CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}}, "core.E017"),
        ({"TASK_QUEUE": "immediate"}, "core.E018"),
        ({"CELERY_BROKER_URL": ""}, "core.E019"),
        ({"LIMITS_FACTOR": 10}, "core.E020"),
        ({"CORS_ALLOWED_ORIGIN_REGEXES": ["localhost"]}, "core.E021"),
        ({"METRICS_TOKEN": "watch"}, "core.E022"),
        ({"REHEARSAL": True}, "core.E023"),
        ({"CRASH_AT": "checkout.after_rows"}, "core.E024"),
        ({"GATEWAYS": ["mock"], "MOCK_GATEWAY_SECRET": "m" * 32}, "core.E025"),
        (STRIPE | {"STRIPE_SECRET": ""}, "core.E007"),
        (STRIPE | {"STRIPE_WEBHOOK_SECRET": ""}, "core.E007"),
        (STRIPE | {"PAYMENT_RETURN_URL": ""}, "core.E026"),
        (STRIPE | {"STRIPE_URL": "http://api.stripe.com"}, "core.E027"),
        (STRIPE | {"STRIPE_SECRET": "sk_test_1"}, "core.E028"),
        (CHAPA | {"CHAPA_WEBHOOK_SECRET": ""}, "core.E007"),
        (CHAPA | {"CHAPA_SECRET": "CHASECK_TEST-1"}, "core.E028"),
        (PAYPAL | {"PAYPAL_CLIENT": ""}, "core.E007"),
        (PAYPAL | {"PAYPAL_WEBHOOK": ""}, "core.E007"),
        (PAYPAL | {"PAYPAL_URL": "https://api-m.sandbox.paypal.com"}, "core.E028"),
    ],
)
def test_each_bad_setting_is_refused(changes: dict[str, Any], fault: str) -> None:
    assert faults(**changes) == [fault]


def test_a_rehearsal_on_this_machine_may_crash_multiply_its_limits_and_be_paid_with_nothing() -> None:
    assert (
        faults(
            REHEARSAL=True,
            ALLOWED_HOSTS=["127.0.0.1"],
            CRASH_AT="checkout.after_rows",
            LIMITS_FACTOR=1000,
            GATEWAYS=["mock"],
            MOCK_GATEWAY_SECRET="m" * 32,
        )
        == []
    )


@pytest.mark.parametrize("gateway", [STRIPE, CHAPA, PAYPAL])
def test_a_gateway_with_all_that_it_needs_is_taken(gateway: dict[str, Any]) -> None:
    assert faults(**gateway) == []


BARE = {"PATH": os.environ["PATH"], "SOKO_PROFILE": "production", "DJANGO_SETTINGS_MODULE": "core.settings"}
WHOLE = BARE | {
    "SOKO_SECRET_KEY": "secret-of-soko" * 5,
    "SOKO_TOKEN_KEY": "t" * 50,
    "SOKO_ALLOWED_HOSTS": "soko.example",
    "SOKO_PROXIES": "1",
    "DATABASE_URL": "postgres://soko@127.0.0.1:1/soko",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


def python(tmp_path: Path, ground: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=ground | {"SOKO_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.once
@pytest.mark.parametrize(
    "door", ["import core.wsgi", "import core.asgi", "from core.celery import refuse_to_start; refuse_to_start()"]
)
def test_no_server_and_no_worker_starts_half_configured(tmp_path: Path, door: str) -> None:
    door = "import django; django.setup(); " + door
    refused = python(tmp_path, BARE, "-c", door)
    assert refused.returncode == 1
    found = [f"core.E{number:03d}" for number in (3, 10, 14, 15, 16, 17, 19)]
    assert re.findall(r"core\.E\d+", refused.stderr) == found
    assert python(tmp_path, WHOLE, "-c", door).returncode == 0


def test_the_whole_production_has_no_warning_of_the_deployment_checks(tmp_path: Path) -> None:
    done = python(tmp_path, WHOLE, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert (done.returncode, done.stderr.strip()) == (0, "")
