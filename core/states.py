"""State machines as tables of (from, verb, to): the only code that assigns a status."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from core import context
from core.errors import WrongState

ANY = "*"


@dataclass(frozen=True)
class Moves:
    """The legal moves of one status column. `*` as source means every other state. Tones colour the admin's words."""

    column: str
    table: tuple[tuple[str, str, str], ...]
    initial: str
    tones: Mapping[str, str] = field(default_factory=dict)

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, in the order the table first names it."""
        found = {self.initial: None}
        for source, _verb, target in self.table:
            if source != ANY:
                found.setdefault(source)
            found.setdefault(target)
        return tuple(found)

    def label(self, state: str) -> str:
        return state.replace("_", " ").capitalize()

    def field(self, **options: Any) -> models.CharField:
        """The column that holds the state."""
        choices = [(state, self.label(state)) for state in self.states]
        return models.CharField(max_length=24, choices=choices, default=self.initial, editable=False, **options)

    def constraint(self, name: str) -> models.CheckConstraint:
        """The database's own guard that no other state is ever stored."""
        return models.CheckConstraint(
            condition=models.Q(**{f"{self.column}__in": self.states}),
            name=name,
            violation_error_message="That is not one of the states.",
        )

    def target(self, state: str, verb: str) -> str | None:
        """Where the verb leads from this state, or None."""
        for source, name, target in self.table:
            if name == verb and (source == state or (source == ANY and target != state)):
                return target
        return None

    def verbs_from(self, state: str) -> tuple[str, ...]:
        """The verbs that are legal in this state."""
        return tuple(dict.fromkeys(verb for _s, verb, _t in self.table if self.target(state, verb)))

    def sources(self, verb: str) -> tuple[str, ...]:
        """The states in which the verb is legal."""
        return tuple(state for state in self.states if self.target(state, verb))

    def move(self, row: models.Model, verb: str) -> str:
        """Move the row (in memory; the action saves it) and stamp `<column>_since`. Refuses with 409 `wrong_state`."""
        state = getattr(row, self.column)
        target = self.target(state, verb)
        if target is None:
            words = verb.replace("_", " ")
            raise WrongState(state=state, verb=words, allowed_from=list(self.sources(verb)))
        setattr(row, self.column, target)
        if hasattr(row, f"{self.column}_since"):
            setattr(row, f"{self.column}_since", context.now())
        return target

    def shift(self, rows: models.QuerySet, verb: str) -> int:
        """Move rows of a Tally by one conditional update, so that of two who try, one does. Returns how many moved."""
        target = next(to for _source, name, to in self.table if name == verb)
        stamp = {f"{self.column}_since": context.now()} if hasattr(rows.model, f"{self.column}_since") else {}
        return rows.filter(**{f"{self.column}__in": self.sources(verb)}).update(**{self.column: target}, **stamp)
