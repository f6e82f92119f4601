"""Money, end to end, as people see it: bought from two, sent in parts, partly back, paid out; each number is that of the books."""

import csv
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from api.tests.books import Books, amounts
from api.tests.served import ROOT, Served
from api.tests.test_journey import browser, signed_in
from api.tests.test_order_journey import WHERE, Call, answer, caller, on_sale, opened
from core.testing.services import until

__all__ = ["browser"]  # the fixture
pytestmark = pytest.mark.browser
MARK = "of the money journey"
PRICES = {"basket": ("owner", 180_000), "mat": ("owner", 60_000), "lamp": ("rival", 45_000)}
SHOTS = Path(os.environ.get("SOKO_SHOTS", ""))


def seen(page: Page, name: str) -> str:
    """Keep a picture of the whole page, where SOKO_SHOTS says; and what it says."""
    if SHOTS.name:
        page.screenshot(path=str(SHOTS / f"money-{name}.png"), full_page=True)
    return page.locator("#main").inner_text()


def sums_of(page: Page) -> dict[str, int]:
    """The sums at the foot of a vendor order's card, by their names."""
    rows = page.locator(".soko-sums div").all()
    return {row.locator("dt").inner_text().split(":")[0]: amounts(row.locator("dd").inner_text())[0] for row in rows}


def hold_is_over(market: Served) -> None:
    """What the clock does every ten minutes: money whose hold is over becomes available."""
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", "from marketplace.ledger.tasks import release_due; release_due()"],
        cwd=ROOT, check=True, timeout=120, capture_output=True,
        env=os.environ | {"SOKO_VAR": str(market.log.parent), "SOKO_DEMO": "1", "SOKO_PROFILE": "embedded"},
    )  # fmt: skip


def prepared(market: Served, staff: Call) -> tuple[dict[str, int], dict[str, int], str]:
    """The things on sale by name, the vendors by role, and a coupon of the owner's."""
    roles = {role: caller(market, role) for role in ("owner", "rival")}
    category = staff("POST", "/operations/v1/categories", {"name": f"Things {MARK}", "slug": "money-journey-things"})[
        "id"
    ]
    things = {
        thing: on_sale(staff, roles[role], f"{thing.title()} {MARK}", price, category)
        for thing, (role, price) in PRICES.items()
    }
    vendors = {role: call("GET", "/vendor/v1/vendors")["items"][0]["id"] for role, call in roles.items()}
    for role, vendor in vendors.items():
        terms = staff("GET", "/operations/v1/settlement-terms", vendor=vendor)["items"]
        # Of the demo, a daily payout may be waiting for today already: each vendor has one for a period.
        said = {"hold_days": 0, "minimum_minor": 0, "schedule": "monthly"}
        if terms:
            address = f"{market.base}/api/operations/v1/settlement-terms/{terms[0]['id']}"
            signed = {"Authorization": f"Bearer {market.token('admin')}"}
            tag = httpx.get(address, headers=signed).headers["ETag"]
            found = httpx.patch(address, json=said, headers=signed | {"If-Match": tag})
            assert found.status_code == 200, found.text
        else:
            staff("POST", "/operations/v1/settlement-terms", said | {"vendor_id": vendor})
        if not [
            each for each in roles[role]("GET", "/vendor/v1/payout-accounts")["items"] if each["status"] == "verified"
        ]:
            about = {
                "vendor_id": vendor,
                "bank": "Equity Bank",
                "holder": role,
                "number": "acct_01234567",
                "currency": "KES",
            }
            account = roles[role]("POST", "/vendor/v1/payout-accounts", about)
            staff("POST", f"/operations/v1/payout-accounts/{account['id']}/verify")
    coupon = {"code": "MONEYTEN", "kind": "percent", "basis_points": 1000, "vendor_id": vendors["owner"]}
    return things, vendors, roles["owner"]("POST", "/vendor/v1/coupons", coupon)["code"]


def bought(market: Served, things: dict[str, int], code: str) -> tuple[str, dict[str, str]]:
    """One order of two baskets, a mat and a lamp, with the coupon, paid: its reference and those of its shares by role."""
    buyer = caller(market, "customer")
    buyer("DELETE", "/v1/cart")
    for thing, quantity in (("basket", 2), ("mat", 1), ("lamp", 1)):
        buyer("POST", "/v1/cart/lines", {"variant_id": things[thing], "quantity": quantity})
    buyer("POST", "/v1/cart/coupons", {"code": code})
    quote = buyer("POST", "/v1/cart/quote", {"town": WHERE["town"]})
    said = WHERE | {"expected_total": quote["total"]}
    order = buyer("POST", "/v1/orders", said, key="money-journey-of-an-order")
    payment = buyer(
        "POST", "/v1/payments", {"order": order["id"], "source": "tok_ok"}, key="money-journey-of-its-payment"
    )
    assert (payment["status"], payment["amount"]) == ("succeeded", order["total"])
    shares = {
        role: next(
            each["id"]
            for each in caller(market, role)("GET", "/vendor/v1/vendor-orders")["items"]
            if each["id"].startswith(order["id"])
        )
        for role in ("owner", "rival")
    }
    return order["id"], shares


