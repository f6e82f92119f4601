"""Which gateways a storefront can send its buyers to, and what each needs."""

from typing import Any

import pytest

from marketplace.cast import Person

pytestmark = pytest.mark.django_db


def test_everybody_reads_which_gateways_there_are_and_what_each_needs(nobody: Person, settings: Any) -> None:
    settings.GATEWAYS = ["stripe", "chapa"]
    answer = nobody.api().get("/payments/gateways")
    assert answer.status_code == 200
    assert answer.json() == {
        "results": [
            {"name": "stripe", "is_usual": True, "needs": "source", "currencies": None},
            {"name": "chapa", "is_usual": False, "needs": "page", "currencies": ["ETB", "USD"]},
        ]
    }


def test_a_market_without_gateways_says_so(nobody: Person, settings: Any) -> None:
    settings.GATEWAYS = []
    assert nobody.api().get("/payments/gateways").json() == {"results": []}
