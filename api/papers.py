"""Routes of documents to keep: invoices, packing slips and statements of payouts, each for those who may see what it is about."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from core.resources import reading
from core.resources.api import KEY, REFERENCE, nothing_asked
from core.resources.plans import plain
from core.resources.types import LARGEST_ID, Moment, Money, SignedMoney
from marketplace.orders import documents, files
from marketplace.orders.queries import share_of
from marketplace.orders.resources import CreditNotes, Orders, Shipments, VendorOrders
from marketplace.payouts import statements
from marketplace.payouts.resources import Payouts

MOST_LINES = 1_000
BYTES = {"schema": {"type": "string", "format": "binary"}}
PDF = {"responses": {"200": {"description": "The document.", "content": {"application/pdf": BYTES}}}}
CSV = {"responses": {"200": {"description": "The lines.", "content": {"text/csv": {"schema": {"type": "string"}}}}}}


class StatementLine(Schema):
    """One change of what was available."""

    model_config = ConfigDict(title="PayoutStatementLine")

    at: Moment
    what: str = Field(max_length=60)
    vendor_order_id: str = Field(max_length=24, description="Empty where it is about none.")
    journal_id: str = Field(max_length=24)
    change: SignedMoney


class PayoutStatement(Schema):
    """What a payout is made up of: what was carried over, each change since, and what was paid of it."""

    model_config = ConfigDict(title="PayoutStatement")

    payout_id: str = Field(max_length=24)
    vendor_id: int = Field(ge=1, le=LARGEST_ID)
    opening: SignedMoney = Field(description="Carried over from the payout before; below zero, a debt.")
    lines: list[StatementLine] = Field(
        max_length=MOST_LINES, description="The first thousand; the table has all of them."
    )
    line_count: int = Field(ge=0, le=2**31 - 1, description="How many there are.")
    amount: Money = Field(description="What is left: the payout.")


def of_orders(router: Router) -> Router:
    """Put the invoices of its shares on the storefront's `/orders` router."""

    @router.get(
        "/{order_id}/shares/{share_id}/invoice.pdf",
        operation_id="drawOrderInvoice",
        summary="The invoice of a vendor",
        openapi_extra=PDF,
    )
    def invoice(request: HttpRequest, order_id: REFERENCE, share_id: REFERENCE) -> HttpResponse:  # type: ignore[valid-type]
        """What one vendor of an order charges, as a PDF. 404 until that vendor has accepted its share."""
        nothing_asked(request)
        order: Any = reading.find(Orders, request.actor, order_id)  # type: ignore[attr-defined]
        share = share_of(order, share_id)
        return _pdf(documents.invoice(share), f"invoice-{share.reference}")

    return router


def of_shares(router: Router) -> Router:
    """Put invoice and packing slip on an audience's `/vendor-orders` router."""

    @router.get("/{vendor_order_id}/invoice.pdf", operation_id="drawInvoice", summary="Its invoice", openapi_extra=PDF)
    def invoice(request: HttpRequest, vendor_order_id: REFERENCE) -> HttpResponse:  # type: ignore[valid-type]
        """What the vendor charges, as a PDF. 404 until it was accepted."""
        nothing_asked(request)
        share: Any = reading.find(VendorOrders, request.actor, vendor_order_id)  # type: ignore[attr-defined]
        return _pdf(documents.invoice(share), f"invoice-{share.reference}")

    @router.get(
        "/{vendor_order_id}/packing-slip.pdf",
        operation_id="drawPackingSlip",
        summary="What is still to be packed",
        openapi_extra=PDF,
    )
    def slip(request: HttpRequest, vendor_order_id: REFERENCE) -> HttpResponse:  # type: ignore[valid-type]
        """What is left to send and for whom, as a PDF. 404 where nothing is left, or it is not paid."""
        nothing_asked(request)
        share: Any = reading.find(VendorOrders, request.actor, vendor_order_id)  # type: ignore[attr-defined]
        return _pdf(documents.packing_slip(share), f"packing-slip-{share.reference}")

    return router


