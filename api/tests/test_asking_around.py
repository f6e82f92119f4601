"""Carriers and tax providers are asked before an order is begun, once, and never while it is written."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from core.doctor import Ill
from core.money import Money
from marketplace.carts.tests.factories import filled
from marketplace.cast import Goods, Person
from marketplace.orders.models import Order
from marketplace.orders.tests.factories import ADDRESS
from marketplace.shipping.examinations import answering_carriers
from marketplace.shipping.mockcarrier.control import CarrierProcess
from marketplace.shipping.tests.factories import method
from marketplace.taxes import flows as taxes
from marketplace.taxes import providers
from marketplace.taxes.assessing import Assessment
from marketplace.taxes.examinations import answering_provider
from marketplace.taxes.sales import Sale
from marketplace.taxes.tests.factories import tax_country, tax_rate

THERE = {"town": "Nairobi"}


def kes(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "KES"}


class Provider:
    """Takes a tenth of everything, and notes whether a transaction was open; `is_away`: it does not answer."""

    name = "avalara"

    def __init__(self) -> None:
        self.asked: list[bool] = []
        self.is_away = False

    def assess(self, sale: Sale) -> Assessment:
        self.asked.append(connection.in_atomic_block)
        if self.is_away:
            raise providers.ProviderFault("away")
        lines = tuple(each.amount.share(1_000) for each in sale.lines)
        return Assessment(lines, sale.shipping.share(1_000), sale.is_included)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch, settings: Any, mock_carrier: CarrierProcess) -> Iterator[Provider]:
    settings.TAX_PROVIDER = "avalara"
    one = Provider()
    monkeypatch.setattr(providers, "provider", lambda: one)
    taxes.forget()
    yield one
    taxes.forget()


@pytest.mark.django_db(transaction=True)
def test_an_order_asks_nobody_while_it_is_written(
    customer: Person, goods: Goods, provider: Provider, mock_carrier: CarrierProcess
) -> None:
    filled(customer.user, {goods.mug: 2})
    method(99_900, kind="carrier", carrier="dhl", name="DHL"), tax_country("KE", prices_include_tax=False)
    made = customer.api().post("/orders", ADDRESS, Idempotency_Key="asked-before-0001")
    assert made.json()["total"] == kes(2_420)  # goods of 10.00, 12.00 by DHL (half a kilogram), and a tenth of both
    assert provider.asked == [False]
    assert mock_carrier.asked() == ["/dhl/rates"]


@pytest.mark.django_db
def test_what_was_quoted_holds_for_the_order_though_all_of_them_have_gone_away(
    customer: Person, goods: Goods, provider: Provider, mock_carrier: CarrierProcess
) -> None:
    filled(customer.user, {goods.mug: 2})
    method(99_900, kind="carrier", carrier="dhl", service="K", name="DHL"), tax_country("KE", prices_include_tax=False)
    quoted = customer.api().post("/cart/quote", THERE).json()
    assert (quoted["shipping"], quoted["tax"], quoted["total"]) == (kes(2_800), kes(380), kes(4_180))
    provider.is_away = True
    mock_carrier.switch(status=503)
    body = ADDRESS | {"expected_total": quoted["total"]}
    made = customer.api().post("/orders", body, Idempotency_Key="as-it-was-quoted-2")
    assert (made.status_code, made.json()["total"]) == (201, kes(4_180))


@pytest.mark.django_db
def test_where_nobody_answers_the_methods_own_price_and_the_table_count(
    customer: Person, goods: Goods, provider: Provider, mock_carrier: CarrierProcess
) -> None:
    filled(customer.user, {goods.mug: 2})
    method(900, kind="carrier", carrier="fedex", name="FedEx")
    tax_rate(), tax_country("KE", prices_include_tax=False)
    provider.is_away = True
    mock_carrier.switch(status=503)
    made = customer.api().post("/orders", ADDRESS, Idempotency_Key="nobody-answers-001")
    assert made.json()["total"] == kes(2_204)  # 10.00 and 9.00, and sixteen hundredths of both
    assert Order.objects.get().shares.get().tax == Money(304, "KES")


@pytest.mark.django_db
def test_a_carrier_that_does_not_go_there_is_not_offered(
    customer: Person, goods: Goods, mock_carrier: CarrierProcess
) -> None:
    filled(customer.user, {goods.mug: 1})
    method(900, kind="carrier", carrier="dhl", name="DHL"), method(5_000, name="By sea")
    said = customer.api().post("/cart/quote", {"town": "McMurdo", "country": "AQ"}).json()
    assert [each["name"] for each in said["shares"][0]["methods"]] == ["By sea"]


def test_the_doctor_asks_carriers_and_the_provider(provider: Provider, mock_carrier: CarrierProcess) -> None:
    assert answering_carriers() == "Asked and answering: dhl, fedex."
    assert answering_provider() == "Asked and answering: avalara."
    provider.is_away = True
    mock_carrier.switch(status=401)
    with pytest.raises(Ill, match="The carrier dhl does not answer"):
        answering_carriers()
    with pytest.raises(Ill, match="The tax provider avalara does not answer"):
        answering_provider()


def test_the_doctor_is_content_where_nobody_is_asked() -> None:
    assert answering_carriers() == "None is asked: methods cost what they say."
    assert answering_provider() == "The market's own table says what is tax."
