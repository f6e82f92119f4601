"""Webhooks of the mock gateway: signed by it, for these bytes, at this moment, or refused."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import context
from marketplace.payments.gateways import BadSignature, GatewayEvent
from marketplace.payments.gateways.mock import MockGateway
from marketplace.payments.gateways.signing import TOLERANCE, is_signed

pytestmark = pytest.mark.once

SECRET = "s" * 40
NOW = 1_800_000_000
RAW = b'{"id": "evt_1", "type": "payment.succeeded", "data": {"id": "pay_1", "key": "PAY-1"}}'


def sign(raw: bytes = RAW, *, secret: str = SECRET, at: int | str = NOW) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + raw, hashlib.sha256).hexdigest()


def test_the_moment_may_be_five_minutes_off_either_way_and_no_more() -> None:
    for off, fits in (
        (-TOLERANCE - 1, False),
        (-TOLERANCE, True),
        (0, True),
        (TOLERANCE, True),
        (TOLERANCE + 1, False),
    ):
        at = NOW + off
        assert is_signed(RAW, f"t={at},v1={sign(at=at)}", SECRET, now=NOW) is fits, off


def test_one_of_several_signatures_is_enough_and_spaces_do_no_harm() -> None:
    other = sign(secret="o" * 40)
    assert is_signed(RAW, f"t={NOW}, v1={other}, v1={sign()}", SECRET, now=NOW)
    assert is_signed(RAW, f"v0={other},v1={sign()},t={NOW}", SECRET, now=NOW)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        f"v1={sign()}",
        f"t={NOW}",
        f"t={NOW},v1=",
        f"t={NOW},v1",
        f"t={NOW},v0={sign()}",
        f"t={NOW},v1={sign(secret='o' * 40)}",
        f"t={NOW},v1={sign(RAW + b' ')}",
        f"t={NOW},v1={sign()[:-1]}",
        f"t={NOW},v1={sign().upper()}",
        f"t={NOW + 1},v1={sign()}",
        f"t={NOW},t={NOW},v1={sign()}",
        f"t={NOW}.0,v1={sign(at=f'{NOW}.0')}",
        f"t=-{NOW},v1={sign(at=-NOW)}",
        f"t= {NOW},v1={sign(at=f' {NOW}')}",
        f"t=١٨٠٠٠٠٠٠٠٠,v1={sign(at='١٨٠٠٠٠٠٠٠٠')}",
        f"t={'9' * 5000},v1={sign()}",
        f"t={NOW},v1=é",
        f"t={NOW},v1=\ud800",
        sign(),
    ],
)
def test_what_is_not_signed_by_us_for_this_body_at_this_moment_does_not_fit(signature: str) -> None:
    assert is_signed(RAW, signature, SECRET, now=NOW) is False


def test_without_a_secret_nothing_fits() -> None:
    assert is_signed(RAW, f"t={NOW},v1={sign(secret='')}", "", now=NOW) is False


@given(position=st.integers(0, len(RAW) - 1), byte=st.integers(0, 255))
def test_no_byte_of_the_body_may_change(position: int, byte: int) -> None:
    other = RAW[:position] + bytes([byte]) + RAW[position + 1 :]
    assert is_signed(other, f"t={NOW},v1={sign()}", SECRET, now=NOW) is (other == RAW)


@given(st.text())
def test_no_header_brings_it_down(header: str) -> None:
    assert is_signed(RAW, header, SECRET, now=NOW) is False


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"null", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"id": "e", "type": "t", "data": []}',
        b'{"id": 1, "type": "t", "data": {"id": "p", "key": "k"}}',
        b'{"id": "", "type": "t", "data": {"id": "p", "key": "k"}}',
        b'{"id": "e", "type": "t", "data": {"id": "p", "key": "' + b"k" * 256 + b'"}}',
        b'{"id": "e\\u0000", "type": "t", "data": {"id": "p", "key": "k"}}',
        b'{"id": "\\ud800", "type": "t", "data": {"id": "p", "key": "k"}}',
    ],
)  # fmt: skip
def test_a_signed_body_that_is_no_event_is_refused(raw: bytes) -> None:
    at = int(context.now().timestamp())
    with pytest.raises(BadSignature):
        MockGateway(url="", secret=SECRET).read_event(raw, {"mock-signature": f"t={at},v1={sign(raw, at=at)}"})
    assert MockGateway(url="", secret=SECRET).read_event(RAW, {"Mock-Signature": f"t={at},v1={sign(at=at)}"}) == (
        GatewayEvent("evt_1", "payment.succeeded", "pay_1", "PAY-1")
    )