def of_credit_notes(router: Router) -> Router:
    """Put its paper on an audience's `/credit-notes` router."""

    @router.get(
        "/{credit_note_id}/credit-note.pdf", operation_id="drawCreditNote", summary="On paper", openapi_extra=PDF
    )
    def paper(request: HttpRequest, credit_note_id: KEY) -> HttpResponse:  # type: ignore[valid-type]
        """What was given back of an invoice, by line with its tax, as a PDF: the same each time."""
        nothing_asked(request)
        note: Any = reading.find(CreditNotes, request.actor, credit_note_id)  # type: ignore[attr-defined]
        return _pdf(documents.credit_note(note), f"credit-note-{note}")

    return router


def of_parcels(router: Router) -> Router:
    """Put the packing slip on an audience's `/shipments` router."""

    @router.get(
        "/{shipment_id}/packing-slip.pdf",
        operation_id="drawPackingSlipOfShipment",
        summary="What is in it",
        openapi_extra=PDF,
    )
    def slip(request: HttpRequest, shipment_id: REFERENCE) -> HttpResponse:  # type: ignore[valid-type]
        """What is in a parcel and for whom, as a PDF."""
        nothing_asked(request)
        parcel: Any = reading.find(Shipments, request.actor, shipment_id)  # type: ignore[attr-defined]
        return _pdf(documents.packing_slip_of(parcel), f"packing-slip-{parcel.reference}")

    @router.get(
        "/{shipment_id}/label.pdf", operation_id="printShippingLabel", summary="Its label to print", openapi_extra=PDF
    )
    def label(request: HttpRequest, shipment_id: REFERENCE) -> HttpResponseBase:  # type: ignore[valid-type]
        """The carrier's label as a PDF, once it was bought. 404 where there is none to print."""
        nothing_asked(request)
        parcel: Any = reading.find(Shipments, request.actor, shipment_id)  # type: ignore[attr-defined]
        return files.label(parcel, by=request.actor)  # type: ignore[attr-defined]

    return router


def of_payouts(router: Router) -> Router:
    """Put the statement of a payout, as lines, to print and as a table, on an audience's `/payouts` router."""

    @router.get(
        "/{payout_id}/statement",
        operation_id="readPayoutStatement",
        summary="What a payout is made up of",
        response=PayoutStatement,
    )
    def lines(request: HttpRequest, payout_id: REFERENCE) -> dict[str, object]:  # type: ignore[valid-type]
        """What was carried over from the payout before, every change of what was available since, and the payout."""
        nothing_asked(request)
        found = statements.statement_of(_payout(request, payout_id))
        return {
            "payout_id": found.payout.reference,
            "vendor_id": found.payout.vendor_id,
            "opening": plain(found.opening),
            "lines": [
                {
                    "at": each.at,
                    "what": each.what,
                    "vendor_order_id": each.share,
                    "journal_id": each.journal,
                    "change": plain(each.amount),
                }
                for each in found.lines[:MOST_LINES]
            ],
            "line_count": len(found.lines),
            "amount": plain(found.payout.amount),
        }

    @router.get(
        "/{payout_id}/statement.csv", operation_id="downloadPayoutStatement", summary="Its statement as a table",
        openapi_extra=CSV,
    )  # fmt: skip
    def table(request: HttpRequest, payout_id: REFERENCE) -> HttpResponse:  # type: ignore[valid-type]
        """The same lines for a spreadsheet, as CSV in UTF-8."""
        nothing_asked(request)
        return statements.answer(_payout(request, payout_id), "csv")

    @router.get(
        "/{payout_id}/statement.pdf", operation_id="drawPayoutStatement", summary="Its statement to print",
        openapi_extra=PDF,
    )  # fmt: skip
    def paper(request: HttpRequest, payout_id: REFERENCE) -> HttpResponse:  # type: ignore[valid-type]
        """The same lines as a PDF, with whom it is for and where the money went."""
        nothing_asked(request)
        return statements.answer(_payout(request, payout_id), "pdf")

    return router


def _payout(request: HttpRequest, reference: str) -> Any:
    return reading.find(Payouts, request.actor, reference)  # type: ignore[attr-defined]


def _pdf(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    answer["Cache-Control"] = "private, no-store"
    return answer
