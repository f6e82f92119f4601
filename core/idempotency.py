"""Idempotency-Key: a keyed request is done once; its repeats get the first answer (IETF draft, and Stripe's practice)."""

import functools
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from core import deeds
from core.actions import retrying_locks
from core.errors import BadRequest, Busy, Conflict, Invalid, problem
from core.limits import who_asks
from core.models import IdempotencyKey

KEPT = timedelta(days=7)
DEAD_AFTER = timedelta(minutes=2)  # no request lives so long: its process is gone, and its transaction with it
GOOD = re.compile(r'^"?([\x21-\x7e]{16,255}?)"?$')
REPLAYED_HEADERS = ("Content-Type", "ETag", "Location")

View = Callable[..., HttpResponse]


class KeyMissing(BadRequest):
    code, sentence = "idempotency_key_missing", "Send an Idempotency-Key header of 16 to 255 printable characters."


class KeyReused(Invalid):
    code, sentence = "idempotency_key_reused", "That Idempotency-Key was used for another request."


class KeyInProgress(Conflict):
    code, sentence = (
        "idempotency_key_in_progress",
        "The first request with that key is still being answered; try again.",
    )


def idempotent(*, required: bool, whole: bool = True, lease: timedelta = DEAD_AFTER) -> Callable[[View], View]:
    """Make a view that answers an HttpResponse idempotent by key. Its first answer is kept for seven days.

    Kept are successes and business refusals (409); other refusals are not: nothing was done, and a corrected or later
    try may fare better. `whole`: the view's writes and the kept answer are one transaction, so a crash leaves neither.
    A view that calls a gateway is not `whole`: it commits step by step, and its steps must continue what they find begun,
    because the key of a request without an answer may be tried again after the `lease`. That is longer than the view takes;
    if a request outlives it all the same, its own answer is given and that of whoever followed is kept.
    Refuses with 400 a missing (if required) or malformed key, with 422 a key reused for something else, with 409 one
    whose first request is still running.
    """

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def keyed(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
            header = request.headers.get("Idempotency-Key")
            if header is None:
                if required:
                    raise KeyMissing()
                return view(request, *arguments, **named)
            found = GOOD.match(header)
            if found is None:
                raise KeyMissing()
            return _once(request, found[1], lambda: view(request, *arguments, **named), whole=whole, lease=lease)

        return keyed

    return wrap


def _once(
    request: HttpRequest, key: str, run: Callable[[], HttpResponse], *, whole: bool, lease: timedelta
) -> HttpResponse:
    scope = f"{who_asks(request)} {request.method} {request.path}"[:200]
    fingerprint = hashlib.sha256(
        f"{request.method} {request.get_full_path()}\n{request.headers.get('If-Match')!r}\n".encode()
        + _canonical(request)
    ).hexdigest()
    now = timezone.now()
    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext():  # alone, it is a transaction itself
            row = IdempotencyKey(scope=scope, key=key, fingerprint=fingerprint, body="")
            row.save(force_insert=True)
    except IntegrityError:
        found = IdempotencyKey.objects.filter(scope=scope, key=key).first()
        if found is None or not _taken_over(found, fingerprint, now, lease):
            return _again(found, fingerprint)
        row = found
    mine = IdempotencyKey.objects.filter(pk=row.pk, created_at=row.created_at, status=None)
    try:
        with _one_transaction() if whole else nullcontext():
            response = run()
            if response.status_code < 300 and not mine.update(**_kept(response)) and whole:
                raise KeyInProgress(retry_after=1)  # another request took the key over: what this one did is undone
    except (KeyInProgress, Busy):
        mine.delete()
        raise
    except Conflict as refusal:
        mine.update(**_kept_refusal(refusal, request))
        raise
    except BaseException:
        mine.delete()
        raise
    if response.status_code >= 300:
        mine.delete()  # an answer that is not kept
    return response


@contextmanager
def _one_transaction() -> Iterator[None]:
    """All or nothing; what actions leave for the end is done after everything else, the kept answer included."""
    with retrying_locks(), transaction.atomic(), deeds.closing():
        yield


def _taken_over(row: IdempotencyKey, fingerprint: str, now: datetime, lease: timedelta) -> bool:
    """Whether the key of a request that died is now ours."""
    dead = IdempotencyKey.objects.filter(
        pk=row.pk, status=None, fingerprint=fingerprint, created_at=row.created_at, created_at__lt=now - lease
    )
    row.created_at = now
    return bool(dead.update(created_at=now))


def _kept(response: HttpResponse) -> dict[str, Any]:
    headers = {name: response[name] for name in REPLAYED_HEADERS if name in response}
    return {"status": response.status_code, "headers": headers, "body": response.content.decode()}


def _kept_refusal(refusal: Conflict, request: HttpRequest) -> dict[str, Any]:
    body = json.dumps(problem(refusal, instance=request.path))
    return {"status": refusal.status, "headers": {"Content-Type": "application/problem+json"}, "body": body}


def _canonical(request: HttpRequest) -> bytes:
    """The body, the same however its keys are ordered or spaced."""
    try:
        return json.dumps(json.loads(request.body or b"null"), sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return request.body


def _again(row: IdempotencyKey | None, fingerprint: str) -> HttpResponse:
    if row is not None and row.fingerprint != fingerprint:
        raise KeyReused()
    if row is None or row.status is None:
        raise KeyInProgress(retry_after=1)
    response = HttpResponse(row.body, status=row.status)
    for name, value in row.headers.items():
        response[name] = value
    response["Idempotent-Replayed"] = "true"
    return response


def prune() -> int:
    """Forget keys that are older than seven days."""
    return IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]
