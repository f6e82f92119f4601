"""Making many tables quickly, for the migrations that make all tables of an app at once."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class CreateModels(Operation):
    """Several `CreateModel`, one after the other, with the same effect on database and state.

    Django renders a new model together with every model that is related to it, by however many steps: 12,000 classes for 160
    tables, where nearly all are related. Here they are rendered once, when all the models of the group are known.
    """

    def __init__(self, creations: Iterable[CreateModel]) -> None:
        self.creations = list(creations)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__qualname__, [self.creations], {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop(
            "apps", None
        )  # the rendered models: with them there, each addition renders its neighbours anew
        for each in self.creations:
            each.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for each in self.creations:
            each.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for each in reversed(self.creations):
            each.database_backwards(app_label, schema_editor, from_state, to_state)

    def references_model(self, name: str, app_label: str) -> bool:
        return any(each.references_model(name, app_label) for each in self.creations)

    def describe(self) -> str:
        return f"Create models {', '.join(each.name for each in self.creations)}"


def together(operations: Iterable[Operation]) -> list[Operation]:
    """The same operations, those `CreateModel` that follow one another as one."""
    made: list[Operation] = []
    for creates, group in groupby(operations, lambda each: isinstance(each, CreateModel)):
        each = list(group)
        made += [CreateModels(each)] if creates and len(each) > 1 else each  # type: ignore[arg-type]
    return made
