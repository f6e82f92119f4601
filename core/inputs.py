"""What a verb asks for: annotated types from which both the API body and the admin dialog are made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from pydantic import BeforeValidator, Field, Strict, StringConstraints

# Printable text: no control characters but tab and line breaks (PostgreSQL refuses NUL; others only confuse readers).
TEXT_PATTERN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"


@dataclass(frozen=True)
class Offered:
    """One row of a table that a dialog asks to fill in: its key, its words, and the most of each number that may be said.

    `minor` of `currency` is what `of` pieces of it come to, where the dialog is to say what is chosen in money.
    """

    key: int
    title: str
    note: str = ""
    most: Mapping[str, int] = field(default_factory=dict)
    minor: int = 0
    of: int = 0
    currency: str = ""


@dataclass(frozen=True)
class Ask:
    """How a dialog asks for one input: its label, help, ready-made answers offered as chips, and how many lines.

    `table`: row -> what may be filled in, for a list of small bodies of numbers; the first field of the body is its key. It starts
    with the most of each where it `is_full`. One that need not be filled in is not asked for of many rows at once.
    """

    label: str
    help: str = ""
    chips: tuple[str, ...] = ()
    lines: int = 1
    table: Callable[[Any], Sequence[Offered]] | None = None
    is_full: bool = False


@dataclass(frozen=True)
class Choice:
    """One of the things that a dialog offers for a row: its key and its words."""

    key: int
    label: str


@dataclass(frozen=True)
class AskOne(Ask):
    """One of the things that `choices(row)` gives, by its key; or `nothing`, where that may be said. A bulk form asks with None for
    the row.
    """

    choices: Callable[[Any], Sequence[Choice]] = lambda _row: ()
    nothing: str = "—"


def no_lax_number(value: Any) -> Any:
    """JSON says what is a number: `false` and "3" are not (pydantic would take them)."""
    if isinstance(value, bool | str):
        raise ValueError("Send a number.")
    return value


# What is put before and behind a parameter's own bounds: behind the validator they would drop out of the document.
TIGHT: dict[Any, tuple[tuple[Any, ...], tuple[Any, ...]]] = {
    int: ((Field(ge=-(2**31), le=2**31 - 1),), (BeforeValidator(no_lax_number),)),
    bool: ((), (Strict(),)),
}


def tight(hint: Any) -> Any:
    """The strict form of a parameter's annotation: numbers are numbers, flags are flags; all else is as it was."""
    base, *rest = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    kinds = [each for each in get_args(base) if each is not NoneType] if NoneType in get_args(base) else [base]
    if len(kinds) != 1 or kinds[0] not in TIGHT:
        return hint
    before, after = TIGHT[kinds[0]]
    asks = [each for each in rest if isinstance(each, Ask)]
    made: Any = Annotated[kinds[0], *before, *(each for each in rest if not isinstance(each, Ask)), *after]
    made = made if kinds == [base] else made | None
    return Annotated[made, *asks] if asks else made


Reason = Annotated[
    str,
    StringConstraints(min_length=3, max_length=500, strip_whitespace=True, pattern=TEXT_PATTERN),
    Ask("Reason", "The other side reads this sentence.", lines=3),
]
Note = Annotated[
    str,
    StringConstraints(max_length=500, strip_whitespace=True, pattern=TEXT_PATTERN),
    Ask("Note", "For the record; optional.", lines=3),
]


def asking(
    chips: tuple[str, ...], *, label: str = "Reason", help: str = "The other side reads this sentence."
) -> object:
    """A Reason with ready-made answers: `Annotated[str, ...]` for use as a parameter's annotation."""
    return Annotated[
        str,
        StringConstraints(min_length=3, max_length=500, strip_whitespace=True, pattern=TEXT_PATTERN),
        Ask(label, help, chips, lines=3),
    ]
