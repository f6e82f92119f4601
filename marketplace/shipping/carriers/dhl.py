"""DHL Express by its MyDHL API: `GET /rates`, `POST /shipments`, `GET /shipments/{number}/tracking`."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote as quoted

import orjson
from django.conf import settings

from core import context
from core.money import Money
from marketplace.shipping.carriers import (
    CarrierQuote,
    Code,
    Label,
    NotCarried,
    NotKnown,
    OutcomeUnknown,
    Parcel,
    Place,
    TrackingEvent,
)
from marketplace.shipping.carriers.questions import BOX_CM, kilograms, sentence, told, word

#: Their checkpoints in our words; whatever else they tell, the parcel is on its way.
CODES: dict[str, Code] = {
    "SA": "announced", "PU": "picked_up", "WC": "out_for_delivery", "OK": "delivered", "DL": "delivered", "RT": "returned",
    "OH": "trouble", "NH": "trouble", "BA": "trouble", "CD": "trouble", "CA": "trouble", "RD": "trouble", "MS": "trouble",
}  # fmt: skip


class Dhl:
    """Told with basic authentication: the API's user and password, and the account that pays."""

    name: ClassVar[str] = "dhl"
    title: ClassVar[str] = "DHL"

    def __init__(self, *, url: str, user: str, password: str, account: str) -> None:
        self._url, self._basic, self._account = url, (user, password), account

    def quote(self, parcel: Parcel) -> list[CarrierQuote]:
        length, width, height = BOX_CM
        asked = {
            "accountNumber": self._account, "originCountryCode": parcel.sender.country, "originCityName": parcel.sender.town,
            "destinationCountryCode": parcel.recipient.country, "destinationCityName": parcel.recipient.town,
            **_codes(parcel), "weight": _weight(parcel),
            "length": str(length), "width": str(width), "height": str(height),
            "plannedShippingDate": _tomorrow().date().isoformat(), "isCustomsDeclarable": _declared(parcel),
            "unitOfMeasurement": "metric", "requestedCurrencyCode": parcel.value.currency,
        }  # fmt: skip
        answer = told("GET", f"{self._url}/rates", params=asked, basic=self._basic)
        try:
            found = [quote for each in answer["products"] if (quote := _quote(each)) is not None]
        except (LookupError, TypeError, ValueError):
            raise OutcomeUnknown("It answered with what makes no sense.") from None
        return sorted(found, key=lambda each: each.price.amount)

    def label(self, parcel: Parcel, *, service: str, key: str) -> Label:
        answer = told(
            "POST", f"{self._url}/shipments", body=orjson.dumps(self._ordered(parcel, service, key)), basic=self._basic
        )
        try:
            document = next(each for each in answer["documents"] if each["typeCode"] == "label")
            content = base64.b64decode(document["content"], validate=True)
            number, kind = word(answer["shipmentTrackingNumber"]), f"application/{document['imageFormat'].lower()}"
            return Label(number, kind, content, _billed(answer.get("shipmentCharges") or []))
        except (LookupError, TypeError, ValueError, AttributeError, StopIteration):
            raise OutcomeUnknown("It answered with what makes no sense.") from None

    def find(self, key: str) -> Label | None:
        asked = {"shipmentReference": key, "shipperAccountNumber": self._account, "trackingView": "shipment-details"}
        try:
            answer = told("GET", f"{self._url}/tracking", params=asked, basic=self._basic)
        except NotKnown:
            return None
        except NotCarried as refusal:  # of the question, not of the parcel
            raise OutcomeUnknown(str(refusal)) from refusal
        try:
            found = answer["shipments"]
            return Label(word(found[0]["shipmentTrackingNumber"]), "", b"") if found else None
        except (LookupError, TypeError, ValueError, AttributeError):
            raise OutcomeUnknown("It answered with what makes no sense.") from None

    def track(self, number: str) -> list[TrackingEvent]:
        path = f"/shipments/{quoted(number, safe='')}/tracking"
        answer = told("GET", self._url + path, params={"trackingView": "all-checkpoints"}, basic=self._basic)
        try:
            found = [_event(each) for each in answer["shipments"][0].get("events", [])]
        except (LookupError, TypeError, ValueError, AttributeError):
            raise OutcomeUnknown("It answered with what makes no sense.") from None
        return sorted(found, key=lambda each: each.at)

    def _ordered(self, parcel: Parcel, service: str, key: str) -> dict[str, Any]:
        length, width, height = BOX_CM
        package = {"weight": kilograms(parcel), "dimensions": {"length": length, "width": width, "height": height}}
        return {
            "plannedShippingDateAndTime": _tomorrow().strftime("%Y-%m-%dT%H:%M:%S GMT+00:00"),
            "pickup": {"isRequested": False},
            "getRateEstimates": True,
            "productCode": service,
            "accounts": [{"typeCode": "shipper", "number": self._account}],
            "customerReferences": [{"value": key, "typeCode": "CU"}],
            "customerDetails": {"shipperDetails": _party(parcel.sender), "receiverDetails": _party(parcel.recipient)},
            "content": {
                "packages": [package],
                "isCustomsDeclarable": _declared(parcel) == "true",
                "declaredValue": orjson.Fragment(parcel.value.major()),
                "declaredValueCurrency": parcel.value.currency,
                "description": "Goods",
                "incoterm": "DAP",
                "unitOfMeasurement": "metric",
            },
        }