def sends_all(pages: dict[str, Page], market: Served, shares: dict[str, str], lines: dict[str, int]) -> None:
    """The owner sends in two parts, the rival at once; all of it arrives."""
    owner, rival = pages["owner"], pages["rival"]
    opened(owner, market, "orders/vendororder", shares["owner"])
    answer(owner, "accept")
    rest = {f"lines-{lines['basket']}-quantity": "", f"lines-{lines['mat']}-quantity": "1"}
    answer(owner, "ship", carrier="Sendy", tracking_number="PART-ONE", **rest)
    answer(owner, "ship", carrier="Sendy", tracking_number="PART-TWO")
    expect(owner.locator("#main")).to_contain_text("PART-ONE")
    expect(owner.locator("#main")).to_contain_text("PART-TWO")
    opened(rival, market, "orders/vendororder", shares["rival"])
    answer(rival, "accept")
    answer(rival, "ship", carrier="Sendy", tracking_number="AT-ONCE")
    for page in pages.values():
        answer(page, "deliver")
        expect(page.locator("#main")).to_contain_text("Delivered")


def explained(page: Page, market: Served, books: Books, order: str) -> None:
    """Every journal of the order: what its page shows on both sides is what is posted, and both sides are one sum."""
    kinds = 0
    for reference, moved, sides in books.journals(order):
        opened(page, market, "ledger/journal", reference)
        panel = page.locator("section[aria-label=Postings]")
        cells = [
            tuple((amounts(cell.inner_text()) or [0])[0] for cell in row.locator("td").all()[1:])
            for row in panel.locator("tbody tr").all()
        ]
        assert sorted(cells) == sides
        assert amounts(panel.locator("tfoot").inner_text()) == [moved, moved]
        assert moved in amounts(page.locator(".soko-amount").first.inner_text())
        kinds += 1
    assert kinds >= 5
    seen(page, "journal")


def shares_explained(pages: dict[str, Page], market: Served, books: Books, order: str, shares: dict[str, str]) -> None:
    """Order and vendor orders: their totals are what was captured and sold, what went back is what was reversed."""
    for role, share in shares.items():
        opened(pages[role], market, "orders/vendororder", share)
        said = sums_of(pages[role])
        gross = next(amount for name, amount in said.items() if name.startswith("Gross"))
        assert gross == books.paid_for(share) == said["Goods"] + said.get("Discount", 0) + said["Shipping"]
        assert abs(said["Given back to the buyer"]) == abs(books.paid_for(share, "reversal")) > 0
        seen(pages[role], f"share-{role}")
    finance = pages["finance"]
    opened(finance, market, "orders/order", order)
    shown = finance.locator("section[aria-label='The order']")
    assert amounts(shown.inner_text()) == [books.moved("capture", order), books.moved("refund", order)]
    seen(finance, "order")


def slug(market: Served, vendor: int) -> str:
    ((found,),) = Books(market).ask("select slug from vendors_vendor where id = ?", vendor)
    return str(found)


def balances_explained(page: Page, market: Served, books: Books, vendor: str) -> None:
    """A vendor's balance and its month: what each column says is the sum of its postings."""
    page.goto(f"{market.base}/admin/ledger/account/balances/")
    said = amounts(page.locator("section[aria-label=Vendors] tbody tr").inner_text())
    kept = books.of_vendor(vendor)
    parts = [kept.get(f"vendor_{kind}", 0) for kind in ("pending", "available", "reserved", "paying")]
    assert said == [*parts, sum(parts)]
    (month,) = caller(market, "owner")("GET", "/vendor/v1/statement")["items"]
    changes = sum(each["amount"]["amount"] for each in month["changes"])
    assert month["closing"]["amount"] == month["opening"]["amount"] + changes == sum(parts)
    seen(page, f"balance-{said[-1]}")


