"""A connection is asked whether it lives when it has been idle, and not again in the middle of a stream of requests."""

import time
from types import SimpleNamespace

import pytest
from django.core.signals import request_finished, request_started
from django.db import OperationalError, connection

from core import connections


@pytest.fixture
def own(db, monkeypatch):
    """A connection beside that of the test, which counts how often it is asked."""
    made = connection.copy()
    alive, made.times_asked = made.is_usable, 0

    def is_usable():
        made.times_asked += 1
        return alive()

    made.is_usable = is_usable
    made.connect()
    made.health_check_enabled = True
    monkeypatch.setattr(connections, "connections", SimpleNamespace(all=lambda initialized_only: [made]))
    yield made
    made.close()


def ask(own):
    """A request as a server has it: Django's own look at both ends, and ours after it."""
    own.close_if_unusable_or_obsolete()
    connections.trust()
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        own.close_if_unusable_or_obsolete()
        connections.used()


@pytest.mark.services
def test_a_stream_of_requests_asks_nothing_but_what_it_wants_to_know(own):
    ask(own)
    own.times_asked = 0
    for _each in range(5):
        ask(own)
    assert own.times_asked == 0


@pytest.mark.services
def test_without_trust_each_asks(own, monkeypatch):
    monkeypatch.setattr(connections, "MOMENT", 0.0)
    for _each in range(5):
        ask(own)
    assert own.times_asked == 5


@pytest.mark.services
def test_after_a_pause_it_is_asked(own):
    ask(own)
    own.soko_used = time.monotonic() - 2 * connections.MOMENT
    own.times_asked = 0
    ask(own)
    assert own.times_asked == 1


@pytest.mark.services
def test_one_that_was_cut_off_fails_once_and_is_opened_anew(own):
    ask(own)
    number = own.connection.info.backend_pid
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [number])
    with pytest.raises(OperationalError):
        ask(own)
    ask(own)
    assert own.connection.info.backend_pid != number


def test_both_ends_of_a_request_are_watched():
    assert connections.trust in request_started._live_receivers(None)[0]
    assert connections.used in request_finished._live_receivers(None)[0]
