"""The mock carrier as FedEx: https://developer.fedex.com/api/en-us/catalog.html (authorisation, rates, ship, track)."""

import base64
from typing import Any

from marketplace.shipping.mockcarrier.books import LABEL, Books, Checkpoint, price
from marketplace.shipping.mockcarrier.dhl import UNREACHED, Number

SERVICES = (
    ("INTERNATIONAL_ECONOMY", "FedEx International Economy", 1_200, 150, "FIVE_DAYS"),
    ("INTERNATIONAL_PRIORITY", "FedEx International Priority", 2_000, 250, "TWO_DAYS"),
)


def rates(asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """What each service takes, on our account and in the currency that we prefer."""
    shipment = asked["requestedShipment"]
    if shipment["recipient"]["address"]["countryCode"] == UNREACHED:
        return 400, {"errors": [{"code": "SERVICE.UNAVAILABLE.ERROR", "message": "Service is not available."}]}
    weight = str(shipment["requestedPackageLineItems"][0]["weight"]["value"])
    found = []
    for kind, name, base, each, transit in SERVICES:
        ours = {"rateType": "PREFERRED_ACCOUNT_SHIPMENT", "currency": shipment["preferredCurrency"]}
        ours |= {"totalNetCharge": Number(price(weight, base=base, each=each))}
        listed = {"rateType": "ACCOUNT", "currency": "USD", "totalNetCharge": Number("1.00")}
        found.append(
            {
                "serviceType": kind,
                "serviceName": name,
                "ratedShipmentDetails": [listed, ours],
                "operationalDetail": {"transitTime": transit},
            }
        )
    return 200, {"output": {"rateReplyDetails": found[::-1]}}


def ship(asked: dict[str, Any], books: Books) -> tuple[int, dict[str, Any]]:
    """A label for one piece."""
    sender = asked["requestedShipment"]["shipper"]["address"]
    package = asked["requestedShipment"]["requestedPackageLineItems"][0]
    number = books.send("79", sender["countryCode"], sender["city"], key=package["customerReferences"][0]["value"])
    document = {"contentType": "LABEL", "docType": "PDF", "encodedLabel": base64.b64encode(LABEL).decode()}
    piece = {"trackingNumber": number, "packageDocuments": [document]}
    return 200, {"output": {"transactionShipments": [{"masterTrackingNumber": number, "pieceResponses": [piece]}]}}


def find(asked: dict[str, Any], books: Books) -> tuple[int, dict[str, Any]]:
    """The parcel of a reference."""
    number = books.keys.get(asked["referencesInformation"]["value"], "")
    return track({"trackingInfo": [{"trackingNumberInfo": {"trackingNumber": number}}]}, books)


def track(asked: dict[str, Any], books: Books) -> tuple[int, dict[str, Any]]:
    """All scans, the newest first; a number that is not known is a result with an error in it."""
    number = asked["trackingInfo"][0]["trackingNumberInfo"]["trackingNumber"]
    result: dict[str, Any] = {"trackingNumberInfo": {"trackingNumber": number}}
    if number in books.parcels:
        result["scanEvents"] = [_scan(each) for each in reversed(books.parcels[number])]
    else:
        result["error"] = {"code": "TRACKING.TRACKINGNUMBER.NOTFOUND", "message": "Tracking number cannot be found."}
    return 200, {"output": {"completeTrackResults": [{"trackingNumber": number, "trackResults": [result]}]}}


def _scan(point: Checkpoint) -> dict[str, Any]:
    return {
        "date": point.at.isoformat(timespec="seconds"),
        "eventType": point.code,
        "eventDescription": point.sentence,
        "derivedStatusCode": point.code,
        "scanLocation": {"city": point.town, "countryCode": point.country},
    }
