"""Webhooks over the wire, from the mock gateway through nginx to a worker: twenty times, late, lost, forged, early, after expiry.

Everybody pays in a way of which the gateway never says at once what became of it: only what comes later can tell.
"""

from typing import Any

import httpx
import pytest

from api.tests.storms.rig import Buyer
from api.tests.storms.shop import Shop
from core.testing.services import until

pytestmark = pytest.mark.storm


def placed(shop: Shop, *, stock: int = 10, people: int = 1) -> tuple[list[Buyer], list[str]]:
    """People with an order each."""
    found = shop.arrange({"lamp": (3_000, stock)}, [{"lamp": 1}] * people)
    with shop.client() as client:
        return found.buyers, [each.order(client).body["id"] for each in found.buyers]


def paid_without_a_word(shop: Shop) -> str:
    """An order that the gateway has taken the money for, and has not said so: the connection ended."""
    (buyer,), (order,) = placed(shop)
    with shop.client() as client:
        answer = buyer.pay(client, order, source="tok_drop_reply")
    assert (answer.status, answer.body["status"]) == (202, "unknown")
    return order


def being_paid(shop: Shop, *, stock: int = 10, people: int) -> list[str]:
    """Orders whose payments the gateway has not decided yet."""
    buyers, orders = placed(shop, stock=stock, people=people)
    with shop.client() as client:
        answers = [
            buyer.pay(client, order, source="tok_processing") for buyer, order in zip(buyers, orders, strict=True)
        ]
    assert {each.status for each in answers} == {202}
    return orders


def decide(shop: Shop, orders: list[str]) -> None:
    """The gateway takes the money of each."""
    for each in shop.sql("SELECT gateway_id FROM payments_payment WHERE subject = ANY(%s)", orders):
        shop.gateway.settle(each)


def column(shop: Shop, name: str, orders: list[str]) -> set[str]:
    return set(shop.sql(f"SELECT {name} FROM orders_order WHERE reference = ANY(%s)", orders))


def is_paid(shop: Shop, *orders: str) -> bool:
    return column(shop, "payment_state", list(orders)) == {"paid"}


def told_about(shop: Shop, order: str) -> list[Any]:
    """The webhooks that went out about the payments of an order."""
    keys = shop.sql("SELECT key FROM payments_payment WHERE subject = %s", order)
    return [sent for sent in shop.gateway.webhooks() if sent.event["data"]["key"] in keys]


def kept_about(shop: Shop, order: str) -> list[str]:
    """What became of those that were kept."""
    return shop.sql(
        "SELECT d.status FROM payments_webhookdelivery d JOIN payments_payment p ON p.key = d.key WHERE subject = %s",
        order,
    )


def moved(shop: Shop, order: str) -> list[str]:
    """The movements of money and of stock that an order's payment caused."""
    money = (
        "SELECT m.kind FROM payments_moneymove m JOIN payments_payment p ON p.id = m.payment_id WHERE p.subject = %s"
    )
    return sorted(shop.sql(money, order) + shop.sql("SELECT kind FROM catalog_stockmove WHERE reference = %s", order))


def test_twenty_at_once_are_one(shop: Shop) -> None:
    shop.gateway.switch(duplicate=20)
    order = paid_without_a_word(shop)
    until(lambda: is_paid(shop, order))
    until(lambda: all(each.answers for each in told_about(shop, order)))
    assert [each.answers for each in told_about(shop, order)] == [(200,)] * 20
    assert kept_about(shop, order) == ["applied"]
    assert moved(shop, order) == ["captured", "reserved", "sold"]
    assert shop.broken() == set()


def test_one_that_comes_after_the_reconciler_changes_nothing(shop: Shop) -> None:
    shop.gateway.switch(delay=10)
    order = paid_without_a_word(shop)
    shop.sql("UPDATE payments_payment SET status_since = status_since - interval '1 minute' WHERE subject = %s", order)
    shop.run("marketplace.payments.tasks.reconcile_payments")
    until(lambda: is_paid(shop, order))
    until(lambda: kept_about(shop, order) == ["applied"])
    assert moved(shop, order) == ["captured", "reserved", "sold"]
    assert shop.broken() == set()


