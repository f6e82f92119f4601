"""Patterns of texts: the subset means what regular expressions mean, and no pattern and no text take long."""

import random
import re
from itertools import product

import pytest

from core.resources.patterns import PatternFault, read

TAKEN = [
    r"[A-Z]{3}\d{3}[A-Z]", r"[A-HJ-NPR-Z0-9]{17}", r"\+?\d{9,12}", r"K[A-D]\.\d*|none", r"[^a-z]*x", r"a{2,}b?", r"[\]\-\\]+", "[-a]",
    "[a-]", r"\w+ \w+", ".{1,3}", "é+",
]  # fmt: skip
REFUSED = [
    "", "a|", "|a", "(a)", "(a+)+", r"a\1", "a**", "a{", "a{,3}", "a{3,2}", "a{501}", "[z-a]", "[]", "[a", "a$", "^a",
    r"\s", r"\b", r"(?=a)",
    "a?a?a?", r"\d*\d*\d*", r".*.*=.*", "a" * 201, "a{1000000}", "[[]", "\\", "+", "*a", "a{٣}",
]  # fmt: skip


@pytest.mark.parametrize("text", TAKEN)
def test_a_pattern_matches_exactly_what_a_regular_expression_would(text: str) -> None:
    pattern, judge = read(text), re.compile(read(text).source, re.ASCII)
    dice = random.Random(3)
    alphabet = "AaKxb0179.-]\\ +é_z"
    words = ["".join(each) for size in range(4) for each in product(alphabet, repeat=size)]
    words += ["".join(dice.choices("AK019", k=dice.randint(5, 20))) for _ in range(500)]
    words += ["KAA123B", "none", "254712345678", "+254712345678", "aaab"]
    for word in words:
        assert pattern.matches(word) is (judge.match(word) is not None), word


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_in_the_subset_or_would_hang_a_client_is_refused(text: str) -> None:
    with pytest.raises(PatternFault):
        read(text)


def test_the_worst_text_costs_one_pass_for_each_piece() -> None:
    reads = 0

    class Counting(str):
        def __getitem__(self, key: object) -> str:
            nonlocal reads
            reads += 1
            return super().__getitem__(key)  # type: ignore[index]

    pattern = read(r"a*b?a*" + "[b-z]{0,9}" + "x" * 100)
    assert not pattern.matches(Counting("a" * 500))
    assert reads <= 105 * 501
