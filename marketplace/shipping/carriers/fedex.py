"""FedEx by its REST APIs: a token of OAuth, then rates, shipments and tracking by POST."""

import base64
import time
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

import orjson
from django.conf import settings

from core.money import Money
from marketplace.shipping.carriers import (
    CarrierDown,
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
from marketplace.shipping.carriers.questions import kilograms, sentence, told, word

#: Their statuses in our words; whatever else they tell, the parcel is on its way.
CODES: dict[str, Code] = {
    "OC": "announced", "IN": "announced", "PU": "picked_up", "PX": "picked_up", "OD": "out_for_delivery", "DL": "delivered",
    "RS": "returned", "RT": "returned", "DE": "trouble", "SE": "trouble", "CA": "trouble", "DY": "trouble", "HL": "trouble",
}  # fmt: skip
NUMBERS = ("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE", "TEN")
TRANSIT = {f"{word}_DAY{'' if days == 1 else 'S'}": days for days, word in enumerate(NUMBERS, start=1)}
#: Tokens by client, each with the moment on this process's clock until which it is used.
_tokens: dict[tuple[str, str], tuple[str, int]] = {}


class Fedex:
    """Told with a token that lasts an hour, got for a client's id and secret."""

    name: ClassVar[str] = "fedex"
    title: ClassVar[str] = "FedEx"

    def __init__(self, *, url: str, key: str, secret: str, account: str) -> None:
        self._url, self._key, self._secret, self._account = url, key, secret, account

    def quote(self, parcel: Parcel) -> list[CarrierQuote]:
        asked = {
            "accountNumber": {"value": self._account},
            "requestedShipment": {
                "shipper": {"address": _address(parcel.sender)},
                "recipient": {"address": _address(parcel.recipient)},
                "preferredCurrency": parcel.value.currency,
                "pickupType": "USE_SCHEDULED_PICKUP",
                "rateRequestType": ["ACCOUNT", "PREFERRED"],
                "requestedPackageLineItems": [_package(parcel)],
            },
        }
        answer = self._ask("/rate/v1/rates/quotes", asked)
        try:
            found = [_quote(each) for each in answer["output"]["rateReplyDetails"]]
        except (LookupError, TypeError, ValueError):
            raise OutcomeUnknown("It answered with what makes no sense.") from None
        return sorted(found, key=lambda each: each.price.amount)

    def label(self, parcel: Parcel, *, service: str, key: str) -> Label:
        package = _package(parcel) | {
            "customerReferences": [{"customerReferenceType": "CUSTOMER_REFERENCE", "value": key}]
        }
        asked = {
            "labelResponseOptions": "LABEL",
            "accountNumber": {"value": self._account},
            "requestedShipment": {
                "shipper": _party(parcel.sender),
                "recipients": [_party(parcel.recipient)],
                "serviceType": service,
                "packagingType": "YOUR_PACKAGING",
                "pickupType": "USE_SCHEDULED_PICKUP",
                "shippingChargesPayment": {"paymentType": "SENDER"},
                "labelSpecification": {"imageType": "PDF", "labelStockType": "PAPER_4X6"},
                "requestedPackageLineItems": [package],
            },
        }
        answer = self._ask("/ship/v1/shipments", asked)
        try:
            sent = answer["output"]["transactionShipments"][0]
            document = sent["pieceResponses"][0]["packageDocuments"][0]
            content = base64.b64decode(document["encodedLabel"], validate=True)
            number, kind = word(sent["masterTrackingNumber"]), f"application/{document['docType'].lower()}"
            rating = sent.get("completedShipmentDetail", {}).get("shipmentRating", {})
            return Label(number, kind, content, _billed(rating.get("shipmentRateDetails", [])))
        except (LookupError, TypeError, ValueError, AttributeError):
            raise OutcomeUnknown("It answered with what makes no sense.") from None

    def find(self, key: str) -> Label | None:
        asked = {
            "referencesInformation": {
                "type": "CUSTOMER_REFERENCE",
                "value": key,
                "accountNumber": self._account,
            },
            "includeDetailedScans": False,
        }
        try:
            answer = self._ask("/track/v1/referencenumbers", asked)
        except NotKnown:
            return None
        except NotCarried as refusal:  # of the question, not of the parcel
            raise OutcomeUnknown(str(refusal)) from refusal
        try:
            result = answer["output"]["completeTrackResults"][0]["trackResults"][0]
            if "error" in result and result["error"]["code"].endswith("NOTFOUND"):
                return None
            return Label(word(result["trackingNumberInfo"]["trackingNumber"]), "", b"")
        except (LookupError, TypeError, ValueError, AttributeError):
            raise OutcomeUnknown("It answered with what makes no sense.") from None

    def track(self, number: str) -> list[TrackingEvent]:
        asked = {
            "includeDetailedScans": True,
            "trackingInfo": [{"trackingNumberInfo": {"trackingNumber": number}}],
        }
        answer = self._ask("/track/v1/trackingnumbers", asked)
        try:
            result = answer["output"]["completeTrackResults"][0]["trackResults"][0]
            if "error" in result:
                raise NotCarried("It knows no such parcel.")
            found = [_event(each) for each in result.get("scanEvents", [])]
        except (LookupError, TypeError, ValueError, AttributeError):
            raise OutcomeUnknown("It answered with what makes no sense.") from None
        return sorted(found, key=lambda each: each.at)

    def _ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """One question with a token; one that is refused is forgotten, and the next question gets another."""
        headers = {"Authorization": f"Bearer {self._token()}", "X-locale": "en_US"}
        try:
            return told("POST", self._url + path, body=orjson.dumps(body), headers=headers)
        except CarrierDown:
            _tokens.pop((self._url, self._key), None)
            raise

    def _token(self) -> str:
        held = _tokens.get((self._url, self._key))
        if held is not None and time.monotonic() < held[1]:
            return held[0]
        form = {"grant_type": "client_credentials", "client_id": self._key, "client_secret": self._secret}
        try:
            answer = told(
                "POST",
                f"{self._url}/oauth/token",
                body=urlencode(form).encode(),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
            )
            token, lasts = str(answer["access_token"]), int(answer["expires_in"])
        except (OutcomeUnknown, NotCarried, LookupError, TypeError, ValueError) as fault:
            raise CarrierDown("It gave no token.") from fault  # nothing was asked for yet, so nothing was done
        _tokens[self._url, self._key] = token, int(time.monotonic()) + lasts - 60
        return token


def _quote(said: dict[str, Any]) -> CarrierQuote:
    """A service of theirs at what our account pays for it."""
    rated = said["ratedShipmentDetails"]
    ours = next((each for each in rated if each.get("rateType") == "PREFERRED_ACCOUNT_SHIPMENT"), rated[0])
    price = Money.from_major(str(ours["totalNetCharge"]), ours["currency"])
    transit = TRANSIT.get(str(said.get("operationalDetail", {}).get("transitTime", "")))
    return CarrierQuote(
        word(said["serviceType"]), sentence(said.get("serviceName") or said["serviceType"]), price, transit
    )


def _billed(rates: list[dict[str, Any]]) -> Money | None:
    """What our account pays for a label, where they say so."""
    ours = next((each for each in rates if "ACCOUNT" in str(each.get("rateType"))), None)
    return None if ours is None else Money.from_major(str(ours["totalNetCharge"]), ours["currency"])


def _event(said: dict[str, Any]) -> TrackingEvent:
    at = datetime.fromisoformat(said["date"])
    where = said.get("scanLocation") or {}
    place = ", ".join(each for each in (where.get("city"), where.get("countryCode")) if each)
    code = CODES.get(str(said["eventType"])) or CODES.get(str(said.get("derivedStatusCode"))) or "in_transit"
    moment = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return TrackingEvent(moment.astimezone(UTC), code, sentence(said["eventDescription"]), sentence(place))


def _package(parcel: Parcel) -> dict[str, Any]:
    return {"weight": {"units": "KG", "value": kilograms(parcel)}}


def _address(place: Place) -> dict[str, Any]:
    at = {"city": place.town, "countryCode": place.country, "postalCode": place.postal_code}
    return at | ({"stateOrProvinceCode": place.province} if place.province else {})


def _party(place: Place) -> dict[str, Any]:
    return {
        "contact": {"personName": place.name, "phoneNumber": place.phone},
        "address": {**_address(place), "streetLines": [place.street or place.town]},
    }


def forget() -> None:
    """Throw all tokens away: for tests."""
    _tokens.clear()


def connect() -> Fedex:
    """The one that the settings name."""
    return Fedex(
        url=settings.FEDEX_URL, key=settings.FEDEX_KEY, secret=settings.FEDEX_SECRET, account=settings.FEDEX_ACCOUNT
    )
