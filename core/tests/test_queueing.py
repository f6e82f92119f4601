"""In production tasks go to Celery: after the commit and not without it, and what it carries runs the same function."""

from typing import Any

import pytest
from django.db import transaction
from django.tasks import default_task_backend, task

from core import celery

DONE: list[tuple[int, str]] = []


@task
def stamp(number: int, word: str = "") -> None:
    DONE.append((number, word))


@pytest.fixture
def carried(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[tuple[Any, ...]]:
    """What Celery is given from now on, as its message would hold it."""
    settings.TASKS = {"default": {"BACKEND": "core.queueing.CeleryTaskBackend", "QUEUES": ["default"]}}
    DONE.clear()
    given: list[tuple[Any, ...]] = []
    monkeypatch.setattr(celery.run, "apply_async", lambda arguments, *, task_id: given.append(arguments))
    return given


@pytest.mark.django_db(transaction=True)
def test_a_task_is_handed_over_after_the_commit(carried: list[tuple[Any, ...]]) -> None:
    with transaction.atomic():
        result = stamp.enqueue(7, word="paid")
        assert carried == []
    assert carried == [(f"{__name__}.stamp", [7], {"word": "paid"})]
    assert len(result.id) == 32


@pytest.mark.django_db(transaction=True)
def test_what_is_undone_enqueues_nothing(carried: list[tuple[Any, ...]]) -> None:
    with transaction.atomic():
        stamp.enqueue(7)
        transaction.set_rollback(True)
    assert carried == []


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_undoes_no_commit(
    carried: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_arguments: object, **_named: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(celery.run, "apply_async", down)
    with transaction.atomic():
        stamp.enqueue(7)
    stamp.enqueue(8)
    assert default_task_backend.supports_get_result is False


def test_what_celery_carries_runs_the_function_that_its_path_names() -> None:
    DONE.clear()
    celery.run("core.tests.test_queueing.stamp", [7], {"word": "paid"})
    from core.tests import test_queueing as as_imported

    assert as_imported.DONE[-1] == (7, "paid")


def test_a_worker_that_is_lost_gives_its_task_back() -> None:
    said = celery.app.conf
    assert (said.task_acks_late, said.task_reject_on_worker_lost, said.worker_prefetch_multiplier) == (True, True, 1)
    assert said.task_time_limit * 2 <= said.broker_transport_options["visibility_timeout"]
    assert {each["task"] for each in said.beat_schedule.values()} <= set(celery.app.tasks)
