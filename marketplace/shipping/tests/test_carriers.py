"""What every carrier keeps to, asked of DHL and FedEx as they document themselves, at the mock carrier."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from core.money import Money
from marketplace.shipping import flows, memory
from marketplace.shipping.carriers import (
    Carrier,
    CarrierDown,
    CarrierFault,
    NotCarried,
    OutcomeUnknown,
    Parcel,
    Place,
    TrackingEvent,
    UnknownCarrier,
    carrier_of,
)
from marketplace.shipping.errors import CarrierUnavailable
from marketplace.shipping.mockcarrier.control import ROOT, CarrierProcess

FROM, TO = Place("KE", "Nairobi", "12 Moi Avenue", "Omar's Shop", "+254712345678"), Place("UG", "Kampala", name="Cleo")


def parcel(grams: int = 1_200, to: Place = TO) -> Parcel:
    return Parcel(grams, Money(250_000, "KES"), FROM, to)


@pytest.fixture(params=["dhl", "fedex"])
def carrier(request: pytest.FixtureRequest, mock_carrier: CarrierProcess) -> Carrier:
    return carrier_of(request.param)


def code(carrier: Carrier, *, dhl: str, fedex: str) -> str:
    return dhl if carrier.name == "dhl" else fedex


def happened(at: str, code: str, sentence: str, town: str, country: str) -> dict[str, str]:
    return {"at": at, "code": code, "sentence": sentence, "town": town, "country": country}


def test_it_quotes_in_the_currency_of_the_goods_the_cheapest_first(carrier: Carrier) -> None:
    found = [(each.service, each.price, each.days) for each in carrier.quote(parcel())]
    assert (
        found
        == {
            "dhl": [("P", Money(1_400, "KES"), 3), ("K", Money(3_100, "KES"), 1)],
            "fedex": [
                ("INTERNATIONAL_ECONOMY", Money(1_500, "KES"), 5),
                ("INTERNATIONAL_PRIORITY", Money(2_500, "KES"), 2),
            ],
        }[carrier.name]
    )


def test_a_parcel_of_unknown_weight_is_told_as_half_a_kilogram(carrier: Carrier) -> None:
    assert carrier.quote(parcel(0)) == carrier.quote(parcel(500)) == carrier.quote(parcel(1_000))
    assert carrier.quote(parcel(1_001)) != carrier.quote(parcel(1_000))


def test_where_it_does_not_go_it_says_so(carrier: Carrier) -> None:
    with pytest.raises(NotCarried):
        carrier.quote(parcel(to=Place("AQ", "McMurdo")))


def test_a_label_has_a_number_under_which_the_parcel_is_tracked(carrier: Carrier) -> None:
    label = carrier.label(parcel(), service=carrier.quote(parcel())[0].service, key="SK-1-A")
    assert (label.media_type, label.content[:5]) == ("application/pdf", b"%PDF-")
    (event,) = carrier.track(label.tracking_number)
    assert (event.code, event.sentence) == ("announced", "Shipment information received")


def test_what_happened_is_told_in_our_words_oldest_first(carrier: Carrier, mock_carrier: CarrierProcess) -> None:
    mock_carrier.happens(
        "JD014600001",
        happened("2026-11-20T08:00:00+00:00", "PU", "Picked up", "Nairobi", "KE"),
        happened("2026-11-20T19:30:00+00:00", code(carrier, dhl="DF", fedex="DP"), "Left", "Nairobi", "KE"),
        happened("2026-11-21T07:00:00+00:00", code(carrier, dhl="WC", fedex="OD"), "Out", "Kampala", "UG"),
        happened("2026-11-21T10:15:00+00:00", code(carrier, dhl="OK", fedex="DL"), "Delivered", "Kampala", "UG"),
    )
    found = carrier.track("JD014600001")
    assert [each.code for each in found] == ["picked_up", "in_transit", "out_for_delivery", "delivered"]
    where = code(carrier, dhl="Kampala-UG", fedex="Kampala, UG")
    assert found[-1] == TrackingEvent(datetime(2026, 11, 21, 10, 15, tzinfo=UTC), "delivered", "Delivered", where)


@pytest.mark.parametrize("number", ["JD999", "../rates", "x y?z=1", "ünknown"])
def test_a_number_that_it_does_not_know_is_said_so(carrier: Carrier, number: str) -> None:
    with pytest.raises(NotCarried):
        carrier.track(number)


@pytest.mark.parametrize(
    ("switches", "fault"),
    [
        ({"status": 500}, CarrierFault),
        ({"status": 503}, CarrierFault),
        ({"status": 401}, CarrierDown),
        ({"status": 429}, CarrierDown),
        ({"drop": True}, CarrierFault),
        ({"slow": 2}, CarrierFault),
        ({"nonsense": True}, OutcomeUnknown),
    ],
)
@pytest.mark.parametrize("question", ["quote", "label", "track"])
def test_what_is_no_answer_is_a_fault_of_the_port(
    carrier: Carrier, mock_carrier: CarrierProcess, switches: dict[str, Any], fault: type[Exception], question: str
) -> None:
    mock_carrier.switch(**switches)
    asked: dict[str, Any] = {
        "quote": lambda: carrier.quote(parcel()),
        "label": lambda: carrier.label(parcel(), service="P", key="SK-1-A"),
        "track": lambda: carrier.track("JD014600001"),
    }
    with pytest.raises(fault) as raised:
        asked[question]()
    assert not isinstance(raised.value, NotCarried)


def test_a_label_that_may_have_been_made_is_not_called_down(mock_carrier: CarrierProcess) -> None:
    carrier_of("fedex").quote(parcel())  # it holds a token now
    mock_carrier.switch(drop=True)
    for name in ("dhl", "fedex"):
        with pytest.raises(OutcomeUnknown):
            carrier_of(name).label(parcel(), service="P", key="SK-1-A")


def test_who_does_not_listen_was_told_nothing(carrier: Carrier, settings: Any) -> None:
    settings.DHL_URL = settings.FEDEX_URL = "http://127.0.0.1:1"
    with pytest.raises(CarrierDown):
        carrier_of(carrier.name).label(parcel(), service="P", key="SK-1-A")


def test_a_wrong_secret_is_told_as_down(carrier: Carrier, settings: Any) -> None:
    settings.DHL_PASSWORD = settings.FEDEX_SECRET = "guessed"
    with pytest.raises(CarrierDown):
        carrier_of(carrier.name).track("JD014600001")


def test_fedex_gets_one_token_for_many_questions(mock_carrier: CarrierProcess) -> None:
    for _ in range(3):
        carrier_of("fedex").quote(parcel())
    assert mock_carrier.asked().count("/fedex/oauth/token") == 1


def test_what_was_quoted_is_remembered_also_that_it_is_not_carried(mock_carrier: CarrierProcess) -> None:
    far = parcel(to=Place("AQ"))
    for _ in range(2):
        flows.learn([("dhl", parcel()), ("dhl", far), ("another", parcel())])
    assert mock_carrier.asked() == ["/dhl/rates", "/dhl/rates"]
    assert [each.service for each in memory.recall("dhl", parcel()) or []] == ["P", "K"]
    assert memory.recall("dhl", far) == []


def test_a_silent_carrier_is_asked_five_times_and_then_left_alone(mock_carrier: CarrierProcess) -> None:
    mock_carrier.switch(status=500)
    flows.learn(("dhl", parcel(grams)) for grams in range(1, 9))
    assert len(mock_carrier.asked()) == 5
    assert memory.recall("dhl", parcel(1)) is None


def test_nobody_waits_for_more_than_two_slow_answers(mock_carrier: CarrierProcess) -> None:
    mock_carrier.switch(slow=2)
    flows.learn(("dhl" if grams % 2 else "fedex", parcel(grams)) for grams in range(1, 9))
    assert len(mock_carrier.asked()) in (2, 3)


def test_tracking_is_kept_for_a_while_and_empty_for_a_number_that_nobody_knows(mock_carrier: CarrierProcess) -> None:
    label = flows.label("dhl", parcel(), service="P", key="SK-1-A")
    first = flows.track("dhl", label.tracking_number)
    mock_carrier.switch(status=500)
    assert flows.track("dhl", label.tracking_number) == first
    with pytest.raises(CarrierUnavailable):
        flows.track("dhl", "JD1")
    mock_carrier.switch(status=0)
    assert flows.track("dhl", "JD1") == []


def test_a_carrier_that_the_market_does_not_ask_is_refused(mock_carrier: CarrierProcess) -> None:
    with pytest.raises(UnknownCarrier) as refusal:
        flows.track("pigeon", "1")
    assert refusal.value.detail == "This market does not ask that carrier. Asked: dhl, fedex."


def test_the_mock_carrier_knows_nothing_of_django() -> None:
    said = (
        "import sys, marketplace.shipping.mockcarrier.__main__; print('django' in sys.modules, 'core' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", said], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=True
    )
    assert done.stdout == "False False\n"


def test_a_label_is_found_by_our_reference_without_its_content(carrier: Carrier, mock_carrier: CarrierProcess) -> None:
    made = carrier.label(parcel(), service=carrier.quote(parcel())[0].service, key="LB-1")
    found = carrier.find("LB-1")
    assert found is not None
    assert (found.tracking_number, found.content, found.price) == (made.tracking_number, b"", None)
    assert carrier.find("LB-2") is None
    for switches in ({"status": 500}, {"status": 400}, {"status": 422}, {"nonsense": True}):
        mock_carrier.switch(status=0, nonsense=False)
        mock_carrier.switch(**switches)
        with pytest.raises(CarrierFault):  # none of them says that there is no label
            carrier.find("LB-1")


def test_a_label_costs_what_is_billed_where_the_carrier_says_so(mock_carrier: CarrierProcess) -> None:
    dhl, fedex = (
        carrier_of(name).label(parcel(), service=service, key="LB-1")
        for name, service in (("dhl", "P"), ("fedex", "INTERNATIONAL_ECONOMY"))
    )
    assert (dhl.price, fedex.price) == (Money(1_450, "KES"), None)
