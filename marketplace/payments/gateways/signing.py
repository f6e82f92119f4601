"""Signatures of webhooks: over the very bytes, in constant time, at a moment that is neither long gone nor yet to come."""

import hashlib
import hmac

TOLERANCE = 300  # seconds, both ways: a moment that has yet to come is no better than one long gone


def is_signed(raw: bytes, signature: str, secret: str, *, now: int) -> bool:
    """Whether one of the header's v1 signatures is ours for these very bytes, at a moment close to now."""
    parts = [part.strip().partition("=") for part in signature.split(",")]
    moments = [value for name, _equals, value in parts if name == "t"]
    if not secret or len(moments) != 1 or not (moments[0].isascii() and moments[0].isdecimal()):
        return False
    if len(moments[0]) > 12 or abs(now - int(moments[0])) > TOLERANCE:
        return False
    ours = hexdigest(moments[0].encode() + b"." + raw, secret)
    # All are compared, and each in constant time: how long it takes says nothing of how much was right.
    fitting = [is_same(value, ours) for name, _equals, value in parts if name == "v1"]
    return any(fitting)


def hexdigest(raw: bytes, secret: str) -> str:
    """The HMAC-SHA256 in hexadecimal."""
    return hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def is_same(theirs: str, ours: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(theirs.encode("utf-8", "replace"), ours.encode())
