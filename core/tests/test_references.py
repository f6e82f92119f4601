"""References are readable, unguessable and forgiving."""

import re

from core import references


def test_a_reference_has_one_readable_shape_and_no_two_are_alike() -> None:
    made = {references.new("SK") for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.match(references.PATTERN, each) and len(each) <= references.LENGTH for each in made)


def test_what_somebody_typed_is_read_in_its_one_spelling() -> None:
    assert references.read(" sk-o1il-abcd-2345 ") == "SK-0111-ABCD-2345"


def test_the_letters_that_name_a_share_are_no_misread_digits() -> None:
    assert references.read("sk-o1il-abcd-2345-i") == "SK-0111-ABCD-2345-I"
    assert references.read("SKIL-0111-ABCD-2345-LO") == "SKIL-0111-ABCD-2345-LO"


def test_what_may_be_sent_is_what_can_be_read_and_nothing_else() -> None:
    good = ["SK-7K3M-Q9XF-2DWP", "sk-7k3m-q9xf-2dwp", "Sk-oOiI-lLaA-0000-b"]
    assert [each for each in good if re.match(references.SENT, each)] == good
    assert all(re.match(references.PATTERN, references.read(each)) for each in good)
    for bad in ("SK-7K3M-Q9XF", "SK-7K3M-Q9XF-2DWU", "S-7K3M-Q9XF-2DWP", "SK-7K3M-Q9XF-2DW_", "SK-7K3M-Q9XF-2DWP-1"):
        assert not re.match(references.SENT, bad), bad
