"""What is read from an answer of somebody outside. How questions are put is tested with gateways, carriers and tax providers."""

import pytest

from core.asking import NoReply, Reply, read_json


def test_numbers_with_a_point_are_the_text_that_was_written() -> None:
    assert read_json(b'{"tax": 1.10, "lines": 2}') == {"tax": "1.10", "lines": 2}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"NaN", b"[" * 200_000], ids=["nothing", "half", "bytes", "no number", "too deep"]
)
def test_what_is_no_json_is_no_reply(content: bytes) -> None:
    with pytest.raises(NoReply):
        read_json(content)


def test_what_is_no_object_is_no_reply() -> None:
    with pytest.raises(NoReply):
        Reply(200, b"[]").said  # noqa: B018  it is read
