"""What a demo needs beside it runs as long as the demo does, and is ended however that ends."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core import companions


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two companions, one of which is not needed, and what became of them."""
    monkeypatch.setattr(companions, "_companions", {})
    monkeypatch.setattr(companions, "autodiscover_modules", lambda _name: None)
    seen: list[str] = []

    @companions.accompanies("Post office")
    @contextmanager
    def post_office(base: str) -> Iterator[str]:
        seen.append(f"open for {base}")
        try:
            yield "http://127.0.0.1:2"
        finally:
            seen.append("closed")

    @companions.accompanies("Bakery")
    @contextmanager
    def bakery(base: str) -> Iterator[str]:
        yield ""

    return seen


def test_companions_know_the_demo_and_those_that_run_are_named(seen: list[str]) -> None:
    with companions.accompanied("http://127.0.0.1:1") as beside:
        assert beside == {"Post office": "http://127.0.0.1:2"}
        assert seen == ["open for http://127.0.0.1:1"]
    assert seen[1:] == ["closed"]


def test_they_end_with_a_demo_that_is_interrupted(seen: list[str]) -> None:
    with pytest.raises(KeyboardInterrupt), companions.accompanied("http://127.0.0.1:1"):
        raise KeyboardInterrupt
    assert seen[1:] == ["closed"]


def test_one_that_cannot_start_ends_those_that_did(seen: list[str]) -> None:
    @companions.accompanies("Mint")
    @contextmanager
    def mint(base: str) -> Iterator[str]:
        raise RuntimeError("No silver.")
        yield ""

    with pytest.raises(RuntimeError, match="No silver"), companions.accompanied("http://127.0.0.1:1"):
        pass
    assert seen[1:] == ["closed"]
