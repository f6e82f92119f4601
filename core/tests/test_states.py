"""State tables: legal moves move, others refuse and change nothing."""

from types import SimpleNamespace

import pytest

from core.errors import WrongState
from core.states import Moves

LAMP = Moves("status", initial="off", table=(("off", "light", "on"), ("on", "dim", "low"), ("*", "smash", "broken")))


def test_states_are_read_from_the_table_in_order() -> None:
    assert LAMP.states == ("off", "on", "low", "broken")


def test_a_legal_verb_moves_and_stamps_the_moment() -> None:
    lamp = SimpleNamespace(status="off", status_since=None)
    assert LAMP.move(lamp, "light") == "on"  # type: ignore[arg-type]
    assert lamp.status == "on"
    assert lamp.status_since is not None


def test_an_illegal_verb_refuses_with_the_states_that_allow_it() -> None:
    lamp = SimpleNamespace(status="off")
    with pytest.raises(WrongState) as refusal:
        LAMP.move(lamp, "dim")  # type: ignore[arg-type]
    assert (refusal.value.status, refusal.value.code, refusal.value.facts["allowed_from"]) == (
        409,
        "wrong_state",
        ["on"],
    )
    assert lamp.status == "off"


def test_a_star_means_every_other_state() -> None:
    assert LAMP.sources("smash") == ("off", "on", "low")
    assert LAMP.verbs_from("broken") == ()
    assert LAMP.verbs_from("on") == ("dim", "smash")
