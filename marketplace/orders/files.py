"""Photos that prove a delivery, files of a dispute and labels: each as an answer to whoever may see what it is of, kept by nobody."""

import structlog
from django.core.files.storage import default_storage
from django.http import FileResponse

from core.errors import Missing, Unavailable
from core.rules import Actor, scope
from marketplace.orders.models import DeliveryPhoto, DisputeFile, Shipment, ShippingLabel

log = structlog.get_logger("orders")


def photo(key: int, *, by: Actor, **about: object) -> FileResponse:
    """A photo of the delivery, order … that `about` names. Refuses with 404 what is not there and what is not theirs, alike."""
    found = scope(by, DeliveryPhoto).filter(pk=key, **about).first()
    return _handed_out(found, "image/jpeg")


def shown_file(key: int, *, by: Actor, **about: object) -> FileResponse:
    """A file of the dispute that `about` names: a picture to look at, a PDF to save and nothing else. Refuses as `photo` does."""
    found = scope(by, DisputeFile).filter(pk=key, **about).first()
    if found is None or found.kind != DisputeFile.Kind.PDF:
        return _handed_out(found, "image/jpeg")
    return _saved(found, f"evidence-{found.pk}.pdf")


def label(parcel: Shipment, *, by: Actor) -> FileResponse:
    """The label of a parcel, a PDF to print. Refuses as `photo` does, also where its carrier alone has it."""
    found = scope(by, ShippingLabel).filter(shipment=parcel, has_paper=True).first()
    return _saved(found, f"label-{parcel.reference}.pdf")


def _saved(found: DisputeFile | ShippingLabel | None, name: str) -> FileResponse:
    """A PDF, to save and nothing else."""
    answer = _handed_out(found, "application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def _handed_out(found: DeliveryPhoto | DisputeFile | ShippingLabel | None, kind: str) -> FileResponse:
    """Refuses with 503 `unavailable` while the store does not answer."""
    if found is None:
        raise Missing()
    try:
        answer = FileResponse(default_storage.open(found.file), content_type=kind)
    except OSError:
        raise Missing() from None
    except Exception as fault:  # a bucket that is away says so with faults of its own
        log.error("file_not_read", file=found.file, why=str(fault))
        raise Unavailable() from fault
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
