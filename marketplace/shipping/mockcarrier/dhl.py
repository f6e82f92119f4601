"""The mock carrier as MyDHL: https://developer.dhl.com/api-reference/dhl-express-mydhl-api."""

import base64
from typing import Any

from marketplace.shipping.mockcarrier.books import LABEL, Books, Checkpoint, price

UNREACHED = "AQ"
SURCHARGE = 50  # what a label costs more than was quoted
PRODUCTS = (("P", "EXPRESS WORLDWIDE", 1_000, 200, "3"), ("K", "EXPRESS 9:00", 2_500, 300, "1"))


def rates(asked: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """What each product takes for one piece; the list price in another currency stands beside what is billed."""
    if asked["destinationCountryCode"] == UNREACHED:
        return 404, {
            "title": "Not Found",
            "detail": "420504: The requested product(s) not available based on your search criteria.",
        }
    found = []
    for code, name, base, each, days in PRODUCTS:
        said = price(asked["weight"], base=base, each=each)
        found.append(
            {
                "productName": name,
                "productCode": code,
                "totalPrice": [
                    {"currencyType": "PULCL", "priceCurrency": "EUR", "price": Number("1.00")},
                    {"currencyType": "BILLC", "priceCurrency": asked["requestedCurrencyCode"], "price": Number(said)},
                ],
                "deliveryCapabilities": {"totalTransitDays": days},
            }
        )
    return 200, {"products": found[::-1]}


def ship(asked: dict[str, Any], books: Books) -> tuple[int, dict[str, Any]]:
    """A label for one piece."""
    sender = asked["customerDetails"]["shipperDetails"]["postalAddress"]
    package, key = asked["content"]["packages"][0], asked["customerReferences"][0]["value"]
    number = books.send("10", sender["countryCode"], sender["cityName"], key=key)
    taken = next(each for each in PRODUCTS if each[0] == asked["productCode"])
    said = price(str(package["weight"]), base=taken[2] + SURCHARGE, each=taken[3])
    currency = asked["content"]["declaredValueCurrency"]
    charges = [{"currencyType": "BILLC", "priceCurrency": currency, "price": Number(said)}]
    document = {"imageFormat": "PDF", "typeCode": "label", "content": base64.b64encode(LABEL).decode()}
    return 201, {"shipmentTrackingNumber": number, "documents": [document], "shipmentCharges": charges}


def find(asked: dict[str, str], books: Books) -> tuple[int, dict[str, Any]]:
    """The parcel of a reference."""
    number = books.keys.get(asked["shipmentReference"], "")
    return track(number, books)


def track(number: str, books: Books) -> tuple[int, dict[str, Any]]:
    """All checkpoints, the newest first."""
    if number not in books.parcels:
        return 404, {"title": "Not Found", "detail": "No Shipment Found"}
    events = [_event(each) for each in reversed(books.parcels[number])]
    return 200, {"shipments": [{"shipmentTrackingNumber": number, "status": "Success", "events": events}]}


def _event(point: Checkpoint) -> dict[str, Any]:
    return {
        "date": point.at.date().isoformat(),
        "time": point.at.strftime("%H:%M:%S"),
        "GMTOffset": "+00:00",
        "typeCode": point.code,
        "description": point.sentence,
        "serviceArea": [{"code": "MCK", "description": f"{point.town}-{point.country}"}],
    }


class Number(str):
    """A number that is written as it stands."""
