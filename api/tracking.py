"""Routes that say where the parcels of an order, or of a vendor's share of one, are."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from core.resources import answers, reading
from core.resources.api import REFERENCE, nothing_asked
from marketplace.orders.resources import Orders, VendorOrders
from marketplace.orders.tracking import Track, track_order, track_share


def of_orders(router: Router) -> Router:
    """Put tracking on an audience's `/orders` router."""

    @router.get("/{order_id}/track", response=Track, operation_id="trackOrder", summary="Where its parcels are")
    def track(request: HttpRequest, order_id: REFERENCE) -> HttpResponse:  # type: ignore[valid-type]
        """Every parcel of an order with its carrier, number and contents, and what happened to it, oldest first."""
        return _answer(request, Orders, order_id, track_order)

    return router


def of_shares(router: Router) -> Router:
    """Put tracking on an audience's `/vendor-orders` router."""

    @router.get(
        "/{vendor_order_id}/track", response=Track, operation_id="trackVendorOrder", summary="Where its parcels are"
    )
    def track(request: HttpRequest, vendor_order_id: REFERENCE) -> HttpResponse:  # type: ignore[valid-type]
        """Every parcel of a vendor order with its carrier, number and contents, and what happened to it, oldest first."""
        return _answer(request, VendorOrders, vendor_order_id, track_share)

    return router


def _answer(request: HttpRequest, resource: Any, key: str, told: Callable[..., dict[str, Any]]) -> HttpResponse:
    nothing_asked(request)
    actor = request.actor  # type: ignore[attr-defined]
    return answers.answer(request, told(reading.find(resource, actor, key), actor))
