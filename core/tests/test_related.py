"""What belongs to a row is read by statements that are kept: the same ones, and with the same result, as Django's own."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import prefetch_related_objects
from django.test.utils import CaptureQueriesContext

from core import related
from core.models import OutboxDelivery, OutboxEvent, Record, ScheduledJob

pytestmark = pytest.mark.django_db


def event(*listeners: str) -> OutboxEvent:
    row = OutboxEvent.objects.create(name="a", payload={}, request_id="")
    moment = "2026-01-01T00:00:00Z"
    OutboxDelivery.objects.bulk_create(
        OutboxDelivery(event=row, listener=each, next_try_at=moment) for each in listeners
    )
    return OutboxEvent.objects.get(pk=row.pk)


def test_every_relation_is_read_by_djangos_own_statement() -> None:
    read = 0
    for model in apps.get_models():
        names = [each.get_accessor_name() for each in model._meta.related_objects if each.one_to_many]
        for name in filter(None, names):
            one, other = model(pk=1), model(pk=1)
            with CaptureQueriesContext(connection) as ours:
                related.read(one, [name])
            if not ours.captured_queries:  # it is left to Django
                continue
            read += 1
            with CaptureQueriesContext(connection) as theirs:
                prefetch_related_objects([other], name)
            assert [each["sql"] for each in ours] == [each["sql"] for each in theirs], (model, name)
            assert set(vars(one)["_prefetched_objects_cache"]) == set(vars(other)["_prefetched_objects_cache"])
    assert read > 40


def test_what_belongs_to_a_row_is_known_afterwards_as_after_a_prefetch(django_assert_num_queries: Any) -> None:
    first, second = event("one", "two"), event("three")
    for row in (first, second):
        plain = OutboxEvent.objects.prefetch_related("deliveries").get(pk=row.pk)
        with django_assert_num_queries(1):
            related.read(row, ["deliveries"])
            related.read(row, ["deliveries"])
        with django_assert_num_queries(0):
            found, usual = list(row.deliveries.all()), list(plain.deliveries.all())
            assert [vars(each) | {"_state": None} for each in found] == [
                vars(each) | {"_state": None} for each in usual
            ]
            assert all(each.event is row for each in found)
            prefetch_related_objects([row], "deliveries__event")
    assert [each.listener for each in second.deliveries.all()] == ["three"]


def test_a_relation_of_another_kind_is_left_to_django(django_assert_num_queries: Any) -> None:
    (delivery,) = event("one").deliveries.all()
    with django_assert_num_queries(0):
        related.read(delivery, ["event", "nothing"])


def test_the_row_that_is_pointed_to_is_read_once_and_is_what_django_reads(django_assert_num_queries: Any) -> None:
    row = event("one")
    ours, theirs = OutboxDelivery.objects.get(event=row), OutboxDelivery.objects.get(event=row)
    with django_assert_num_queries(1):
        found = related.one(ours, "event")
        assert related.one(ours, "event") is found is ours.event
    assert vars(found) | {"_state": None} == vars(theirs.event) | {"_state": None}
    assert (found._state.adding, found._state.db) == (False, "default")
    absent = OutboxDelivery(event_id=row.pk + 1)
    with pytest.raises(OutboxEvent.DoesNotExist):
        related.one(absent, "event")
    with pytest.raises(OutboxDelivery.event.RelatedObjectDoesNotExist):  # type: ignore[attr-defined]
        related.one(OutboxDelivery(), "event")


def test_the_manager_of_a_history_is_of_one_class_and_knows_its_row() -> None:
    models = [each for each in apps.get_models() if issubclass(each, Record) and not each._meta.proxy]
    assert len(models) > 20
    classes: dict[Any, Any] = {}
    for model in models:
        manager: Any = model.history
        assert type(manager) is type(model.history)
        assert classes.setdefault(manager.model, model) is model
    assert not issubclass(ScheduledJob, Record)