def test_without_any_the_clock_alone_finishes_every_order(shop: Shop) -> None:
    shop.gateway.switch(lost=True)
    orders = being_paid(shop, people=5)
    decide(shop, orders)
    until(lambda: is_paid(shop, *orders), patience=180)  # it looks once a minute
    assert [kept_about(shop, each) for each in orders] == [[]] * 5
    assert shop.broken() == set()


def test_forged_ones_are_refused_and_leave_nothing(shop: Shop) -> None:
    shop.gateway.switch(forged="secret")
    order = paid_without_a_word(shop)
    until(lambda: all(each.answers for each in told_about(shop, order)))
    assert {each.answers[0] for each in told_about(shop, order)} == {400}
    assert kept_about(shop, order) == []


def test_one_that_is_ahead_of_its_payment_is_kept_until_that_is_there(shop: Shop) -> None:
    """The gateway says so before we have written down under which key we asked."""
    (buyer,), (order,) = placed(shop)
    shop.gateway.switch(down=True)
    with shop.client() as client:
        assert buyer.pay(client, order).body["status"] == "unknown"
    shop.gateway.switch(down=False)
    key = f"AHEAD-{order}"
    asked = {"amount": 3_000, "currency": "KES", "source": "tok_ok", "subject": order}
    headers = {"Idempotency-Key": key, "Authorization": f"Bearer {shop.gateway.secret}"}
    httpx.post(f"{shop.gateway.url}/v1/payments", json=asked, headers=headers, trust_env=False).raise_for_status()
    kept = "SELECT status FROM payments_webhookdelivery WHERE key = %s"
    until(lambda: shop.sql(kept, key) == ["waiting"])
    shop.sql("UPDATE payments_payment SET key = %s WHERE subject = %s", key, order)
    # It is tried again by and by.
    shop.sql("UPDATE payments_webhookattempt SET at = at - interval '2 minutes'")
    shop.sql("UPDATE payments_webhookdelivery SET received_at = received_at - interval '2 minutes' WHERE key = %s", key)
    shop.run("marketplace.payments.tasks.hear_again")
    until(lambda: is_paid(shop, order) and shop.sql(kept, key) == ["applied"], patience=180)
    assert moved(shop, order) == ["captured", "reserved", "sold"]
    assert shop.broken() == set()


def test_money_that_comes_after_expiry_gets_the_goods_or_goes_back(shop: Shop) -> None:
    shop.gateway.switch(keep_waiting=True)  # each payer is faster than we are, who call the payment off
    orders = being_paid(shop, stock=2, people=2)
    shop.sql("UPDATE orders_order SET expires_at = now() - interval '1 minute' WHERE reference = ANY(%s)", orders)
    shop.run("marketplace.orders.tasks.expire_orders")
    assert column(shop, "payment_state", orders) == {"expired"}
    # One of the two that are free again is gone by the time that the money comes.
    shop.sql(
        "UPDATE catalog_stock SET reserved = 1 WHERE variant_id IN (SELECT variant_id FROM orders_orderline l"
        " JOIN orders_order o ON o.id = l.order_id WHERE o.reference = %s)",
        orders[0],
    )
    decide(shop, orders)
    until(lambda: column(shop, "payment_state", orders) == {"paid", "refunded"}, patience=180)
    by_state = {column(shop, "payment_state", [each]).pop(): moved(shop, each) for each in orders}
    assert by_state == {
        "paid": ["captured", "released", "reserved", "sold"],
        "refunded": ["captured", "refunded", "released", "reserved"],
    }
    shop.sql("UPDATE catalog_stock SET reserved = 0 WHERE on_hand = 1 AND reserved = 1")
    assert shop.broken() == set()
