"""References are readable, unguessable and forgiving."""

import re

from core import references


def test_a_reference_has_one_readable_shape_and_no_two_are_alike() -> None:
    made = {references.new("SK") for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.match(references.PATTERN, each) and len(each) <= references.LENGTH for each in made)


def test_what_somebody_typed_is_read_in_its_one_spelling() -> None:
    assert references.read(" sk-o1il-abcd-2345 ") == "SK-0111-ABCD-2345"
