"""A shelf has so much room, and what was not asked for the longest makes way."""

from core.shelf import Shelf


def test_what_was_not_asked_for_the_longest_goes_first() -> None:
    shelf: Shelf[str, int] = Shelf(lambda: 2)
    shelf.put("a", 1)
    shelf.put("b", 2)
    assert shelf.get("a") == 1
    shelf.put("c", 3)
    assert (shelf.get("a"), shelf.get("b"), shelf.get("c")) == (1, None, 3)


def test_a_thing_weighs_what_it_weighs_and_once_only() -> None:
    shelf: Shelf[str, bytes] = Shelf(lambda: 10, weight=len)
    shelf.put("a", b"12345678")
    shelf.put("a", b"1234")
    shelf.put("b", b"123456")
    assert len(shelf) == 2
    shelf.put("c", b"1")
    assert (shelf.get("a"), shelf.get("b"), shelf.get("c")) == (None, b"123456", b"1")
    shelf.put("d", b"more than there is room for")
    assert len(shelf) == 0
    shelf.put("e", b"1234567890")
    assert shelf.get("e") == b"1234567890"


def test_it_is_emptied_at_once() -> None:
    shelf: Shelf[str, int] = Shelf(lambda: 3)
    for number, name in enumerate("abc"):
        shelf.put(name, number)
    assert len(shelf) == 3
    shelf.clear()
    assert (len(shelf), shelf.get("b")) == (0, None)
