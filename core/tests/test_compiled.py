"""Statements that are put into words once: what differs is another statement, and what does not is the same one."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat

from core import compiled
from core.models import Audit, OutboxDelivery, OutboxEvent, ScheduledJob

pytestmark = pytest.mark.django_db


def jobs(condition: Q) -> QuerySet:
    return ScheduledJob.objects.filter(condition).order_by().values("name")


def words_of(condition: Q) -> compiled.Words | None:
    told = (condition,)
    return compiled._words(jobs, told, compiled._kinds(told))


def test_the_same_condition_is_put_into_words_once() -> None:
    assert words_of(Q(name="one")) is words_of(Q(name="one"))
    assert words_of(Q(name="one")) is not words_of(Q(name="two"))
    assert words_of(Q(name="one")) is not words_of(~Q(name="one"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Q(name=1), Q(name=True)),
        (Q(name=1), Q(name=1.0)),
        (Q(name__in=(0, 1)), Q(name__in=(False, True))),
        (Q(cron=Value(1)), Q(cron=Value(True))),
        (Q(is_on=True) & Q(name=1), Q(is_on=True) & Q(name=True)),
    ],
)
def test_what_python_takes_for_equal_and_a_database_does_not_is_kept_apart(one: Q, other: Q) -> None:
    assert one == other
    assert words_of(one) is not words_of(other)


def test_rows_are_those_of_now() -> None:
    condition = Q(name="a statement that is kept") & Q(cron=F("cron"))
    assert compiled.rows_of(jobs, condition) == []
    ScheduledJob.objects.create(name="a statement that is kept", cron="* * * * *", next_run_at="2026-01-01T00:00:00Z")
    assert [row.name for row in compiled.rows_of(jobs, condition)] == ["a statement that is kept"]


def test_what_no_row_can_meet_asks_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert compiled.rows_of(jobs, Q(pk__in=())) == []


def of_name(name: str) -> QuerySet:
    return ScheduledJob.objects.filter(name=name).annotate(twice=Concat("name", "name")).order_by("pk")


def of_keys(*keys: int) -> QuerySet:
    return ScheduledJob.objects.filter(pk__in=keys).order_by("-pk")


def job(name: str) -> ScheduledJob:
    return ScheduledJob.objects.create(name=name, cron="* * * * *", next_run_at="2026-01-01T00:00:00Z")


def test_rows_of_the_model_are_those_that_reading_gives() -> None:
    one, other = job("one"), job("other")
    for each in (one, other, one):
        assert compiled.models_of(of_name, values=[each.name]) == list(of_name(each.name)) == [each]
    (found,) = compiled.models_of(of_name, values=["one"])
    assert (type(found), vars(found) | {"_state": None}) == (
        ScheduledJob,
        vars(of_name("one").get()) | {"_state": None},
    )
    assert (found.twice, found._state.adding, found._state.db) == ("oneone", False, "default")
    assert compiled.models_of(of_name, values=["'; --"]) == []
    assert [each.name for each in compiled.models_of(of_keys, values=[one.pk, other.pk])] == ["other", "one"]


def test_a_statement_is_built_once_for_any_values_of_their_types_and_number() -> None:
    built: list[int] = []

    def counted(*keys: int) -> QuerySet:
        built.append(len(keys))
        return of_keys(*keys)

    keys = [job(name).pk for name in ("a", "b", "c")]
    for each in keys:
        assert [row.pk for row in compiled.models_of(counted, values=[each])] == [each]
    assert [row.pk for row in compiled.models_of(counted, values=keys)] == sorted(keys, reverse=True)
    assert built == [1, 3]


def test_a_value_that_no_column_holds_is_equal_to_nothing() -> None:
    key = job("a").pk
    assert compiled.models_of(of_keys, values=[2**70]) == []
    assert [row.pk for row in compiled.models_of(of_keys, values=[-(2**70), key])] == [key]


def test_a_row_that_was_read_may_be_changed_and_read_anew() -> None:
    job("one")
    (found,) = compiled.models_of(of_name, values=["one"])
    found.cron = "1 * * * *"
    found.save()
    found.refresh_from_db()
    assert [each.cron for each in compiled.models_of(of_name, values=["one"])] == ["1 * * * *"] == [found.cron]


@pytest.mark.parametrize(
    "build",
    [
        lambda name: ScheduledJob.objects.filter(name=name + "!"),
        lambda name: ScheduledJob.objects.all(),
        lambda name: ScheduledJob.objects.filter(Q(name=name) | Q(cron=name)),
        lambda name: ScheduledJob.objects.filter(pk__in=()),
    ],
)
def test_what_does_not_ask_with_each_value_as_it_is_is_refused(build: Any) -> None:
    with pytest.raises(ValueError, match=r"kept|nothing"):
        compiled.models_of(build, values=["one"])


def test_values_of_other_types_are_refused() -> None:
    with pytest.raises(ValueError, match="bool"):
        compiled.models_of(of_keys, values=[True])


def test_what_is_asked_with_stays_with_whoever_asks() -> None:
    """Threads share the statement; each has a connection and values of its own."""
    assert compiled.models_of(of_keys, values=[1_000_000]) == []
    form = compiled._form(of_keys, (), compiled._kinds(()), (int,))
    assert form is not None
    assert 1_000_000 not in form.parameters
    assert "as_sql" not in vars(form.compiler)


def seen(key: int, condition: Q) -> compiled.Seen:
    return compiled.Seen(ScheduledJob, condition, key)


def test_rows_are_given_only_if_the_row_that_is_named_meets_the_condition(django_assert_num_queries: Any) -> None:
    one, other = job("one"), job("other")
    for name in ("one", "two", "one"):
        condition = Q(name=name)
        found = compiled.models_of(of_keys, values=[other.pk], only_if=seen(one.pk, condition))
        assert found == ([other] if name == "one" else [])
    with django_assert_num_queries(1):
        (found,) = compiled.models_of(of_name, values=["one"], only_if=seen(one.pk, Q(name__in=["one", "x"])))
    assert (found, found.twice) == (one, "oneone")
    with django_assert_num_queries(0):
        assert compiled.models_of(of_name, values=["one"], only_if=seen(one.pk, Q(pk__in=()))) == []
    assert compiled.models_of(of_name, values=["one"], only_if=seen(2**70, Q())) == []
    assert compiled.models_of(of_keys, values=[None], only_if=seen(None, Q())) == []


def raised(key: int, by: int) -> compiled.Change:
    return OutboxDelivery.objects.filter(pk=key), {"attempts": F("attempts") + by}


@pytest.fixture
def deliveries() -> list[OutboxDelivery]:
    event = OutboxEvent.objects.create(name="a", payload={}, request_id="")
    return [
        OutboxDelivery.objects.create(event=event, listener=name, next_try_at="2026-01-01T00:00:00Z")
        for name in ("one", "other")
    ]


def test_an_update_that_is_kept_changes_what_djangos_does(
    deliveries: list[OutboxDelivery], django_assert_num_queries: Any
) -> None:
    one, other = deliveries
    for by in (1, 2, 3):
        with django_assert_num_queries(1):
            assert compiled.update(raised, values=[one.pk, by]) == 1
    assert compiled.update(raised, values=[one.pk + other.pk, 5]) == 0
    assert compiled.update(raised, values=[2**70, 5]) == 0
    assert compiled.update(raised, values=[one.pk, 2**70]) == 0
    assert dict(OutboxDelivery.objects.values_list("listener", "attempts")) == {"one": 6, "other": 0}


@pytest.mark.parametrize(
    "build",
    [
        lambda key: (OutboxDelivery.objects.filter(pk=key), {"attempts": F("attempts") + key}),
        lambda key: (OutboxDelivery.objects.all(), {"attempts": 5}),
        lambda key: (OutboxDelivery.objects.filter(event__pk=key, event__name="a"), {"attempts": 1}),
        lambda key: (OutboxDelivery.objects.filter(pk=key).order_by("pk")[:1], {"attempts": 1}),
        lambda key: (OutboxDelivery.objects.filter(pk__in=()), {"attempts": key}),
        lambda key: (Audit.objects.filter(pk=key), {"actor_name": "nobody"}),
    ],
)
def test_an_update_that_is_not_kept_as_it_was_built_is_refused(build: Any) -> None:
    with pytest.raises(ValueError, match=r"kept|one table|nothing"):
        compiled.update(build, values=[1])


def test_an_update_that_the_database_refuses_ends_its_transaction(deliveries: list[OutboxDelivery]) -> None:
    with transaction.atomic():
        with pytest.raises(DatabaseError):
            compiled.update(raised, values=[deliveries[0].pk, -5])
        assert transaction.get_connection().needs_rollback
    assert dict(OutboxDelivery.objects.values_list("listener", "attempts")) == {"one": 0, "other": 0}
