"""Buying, end to end, as people do it: two vendors in one cart, paid at once, sent by each, seen by the buyer, given back."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from api.tests.served import Served
from api.tests.test_journey import browser, signed_in
from core.testing.services import until

__all__ = ["browser"]  # the fixture
pytestmark = pytest.mark.browser
MARK = "for the journey"
PRICES = {"owner": 250_000, "rival": 40_000}
SHIPPING = {"owner": 150_000, "rival": 25_000}  # the owner's own transporter, and the market's rider
WHERE = {"recipient": "Cleo Customer", "phone": "0712345678", "street": "12 Moi Avenue", "town": "Nairobi"}

Call = Callable[..., Any]


def caller(market: Served, role: str) -> Call:
    """Speaks to the API as one of the cast: `call("POST", "/v1/orders", {...}, key="…")`."""
    client = httpx.Client(base_url=f"{market.base}/api", timeout=30, trust_env=False)
    client.headers["Authorization"] = f"Bearer {market.token(role)}"

    def call(method: str, path: str, body: Any = None, *, key: str = "", **asked: Any) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        answer = client.request(method, path, json=body, headers=headers, params=asked)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json()

    return call


def on_sale(staff: Call, vendor: Call, title: str, price: int, category: int) -> int:
    """A thing that a vendor offers and staff approve, five in stock: its variant's key."""
    said = {
        "description": "Made to be sent twice across town, and it holds.",
        "modes": ["buy"],
        "category_id": category,
    }
    made = vendor(
        "POST", "/vendor/v1/listings", {"title": title, "price": {"amount": price, "currency": "KES"}, **said}
    )
    one = vendor("POST", "/vendor/v1/variants", {"listing_id": made["id"], "title": "One size", "sku": title[:30]})
    vendor("POST", f"/vendor/v1/variants/{one['id']}/adjust_stock", {"quantity": 5, "reason": "Delivered to the shop"})
    vendor("POST", f"/vendor/v1/listings/{made['id']}/submit")
    staff("POST", f"/operations/v1/listings/{made['id']}/approve")
    return one["id"]


def opened(page: Page, market: Served, path: str, reference: str) -> None:
    """Find a row by its reference in a list of the admin, and open it."""
    page.goto(f"{market.base}/admin/{path}/?q={reference}")
    page.locator("#result_list a", has_text=reference).first.click()
    page.wait_for_load_state("networkidle")
    expect(page.locator("#main")).to_contain_text(reference)


def answer(page: Page, verb: str, **said: str) -> None:
    """Press a verb's button, and answer what its dialog asks."""
    page.locator(f"[data-soko-verb={verb}]").first.click()
    dialog = page.locator("#modal-content form")
    for name, value in said.items():
        dialog.locator(f"[name={name}]").fill(value)
    with page.expect_navigation():
        dialog.locator("button[type=submit]").click()


def sends(page: Page, market: Served, share: str, number: str) -> None:
    """A vendor takes its share on and sends it, in the restricted admin."""
    opened(page, market, "orders/vendororder", share)
    answer(page, "accept")
    answer(page, "ship", carrier="Sendy", tracking_number=number)
    expect(page.locator("#main")).to_contain_text("Shipped")


def test_one_cart_of_two_vendors_is_paid_sent_by_each_and_given_back(browser: Browser, market: Served) -> None:
    staff, buyer = caller(market, "admin"), caller(market, "customer")
    category = staff("POST", "/operations/v1/categories", {"name": f"Things {MARK}", "slug": "journey-things"})["id"]
    variants = {
        role: on_sale(staff, caller(market, role), f"Basket of the {role} {MARK}", price, category)
        for role, price in PRICES.items()
    }

    # One cart, one quote, one order, one payment.
    buyer("DELETE", "/v1/cart")
    for variant in variants.values():
        cart = buyer("POST", "/v1/cart/lines", {"variant_id": variant, "quantity": 2})
    goods = 2 * sum(PRICES.values())
    assert (cart["total"]["amount"], len(cart["shares"])) == (goods, 2)
    quote = buyer("POST", "/v1/cart/quote", {"town": WHERE["town"]})
    total = goods + sum(SHIPPING.values())
    assert (quote["total"]["amount"], quote["tax_is_included"]) == (total, True)
    order = buyer("POST", "/v1/orders", WHERE | {"expected_total": quote["total"]}, key="journey-of-an-order")
    reference = order["id"]
    payment = buyer("POST", "/v1/payments", {"order": reference, "source": "tok_ok"}, key="journey-of-its-payment")
    assert (payment["status"], payment["amount"]["amount"]) == ("succeeded", total)

    # Each vendor sees and sends its own share, and no other.
    pages = {role: signed_in(browser, market, role) for role in PRICES}
    shares: dict[str, str] = {}
    for role in PRICES:
        (mine,) = [
            each
            for each in caller(market, role)("GET", "/vendor/v1/vendor-orders")["items"]
            if each["id"].startswith(reference)
        ]
        assert mine["total"]["amount"] == 2 * PRICES[role] + SHIPPING[role]
        shares[role] = mine["id"]
    for role, page in pages.items():
        sends(page, market, shares[role], f"TRACK-{role.upper()}")
        other = next(each for name, each in shares.items() if name != role)
        page.goto(f"{market.base}/admin/orders/vendororder/?q={other}")
        expect(page.locator("#result_list")).to_have_count(0)
        assert other not in page.locator("#main").inner_text()

    # The buyer sees both parcels.
    seen = buyer("GET", f"/v1/orders/{reference}")
    assert (seen["state"], seen["payment_state"]) == ("shipped", "paid")
    parcels = [parcel for share in seen["shares"] for parcel in share["shipments"]]
    assert sorted(each["tracking_number"] for each in parcels) == ["TRACK-OWNER", "TRACK-RIVAL"]
    opened(pages["rival"], market, "orders/vendororder", shares["rival"])
    answer(pages["rival"], "deliver")
    expect(pages["rival"].locator("#main")).to_contain_text("Delivered")
    assert {each["state"] for each in buyer("GET", f"/v1/orders/{reference}")["shares"]} == {"shipped", "delivered"}

    # Finance gives it all back.
    finance = signed_in(browser, market, "finance")
    opened(finance, market, "orders/order", reference)
    answer(finance, "refund", reason="The journey ends here.")
    ended = until(
        lambda: (told := buyer("GET", f"/v1/orders/{reference}"))["payment_state"] == "refunded" and told, patience=150
    )
    assert ended["refunded"] == order["total"]

    # What happened to stock and money is explained by what was written down at the time.
    for variant in variants.values():
        moves = staff("GET", "/operations/v1/stock-moves", variant=variant)["items"]
        assert sorted(each["kind"] for each in moves) == ["received", "reserved", "sold"]
        changed = [sum(each[f"{what}_change"] for each in moves) for what in ("on_hand", "reserved")]
        assert changed == [3, 0]
        assert {each["reference"] for each in moves} == {"", reference}
    money = staff("GET", "/operations/v1/money-moves", payment=payment["id"])["items"]
    assert sorted((each["kind"], each["amount"]["amount"]) for each in money) == [
        ("captured", total),
        ("refunded", total),
    ]
