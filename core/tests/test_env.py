"""A variable that does not fit refuses to start, by name and with the reason."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from core import env

NAME = "SOKO_TRIED"


@pytest.mark.parametrize(("said", "read"), [("1", True), ("Yes", True), ("off", False), ("", False), (" true ", True)])
def test_a_flag_is_a_yes_or_a_no(monkeypatch: pytest.MonkeyPatch, said: str, read: bool) -> None:
    monkeypatch.setenv(NAME, said)
    assert env.flag(NAME, default=not read) is read


def test_what_is_unset_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    assert (env.flag(NAME, True), env.number(NAME, 7), env.words(NAME, "a, b,"), env.text(NAME)) == (
        True,
        7,
        ["a", "b"],
        "",
    )


NO_NAME = "SOKO_TRIED must be up to 40 lower-case letters, digits and hyphens, a letter first."
NO_ADDRESS = "SOKO_TRIED must be an address, such as http://host:9200."


@pytest.mark.parametrize(
    ("said", "ask", "sentence"),
    [
        ("maybe", lambda: env.flag(NAME), "SOKO_TRIED must be true or false."),
        ("many", lambda: env.number(NAME, 1), "SOKO_TRIED must be a whole number."),
        ("1.5", lambda: env.number(NAME, 1), "SOKO_TRIED must be a whole number."),
        ("-", lambda: env.number(NAME, 1), "SOKO_TRIED must be a whole number."),
        ("--1", lambda: env.number(NAME, 1), "SOKO_TRIED must be a whole number."),
        ("²", lambda: env.number(NAME, 1), "SOKO_TRIED must be a whole number."),
        ("0", lambda: env.number(NAME, 1, least=1, most=9), "SOKO_TRIED must be a number from 1 to 9."),
        ("10", lambda: env.number(NAME, 1, least=1, most=9), "SOKO_TRIED must be a number from 1 to 9."),
        ("0", lambda: env.number(NAME, 1, least=1), "SOKO_TRIED must be a number of at least 1."),
        ("red,green", lambda: env.words(NAME, "", ("red", "blue")), "SOKO_TRIED may only name red, blue."),
        *((said, lambda: env.name_part(NAME, "soko"), NO_NAME) for said in ("So", "-so", "so_ko", "1so", "s" * 41)),
        *(
            (said, lambda: env.address(NAME), NO_ADDRESS)
            for said in ("host:9200", "ftp://host", "http://", "http://h:x", "http://[")
        ),
        ("green", lambda: env.choice(NAME, "red", ("red", "blue")), "SOKO_TRIED must be one of red, blue."),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, said: str, ask: object, sentence: str
) -> None:
    monkeypatch.setenv(NAME, said)
    with pytest.raises(ImproperlyConfigured) as refusal:
        ask()  # type: ignore[operator]
    assert str(refusal.value) == sentence


def test_an_address_may_be_absent_or_hold_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (env.address(NAME), env.name_part(NAME, "soko")) == ("", "soko")
    monkeypatch.setenv(NAME, "https://me:secret@host:9200/")
    assert env.address(NAME) == "https://me:secret@host:9200"


def test_a_secret_may_be_the_first_line_of_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    place = tmp_path / "key"
    place.write_text("from the file \nand no more\n")
    monkeypatch.setenv(NAME, "from the environment")
    assert env.secret(NAME) == "from the environment"
    monkeypatch.setenv(f"{NAME}_FILE", str(place))
    assert env.secret(NAME) == "from the file"


@pytest.mark.parametrize("made", [True, False])
def test_a_file_that_holds_no_secret_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, made: bool
) -> None:
    place = tmp_path / "key"
    if made:
        place.write_text("")
    monkeypatch.setenv(f"{NAME}_FILE", str(place))
    with pytest.raises(ImproperlyConfigured, match="SOKO_TRIED_FILE names a file that cannot be read"):
        env.secret(NAME)
