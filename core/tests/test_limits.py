"""Limits let exactly the quota pass, however many ask at once, and cannot be talked round by headers."""

import threading

import pytest
import redis
from django.http import HttpRequest
from django.test import override_settings

from core import limits
from core.errors import Limited, Unavailable


def storm(add: limits.Counter, threads: int = 40) -> int:
    """How many of so many at once are within a quota of five."""
    counts: list[int] = []
    gate = threading.Barrier(threads)

    def one() -> None:
        gate.wait()
        counts.append(add.add("storm", 60)[0])

    crowd = [threading.Thread(target=one) for _ in range(threads)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    return sum(count <= 5 for count in counts)


def test_forty_at_once_pass_exactly_the_quota() -> None:
    assert storm(limits.LocalCounter()) == 5


def test_without_the_lock_the_storm_would_be_noticed() -> None:
    """The positive control: a counter that reads, waits and writes lets more than the quota pass."""

    class Careless:
        count = 0

        def add(self, _key: str, window: int) -> tuple[int, int]:
            seen = self.count
            threading.Event().wait(0.01)
            self.count = seen + 1
            return self.count, window

    assert storm(Careless()) > 5


@pytest.mark.services
def test_forty_at_once_pass_exactly_the_quota_in_redis(settings: object) -> None:
    counter = limits.RedisCounter(settings.REDIS_URL)  # type: ignore[attr-defined]
    counter._redis.delete(f"{counter.prefix}storm")
    assert storm(counter) == 5
    assert 0 < counter.add("storm", 60)[1] <= 60


def test_a_window_ends() -> None:
    counter = limits.LocalCounter()
    assert [counter.add("a", 0)[0], counter.add("a", 0)[0]] == [1, 1]


def test_over_the_quota_is_429_with_the_seconds_left() -> None:
    for _ in range(limits.LIMITS["login"].quota):
        limits.check("login", "somebody")
    with pytest.raises(Limited) as refusal:
        limits.check("login", "somebody")
    assert 0 < refusal.value.facts["retry_after"] <= 60
    assert limits.spend("login", "somebody else").allowed


class Down:
    def add(self, key: str, window: int) -> tuple[int, int]:
        raise redis.ConnectionError


def test_with_the_counter_down_signing_in_closes_and_browsing_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "counter", lambda: Down())
    with pytest.raises(Unavailable):
        limits.spend("login", "somebody")
    assert limits.spend("read_anonymous", "somebody").allowed


def request(address: str, forwarded: str = "") -> HttpRequest:
    made = HttpRequest()
    made.META = {"REMOTE_ADDR": address} | ({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {})
    return made


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        (0, "6.6.6.6", "10.0.0.1"),
        (1, "6.6.6.6, 7.7.7.7", "7.7.7.7"),
        (2, "6.6.6.6, 7.7.7.7", "6.6.6.6"),
        (3, "6.6.6.6", "10.0.0.1"),
    ],
)
def test_only_our_own_proxies_are_believed(proxies: int, forwarded: str, found: str) -> None:
    with override_settings(NINJA_NUM_PROXIES=proxies):
        assert limits.address_of(request("10.0.0.1", forwarded)) == found


def test_an_ipv6_client_is_its_network() -> None:
    assert limits.address_of(request("2001:db8::1")) == limits.address_of(request("2001:db8::2")) == "2001:db8::/64"
