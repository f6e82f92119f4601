"""What reaches outside of the database: paying for an order at its gateway, photos that prove a delivery, files of a dispute."""

import re
from contextlib import suppress
from pathlib import PurePosixPath
from secrets import token_hex
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from core.errors import Busy
from core.limits import check
from core.rules import Actor, require
from marketplace.catalog import media
from marketplace.orders import actions
from marketplace.orders.errors import FileRefused
from marketplace.orders.models import Delivery, Dispute, DisputeFile, Order
from marketplace.payments import flows as payments
from marketplace.payments.models import Payment


def pay(order: Order, *, gateway: str, source: str, by: Actor) -> Payment:
    """Charge what an order costs. Refuses as `begin_payment` and the gateway do; what the gateway left open stays open.

    Each step is a transaction of its own and goes on with what it finds begun, so that a repeat after a crash charges once.
    """
    payments.judge_source(gateway, source)
    payment = actions.begin_payment(order, by=by, gateway=gateway)
    payment = payments.charge(payment, source=source, by=by)
    if payment.status == "succeeded":
        with suppress(Busy):  # then its event completes it in a moment
            actions.complete(order.pk, by=Actor.system("payment"))
    return payment


PROOFS = "proofs"  # beside the pictures of the market, and served to nobody by address
LONGEST = 1_600


def add_photo(delivery: Delivery, source: Any, *, size: int, by: Actor) -> Delivery:
    """Keep a photo that proves a delivery, drawn anew without what the camera wrote into it.

    Refuses with 422 `image_refused`, 409 `wrong_state`, `enough_photos`, 429; then no file is left behind.
    """
    require(by, "hand_over", delivery)
    if not by.is_system:
        check("upload", f"user:{by.user_id}")
    drawn = media.redraw(source, size=size, longest=LONGEST)
    name = default_storage.save(f"{PROOFS}/{token_hex(16)}.jpg", ContentFile(drawn))
    try:
        return actions.add_photo(delivery.pk, by=by, file=name)
    except BaseException:
        default_storage.delete(name)
        raise


EVIDENCE = "evidence"
MOST_BYTES = 10 * 1024 * 1024
HEAD, TAIL = 1_024, 2_048  # a PDF begins within the first, and says that it ends within the last


def show_file(case: Dispute, source: Any, *, name: str, size: int, by: Actor) -> Dispute:
    """Keep a picture, drawn anew, or a PDF as evidence in a dispute. A PDF is kept as it is, and only ever handed out to be saved.

    Refuses with 422 `image_refused`, `file_refused`, 409 `wrong_state`, `enough_files`, 429; then no file is left behind.
    """
    require(by, "say", case)
    if not by.is_system:
        check("upload", f"user:{by.user_id}")
    kind = DisputeFile.Kind.PDF if _is_pdf(source) else DisputeFile.Kind.IMAGE
    if kind == DisputeFile.Kind.PDF:
        content, ending = _read_pdf(source, size), "pdf"
    else:
        content, ending = media.redraw(source, size=size, longest=LONGEST), "jpg"
    path = default_storage.save(f"{EVIDENCE}/{token_hex(16)}.{ending}", ContentFile(content))
    try:
        return actions.add_file(
            case.pk, by=by, file=path, title=_title(name, kind.label), kind=kind.value, size=len(content)
        )
    except BaseException:
        default_storage.delete(path)
        raise


def _is_pdf(source: Any) -> bool:
    source.seek(0)
    head = source.read(HEAD)
    source.seek(0)
    return b"%PDF-" in head


def _read_pdf(source: Any, size: int) -> bytes:
    """The bytes of a whole PDF. Whoever saves it opens it with a program of their own: nothing here reads what is in it."""
    if size > MOST_BYTES:
        raise FileRefused(why=f"A PDF may have {MOST_BYTES // 1024 // 1024} MB at most.")
    content = bytes(source.read(MOST_BYTES + 1))
    if b"%%EOF" not in content[-TAIL:]:
        raise FileRefused(why="This PDF is cut off or damaged.")
    return content


def _title(name: str, otherwise: str) -> str:
    """What a file is called, of what its sender calls it: its last part, of letters that can be shown."""
    last = PurePosixPath((name or "").replace("\\", "/")).name
    return re.sub(r"[^\w .,()+-]", "", last).strip(" .")[:120] or otherwise
