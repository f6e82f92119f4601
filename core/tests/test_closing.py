"""What is left for the end of a transaction: done in order, within its deed, by the outermost block, or not at all."""

from functools import partial

import pytest

from core import deeds
from core.deeds import Deed, closing, do_last, doing
from core.rules import Actor

DEED = Deed(verb="try", actor=Actor.system("test"))


def fail(done: list[str]) -> None:
    """A block that leaves something for last, and fails."""
    with closing():
        do_last(partial(done.append, "dropped"))
        raise ValueError("no")


def test_what_is_left_for_last_is_done_in_order_after_all_else() -> None:
    done: list[str] = []
    with closing():
        do_last(partial(done.append, "first"))
        with closing():
            do_last(partial(done.append, "second"))
        done.append("all else")
    assert done == ["all else", "first", "second"]


def test_where_nobody_collects_it_is_done_at_once() -> None:
    done: list[str] = []
    do_last(partial(done.append, "now"))
    assert done == ["now"]
    with closing():
        pass
    do_last(partial(done.append, "again"))
    assert done == ["now", "again"]


def test_what_an_inner_block_left_is_dropped_when_that_fails() -> None:
    done: list[str] = []
    with closing():
        do_last(partial(done.append, "kept"))
        with pytest.raises(ValueError, match="no"):
            fail(done)
    assert done == ["kept"]


def test_nothing_of_a_block_that_fails_is_done() -> None:
    done: list[str] = []
    with pytest.raises(ValueError, match="no"):
        fail(done)
    assert done == []


def test_it_is_part_of_the_deed_that_left_it() -> None:
    seen: list[Deed | None] = []
    with closing():
        with doing(DEED):
            do_last(lambda: seen.append(deeds.current()))
        assert deeds.current() is None
    assert seen == [DEED]


def test_what_it_leaves_in_turn_is_done_at_once() -> None:
    done: list[str] = []
    with closing():
        do_last(lambda: do_last(partial(done.append, "inner")))
        do_last(partial(done.append, "outer"))
    assert done == ["inner", "outer"]
