"""Tables made together are the tables that would have been made one by one, and cost fewer renderings."""

from unittest.mock import patch

from django.db import models
from django.db.migrations import AddField, CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState, StateApps

from core.migrating import CreateModels, together

PLAIN: list[Operation] = [
    CreateModel("Stall", [("id", models.BigAutoField(primary_key=True))]),
    *(
        CreateModel(f"Good{number}", [("stall", models.ForeignKey("market.Stall", models.CASCADE))])
        for number in range(5)
    ),
    AddField("Stall", "best", models.ForeignKey("market.Good1", models.CASCADE, null=True)),
    CreateModel("Buyer", [("name", models.CharField(max_length=9))]),
]


def after(operations: list[Operation]) -> tuple[ProjectState, int]:
    """The state that operations lead to, and how many models were rendered on the way."""
    state, rendered = ProjectState(), 0
    render = StateApps.render_multiple

    def counted(self: StateApps, each: list[ModelState]) -> None:
        nonlocal rendered
        rendered += len(each)
        render(self, each)

    with patch.object(StateApps, "render_multiple", counted):
        for operation in operations:
            assert state.apps is not None
            operation.state_forwards("market", state)
        assert state.apps is not None
    return state, rendered


def test_only_creations_that_follow_one_another_become_one() -> None:
    made = together(PLAIN)
    assert [type(each) for each in made] == [CreateModels, AddField, CreateModel]
    assert made[0].describe() == "Create models Stall, Good0, Good1, Good2, Good3, Good4"
    assert made[0].references_model("good3", "market")
    assert not made[0].references_model("buyer", "market")


def test_they_lead_to_the_same_state_with_fewer_renderings() -> None:
    (one_by_one, often), (at_once, seldom) = after(PLAIN), after(together(PLAIN))
    assert one_by_one == at_once
    assert list(at_once.models) == list(one_by_one.models)
    assert seldom < often / 2