def _quote(said: dict[str, Any]) -> CarrierQuote | None:
    """A product of theirs at what we are billed; None for one that they do not price."""
    price = _billed(said["totalPrice"])
    if price is None:
        return None
    days = str(said.get("deliveryCapabilities", {}).get("totalTransitDays", ""))
    return CarrierQuote(
        word(said["productCode"]), sentence(said["productName"]), price, int(days) if days.isdecimal() else None
    )


def _billed(prices: list[dict[str, Any]]) -> Money | None:
    """Of the prices in several currencies, the one that our account is billed."""
    billed = next((each for each in prices if each.get("currencyType") == "BILLC" and each.get("price")), None)
    return None if billed is None else Money.from_major(str(billed["price"]), billed["priceCurrency"])


def _event(said: dict[str, Any]) -> TrackingEvent:
    at = datetime.fromisoformat(f"{said['date']}T{said['time']}{said.get('GMTOffset') or '+00:00'}")
    area = (said.get("serviceArea") or [{}])[0]
    return TrackingEvent(
        at.astimezone(UTC),
        CODES.get(str(said["typeCode"]), "in_transit"),
        sentence(said["description"]),
        sentence(area.get("description")),
    )


def _codes(parcel: Parcel) -> dict[str, str]:
    """The postal codes that are known."""
    said = {"originPostalCode": parcel.sender.postal_code, "destinationPostalCode": parcel.recipient.postal_code}
    return {name: code for name, code in said.items() if code}


def _party(place: Place) -> dict[str, Any]:
    province = {"provinceCode": place.province} if place.province else {}
    return {
        "postalAddress": {
            **province, "postalCode": place.postal_code, "cityName": place.town, "countryCode": place.country,
            "addressLine1": place.street or place.town,
        },
        "contactInformation": {"fullName": place.name, "companyName": place.name, "phone": place.phone},
    }  # fmt: skip


def _weight(parcel: Parcel) -> str:
    return orjson.dumps(kilograms(parcel)).decode()


def _declared(parcel: Parcel) -> str:
    return "false" if parcel.sender.country == parcel.recipient.country else "true"


def _tomorrow() -> datetime:
    return context.now().astimezone(UTC) + timedelta(days=1)


def connect() -> Dhl:
    """The one that the settings name."""
    return Dhl(
        url=settings.DHL_URL, user=settings.DHL_USER, password=settings.DHL_PASSWORD, account=settings.DHL_ACCOUNT
    )
