"""The doctor says which gateway cannot be asked."""

from typing import Any

import pytest

from core import doctor
from core.doctor import Finding

pytestmark = pytest.mark.django_db


def found() -> Finding:
    return next(each for each in doctor.examine() if each.name == "gateways")


def test_a_market_that_takes_no_payments_is_well(settings: Any) -> None:
    settings.GATEWAYS = []
    assert found() == Finding("gateways", True, "None: nobody can pay here.")


def test_the_one_that_a_demo_brings_along_is_known_to_the_demo_alone(settings: Any) -> None:
    settings.EMBEDDED, settings.GATEWAYS, settings.MOCK_GATEWAY_URL = True, ["mock"], ""
    assert found() == Finding("gateways", True, "The demo brings a mock gateway along.")


def test_a_gateway_that_does_not_answer_is_named(settings: Any) -> None:
    settings.GATEWAYS, settings.MOCK_GATEWAY_URL = ["mock"], "http://127.0.0.1:1"
    assert found() == Finding(
        "gateways",
        False,
        "The gateway mock does not answer as it should (GatewayDown).",
        "Correct its address and secret, or look whether it runs.",
    )
