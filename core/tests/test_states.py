"""State tables: legal moves move, others refuse and change nothing."""

from types import SimpleNamespace

import pytest
from django.db.models import Q

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


def test_a_refusal_says_the_verb_in_words() -> None:
    door = Moves("state", initial="shut", table=(("open", "slam_shut", "shut"), ("shut", "open_up", "open")))
    with pytest.raises(WrongState) as refusal:
        door.move(SimpleNamespace(state="shut"), "slam_shut")  # type: ignore[arg-type]
    assert refusal.value.facts == {"state": "shut", "verb": "slam shut", "allowed_from": ["open"]}


def test_a_star_never_leads_from_a_state_to_itself() -> None:
    assert LAMP.target("broken", "smash") is None
    assert LAMP.target("off", "smash") == "broken"


def test_a_moment_is_stamped_only_where_there_is_a_column_for_it() -> None:
    lamp = SimpleNamespace(status="off", state_since=None)
    LAMP.move(lamp, "light")  # type: ignore[arg-type]
    assert vars(lamp) == {"status": "on", "state_since": None}


def test_the_column_offers_every_state_by_name_and_is_no_form_field() -> None:
    column = Moves("state", initial="to_send", table=(("to_send", "send", "sent"),)).field(db_index=True)
    assert column.choices == [("to_send", "To send"), ("sent", "Sent")]
    assert (column.max_length, column.default, column.editable, column.db_index) == (24, "to_send", False, True)


def test_the_database_refuses_a_state_that_there_is_not() -> None:
    guard = LAMP.constraint("lamp_status_known")
    assert (guard.name, guard.violation_error_message) == ("lamp_status_known", "That is not one of the states.")
    assert guard.condition == Q(status__in=("off", "on", "low", "broken"))


class Rows(SimpleNamespace):
    """What is asked of rows when they are moved by one update."""

    def filter(self, **which: object) -> "Rows":
        self.which = which
        return self

    def update(self, **values: object) -> int:
        self.values = values
        return 3


@pytest.mark.parametrize("model", [SimpleNamespace(), SimpleNamespace(status_since=None)])
def test_rows_are_moved_by_a_condition_and_a_change_in_one(model: SimpleNamespace) -> None:
    rows = Rows(model=model)
    assert LAMP.shift(rows, "smash") == 3  # type: ignore[arg-type]
    assert rows.which == {"status__in": ("off", "on", "low")}
    stamped = rows.values.pop("status_since", None)
    assert rows.values == {"status": "broken"}
    assert (stamped is not None) is hasattr(model, "status_since")
