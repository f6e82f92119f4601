"""Without Redis nothing is found and nothing is kept, and whoever must know is told so."""

import pytest
import redis

from core import cache as caches
from core.cache import BriefRedisCache, ForgivingRedisCache

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def away() -> ForgivingRedisCache:
    """A cache whose Redis is not there."""
    return ForgivingRedisCache(NOWHERE, {"OPTIONS": {"socket_connect_timeout": 0.5}})


def test_reading_finds_nothing_and_writing_keeps_nothing(away: ForgivingRedisCache) -> None:
    away.set("a", 1)
    assert away.set_many({"a": 1}) == []
    assert (away.get("a"), away.get("a", "else"), away.get_many(["a", "b"])) == (None, "else", {})
    assert (away.has_key("a"), "a" in away, away.touch("a"), away.delete("a")) == (False, False, False, False)
    away.delete_many(["a"])


def test_what_must_not_pretend_fails(away: ForgivingRedisCache) -> None:
    for ask in (lambda: away.add("a", 1), lambda: away.incr("a"), away.clear):
        with pytest.raises(redis.ConnectionError):
            ask()


def test_one_that_did_not_answer_is_left_alone_for_a_moment(
    away: ForgivingRedisCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def down(_self: object, key: str, _default: object) -> None:
        asked.append(key)
        raise redis.TimeoutError

    monkeypatch.setattr(type(away._cache), "get", down)
    now = iter([100.0, 100.0, 100.5, 101.5, 101.5])
    monkeypatch.setattr(caches.time, "monotonic", lambda: next(now))
    for key in ("first", "at once", "later"):
        assert away.get(key, "else") == "else"
    assert [key.rsplit(":", 1)[1] for key in asked] == ["first", "later"]


@pytest.mark.parametrize(("wanted", "kept"), [(10, 10), (60, 60), (1_209_600, 60), (None, 60), (0, 0)])
def test_copies_of_sessions_are_kept_for_a_minute_at_most(wanted: int | None, kept: int) -> None:
    assert BriefRedisCache(NOWHERE, {}).get_backend_timeout(wanted) == kept
