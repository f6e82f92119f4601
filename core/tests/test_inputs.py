"""What a verb asks for is taken strictly: a flag is no number, a text is no number."""

from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from core.inputs import Ask, tight


@pytest.mark.parametrize("hint", [int, int | None, Annotated[int, Field(ge=0), Ask("Quantity")]])
@pytest.mark.parametrize("value", [False, "3"])
def test_what_is_no_number_is_refused(hint: Any, value: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(tight(hint)).validate_python(value)


def test_a_number_and_its_own_bounds_still_hold() -> None:
    kind = TypeAdapter(tight(Annotated[int, Field(ge=0)]))
    assert kind.validate_python(3) == 3
    with pytest.raises(ValidationError):
        kind.validate_python(-1)
    assert TypeAdapter(tight(int | None)).validate_python(None) is None


def test_a_document_says_the_bounds_and_only_in_its_own_words() -> None:
    """Without the order kept in `tight`, pydantic writes `ge` and `le`, which no reader of the document knows."""
    kind = tight(Annotated[int | None, Field(ge=-5, le=7), Ask("Quantity")])
    whole = {"type": "integer", "minimum": -5, "maximum": 7}
    assert TypeAdapter(kind).json_schema() == {"anyOf": [whole, {"type": "null"}]}