def payouts_explained(browser: Browser, pages: dict[str, Page], market: Served, books: Books, vendor: int) -> None:
    """Finance prepares, a colleague approves, the gateway sends: the payout is what its journal set aside, line by line."""
    finance, admin, owner = pages["finance"], signed_in(browser, market, "admin"), pages["owner"]
    available = books.of_vendor(slug(market, vendor))["vendor_available"]
    finance.goto(f"{market.base}/admin/payouts/payoutbatch/plan/")
    name = caller(market, "owner")("GET", "/vendor/v1/vendors")["items"][0]["name"]
    assert amounts(finance.locator("tbody tr", has_text=name).first.inner_text()) == [available]
    seen(finance, "plan")
    finance.get_by_role("button", name="Prepare").click()
    finance.wait_for_url(re.compile(r"/payoutbatch/\d+/change/"))
    ((payout, batch),) = books.ask(
        "select p.reference, b.reference from payouts_payout p join payouts_payoutbatch b on b.id = p.batch_id"
        " where p.vendor_id = ? order by p.id desc limit 1", vendor,
    )  # fmt: skip
    assert books.moved("payout", payout) == available
    row = finance.locator("section[aria-label=Payouts] tr", has_text=payout)
    assert amounts(row.inner_text()) == [available]
    seen(finance, "batch")
    opened(admin, market, "payouts/payoutbatch", batch)
    answer(admin, "approve")
    until(
        lambda: books.ask("select 1 from payouts_payout where reference = ? and status = 'paid'", payout), patience=60
    )
    opened(owner, market, "payouts/payout", payout)
    assert available in amounts(seen(owner, "payout"))
    assert books.moved("payout_paid", payout) == available
    file = owner.request.get(re.sub(r"change/.*", "statement.csv", owner.url)).text()
    carried, *lines, paid = [
        (row["Journal"], round(float(row["Amount"]) * 100)) for row in csv.DictReader(io.StringIO(file))
    ]
    assert carried[1] + sum(amount for _journal, amount in lines) == paid[1] == available
    for journal, amount in lines:
        changes = books.ask(
            "select -p.amount_minor from ledger_posting p join ledger_account a on a.id = p.account_id"
            " join ledger_journal j on j.id = p.journal_id"
            " where j.reference = ? and a.kind = 'vendor_available' and a.vendor_id = ?",
            journal,
            vendor,
        )
        assert (amount,) in changes


def test_every_number_on_every_screen_of_money_is_the_sum_of_its_journals(browser: Browser, market: Served) -> None:
    staff, books = caller(market, "admin"), Books(market)
    things, vendors, code = prepared(market, staff)
    order, shares = bought(market, things, code)
    lines = {
        thing: key
        for thing in PRICES
        for (key,) in books.ask(
            "select l.id from orders_orderline l join orders_order o on o.id = l.order_id where o.reference = ? and l.variant_id = ?",
            order, things[thing],
        )
    }  # fmt: skip
    pages = {role: signed_in(browser, market, role) for role in ("owner", "rival")}
    sends_all(pages, market, shares, lines)

    # One basket comes back to the owner, who puts it on the shelf again.
    asked = caller(market, "customer")(
        "POST", f"/v1/orders/{order}/returns", {"why": "broken", "lines": [{"variant_id": things["basket"], "quantity": 1}]},
        key="money-journey-of-a-return",
    )  # fmt: skip
    opened(pages["owner"], market, "orders/return", asked["id"])
    answer(pages["owner"], "approve")
    answer(
        pages["owner"], "receive",
        **{f"lines-{things['basket']}-quantity": "1", f"lines-{things['basket']}-restock": "1"},
    )  # fmt: skip
    back = amounts(seen(pages["owner"], "return"))
    assert books.ask("select on_hand from catalog_stock where variant_id = ?", things["basket"]) == [(4,)]

    # Somebody who may not allow it asks for a little of the lamp; finance, a second person, allows it.
    staff("POST", "/operations/v1/roles", {"name": "clerk", "label": "Clerk", "grants": ["view_orders", "refund"]})
    (clerk,) = [each["id"] for each in staff("GET", "/operations/v1/users", q="support@soko.example")["items"]]
    staff("POST", f"/operations/v1/users/{clerk}/give_role", {"role": "clerk"})
    caller(market, "support")(
        "POST", f"/operations/v1/vendor-orders/{shares['rival']}/refund_lines",
        {"reason": "A scratch.", "lines": [{"variant_id": things["lamp"], "amount_minor": 5_000}]}, key="money-journey-of-a-refund",
    )  # fmt: skip
    pages["finance"] = signed_in(browser, market, "finance")
    ((request,),) = books.ask(
        "select r.reference from orders_refundrequest r join orders_vendororder s on s.id = r.vendor_order_id"
        " where s.reference = ?", shares["rival"],
    )  # fmt: skip
    opened(pages["finance"], market, "orders/refundrequest", request)
    assert 5_000 in amounts(pages["finance"].locator(".soko-amount").inner_text())
    answer(pages["finance"], "approve")
    assert "It was allowed: its money goes back." in seen(pages["finance"], "request")
    until(
        lambda: len(books.ask("select 1 from ledger_journal where subject = ? and kind = 'refund'", order)) == 2,
        patience=60,
    )
    until(
        lambda: len(books.ask("select 1 from ledger_journal where subject = ? and kind = 'reversal'", order)) == 2,
        patience=60,
    )
    assert back == [-books.paid_for(shares["owner"], "reversal")]
    shares_explained(pages, market, books, order, shares)
    explained(pages["finance"], market, books, order)
    hold_is_over(market)
    balances_explained(pages["owner"], market, books, slug(market, vendors["owner"]))
    payouts_explained(browser, pages, market, books, vendors["owner"])
    balances_explained(pages["owner"], market, books, slug(market, vendors["owner"]))
