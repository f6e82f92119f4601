"""A keyed request is done once; its repeats get the first answer."""

import json
from collections import Counter
from datetime import timedelta
from threading import Event, Lock
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from core.errors import Busy, Conflict, Denied, DomainError, Invalid, Unavailable
from core.idempotency import KeyInProgress, KeyMissing, KeyReused, idempotent
from core.models import IdempotencyKey, ScheduledJob
from core.rules import Actor
from core.testing.races import at_once

pytestmark = pytest.mark.django_db
KEY = "a-key-of-16-chars"


class Till:
    """Counts how often it really rang."""

    def __init__(self) -> None:
        self.rung = 0
        self.refuses: DomainError | None = None

    def ring(self, request: HttpRequest) -> HttpResponse:
        self.rung += 1
        if self.refuses is not None:
            raise self.refuses
        return HttpResponse(json.dumps({"rung": self.rung}), status=201, content_type="application/json")


def ask(
    till: Till,
    body: dict,
    key: str | None = KEY,
    user: int = 7,
    required: bool = True,
    whole: bool = True,
    version: str | None = None,
    **options: Any,
) -> HttpResponse:
    headers = {"Idempotency-Key": key} if key is not None else {}
    headers |= {"If-Match": version} if version is not None else {}
    request = RequestFactory().post("/api/v1/orders", body, content_type="application/json", headers=headers)
    request.actor = Actor(user_id=user)  # type: ignore[attr-defined]
    return idempotent(required=required, whole=whole, **options)(till.ring)(request)


def test_a_repeat_gets_the_first_answer_and_nothing_is_done_again() -> None:
    till = Till()
    first, again = ask(till, {"a": 1, "b": 2}), ask(till, {"b": 2, "a": 1})
    assert (till.rung, again.status_code, again.content) == (1, 201, first.content)
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first


def test_a_body_that_is_nested_too_deeply_is_known_by_its_bytes() -> None:
    till, deep = Till(), b"[" * 200_000
    ask(till, deep)  # type: ignore[arg-type]
    assert ask(till, deep)["Idempotent-Replayed"] == "true"  # type: ignore[arg-type]
    with pytest.raises(KeyReused):
        ask(till, deep + b"[")  # type: ignore[arg-type]


def test_a_key_belongs_to_one_request_and_one_person() -> None:
    till = Till()
    ask(till, {"a": 1})
    with pytest.raises(KeyReused):
        ask(till, {"a": 2})
    assert ask(till, {"a": 1}, user=8).status_code == 201
    assert till.rung == 2


@pytest.mark.parametrize(("first", "then"), [('"1-x"', '"2-x"'), (None, ""), ("", None)])
def test_another_version_makes_it_another_request(first: str | None, then: str | None) -> None:
    till = Till()
    ask(till, {"a": 1}, version=first)
    with pytest.raises(KeyReused):
        ask(till, {"a": 1}, version=then)
    assert till.rung == 1


def test_while_the_first_runs_a_repeat_is_told_to_wait() -> None:
    till = Till()
    ask(till, {"a": 1})
    IdempotencyKey.objects.update(status=None)
    with pytest.raises(KeyInProgress):
        ask(till, {"a": 1})
    assert till.rung == 1


def test_a_business_refusal_is_kept_like_any_answer() -> None:
    till = Till()
    till.refuses = Conflict()
    with pytest.raises(Conflict):
        ask(till, {"a": 1})
    till.refuses = None
    again = ask(till, {"a": 1})
    assert (till.rung, again.status_code, json.loads(again.content)["code"]) == (1, 409, "conflict")
    assert (again["Content-Type"], again["Idempotent-Replayed"]) == ("application/problem+json", "true")


@pytest.mark.parametrize("refusal", [Invalid(), Denied(), Busy(), Unavailable()])
def test_another_refusal_is_not_kept_so_that_a_later_try_may_fare_better(refusal: DomainError) -> None:
    till = Till()
    till.refuses = refusal
    with pytest.raises(DomainError):
        ask(till, {"a": 1})
    assert IdempotencyKey.objects.count() == 0
    till.refuses = None
    assert ask(till, {"a": 1}).status_code == 201


@pytest.mark.parametrize("key", [None, "short", "with a space in it", "ö" * 20])
def test_a_missing_or_malformed_key_is_refused(key: str | None) -> None:
    till = Till()
    with pytest.raises(KeyMissing):
        ask(till, {}, key=key)
    assert till.rung == 0


