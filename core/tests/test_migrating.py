"""`manage.py migrate` has the time that it takes, and leaves the limits of requests as they were."""

import pytest
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connection

LIMITS = ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout")

pytestmark = [pytest.mark.services, pytest.mark.django_db]


def limits() -> dict[str, str]:
    with connection.cursor() as cursor:
        told = {}
        for name in LIMITS:
            cursor.execute(f"SHOW {name}")
            told[name] = cursor.fetchone()[0]
    return told


@pytest.mark.parametrize("ends_badly", [False, True])
def test_a_migration_may_take_minutes_and_waits_for_a_lock_no_longer_than_a_request(monkeypatch, ends_badly):
    before, during = limits(), {}

    def seen(*_args, **_options):
        during.update(limits())
        if ends_badly:
            raise ValueError("a migration that fails")

    monkeypatch.setattr(migrate.Command, "handle", seen)
    if ends_badly:
        with pytest.raises(ValueError, match="that fails"):
            call_command("migrate")
    else:
        call_command("migrate")
    assert (during["statement_timeout"], during["idle_in_transaction_session_timeout"]) == ("0", "0")
    assert during["lock_timeout"] == before["lock_timeout"] != "0"
    assert limits() == before
    assert before["statement_timeout"] != "0"
