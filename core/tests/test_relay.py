"""What the relay does with events that another version of Soko wrote."""

from dataclasses import dataclass

import pytest

from core import events
from core.models import OutboxDelivery, OutboxEvent
from core.relay import relay, run_delivery

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Rung(events.Event):
    """A bell rang, so many times."""

    times: int


events.EVENTS.pop(Rung.name)  # it is nobody else's


def hears(event: Rung) -> None:
    heard.append(event.times)


heard: list[int] = []


def test_one_that_cannot_be_read_fails_by_itself_and_those_behind_it_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(events.EVENTS, Rung.name, Rung)
    monkeypatch.setitem(events._later, Rung, [hears])
    monkeypatch.setitem(events.listeners, events.listener_name(hears), hears)
    older = OutboxEvent.objects.create(name=Rung.name, payload={"how_often": 2})
    newer = OutboxEvent.objects.create(name=Rung.name, payload={"times": 3})
    relay()
    assert list(OutboxEvent.objects.filter(relayed_at=None)) == []
    for delivery in OutboxDelivery.objects.order_by("pk"):
        run_delivery(delivery.pk)
    assert heard == [3]
    assert OutboxDelivery.objects.get(event=newer).done_at is not None
    assert "how_often" in OutboxDelivery.objects.get(event=older).fault