def test_where_it_is_optional_a_request_without_one_is_simply_done() -> None:
    till = Till()
    assert [ask(till, {}, key=None, required=False).status_code for _ in range(2)] == [201, 201]
    assert till.rung == 2


def test_the_key_of_a_request_that_died_may_be_tried_again_after_two_minutes_by_one() -> None:
    till = Till()
    ask(till, {"a": 1})
    IdempotencyKey.objects.update(status=None, created_at=timezone.now() - timedelta(seconds=100))
    with pytest.raises(KeyInProgress):
        ask(till, {"a": 1})
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(seconds=130))
    with pytest.raises(KeyReused):
        ask(till, {"a": 2})
    assert json.loads(ask(till, {"a": 1}).content) == {"rung": 2}
    assert ask(till, {"a": 1})["Idempotent-Replayed"] == "true"
    assert till.rung == 2


class Clerk(Till):
    """Writes a row for each ring, so that what is undone can be seen."""

    taken_over = False

    def ring(self, request: HttpRequest) -> HttpResponse:
        ScheduledJob.objects.create(name=f"ring {self.rung}", cron="* * * * *", next_run_at=timezone.now())
        if self.taken_over:
            IdempotencyKey.objects.update(created_at=timezone.now() + timedelta(hours=1))
        return super().ring(request)


def test_a_refusal_leaves_nothing_that_was_written_before_it() -> None:
    clerk = Clerk()
    clerk.refuses = Conflict()
    with pytest.raises(Conflict):
        ask(clerk, {"a": 1})
    assert (clerk.rung, ScheduledJob.objects.count()) == (1, 0)


def test_where_the_view_commits_step_by_step_its_steps_stay() -> None:
    clerk = Clerk()
    clerk.refuses = Conflict()
    with pytest.raises(Conflict):
        ask(clerk, {"a": 1}, whole=False)
    assert (clerk.rung, ScheduledJob.objects.count()) == (1, 1)
    assert ask(clerk, {"a": 1}, whole=False).status_code == 409


def test_a_request_that_was_taken_for_dead_undoes_what_it_did() -> None:
    clerk = Clerk()
    clerk.taken_over = True
    with pytest.raises(KeyInProgress):
        ask(clerk, {"a": 1})
    assert (clerk.rung, ScheduledJob.objects.count()) == (1, 0)


def test_a_key_of_steps_that_go_on_is_taken_over_as_soon_as_its_lease_is_over() -> None:
    till, lease = Till(), timedelta(seconds=20)
    ask(till, {"a": 1}, whole=False, lease=lease)
    IdempotencyKey.objects.update(status=None, created_at=timezone.now() - timedelta(seconds=18))
    with pytest.raises(KeyInProgress):
        ask(till, {"a": 1}, whole=False, lease=lease)
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(seconds=21))
    assert json.loads(ask(till, {"a": 1}, whole=False, lease=lease).content) == {"rung": 2}
    assert ask(till, {"a": 1}, whole=False, lease=lease)["Idempotent-Replayed"] == "true"


def test_who_outlived_the_lease_says_what_it_did_because_its_steps_stay() -> None:
    clerk = Clerk()
    clerk.taken_over = True
    assert ask(clerk, {"a": 1}, whole=False).status_code == 201
    assert (clerk.rung, ScheduledJob.objects.count()) == (1, 1)
    assert IdempotencyKey.objects.get().status is None


class SlowTill(Till):
    """Takes its time, so that the others arrive meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.counting = Lock()

    def ring(self, request: HttpRequest) -> HttpResponse:
        Event().wait(0.3)
        with self.counting:
            return super().ring(request)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_with_one_key_one_is_done() -> None:
    till = SlowTill()
    outcomes = at_once([lambda: ask(till, {"a": 1})] * 20)
    assert till.rung == 1
    assert set(outcomes) <= {"done", "idempotency_key_in_progress"}
    assert sum(outcomes.values()) == 20
    assert IdempotencyKey.objects.count() == 1


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_without_the_key_all_twenty_are_done() -> None:
    """The positive control: the same crowd, and nothing to hold it back."""
    till = SlowTill()
    assert at_once([lambda: ask(till, {"a": 1}, key=None, required=False)] * 20) == Counter(done=20)
    assert till.rung == 20
