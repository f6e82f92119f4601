"""The main job, end to end, as people do it: post, approve, find, contact, and both sides see it. HTTP and a browser."""

import shutil
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from api.tests.served import Served
from core.testing.services import until

pytestmark = pytest.mark.browser
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TITLE = "Journey handset with charger"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield opened
        opened.close()


def signed_in(browser: Browser, market: Served, role: str) -> Page:
    """A page of somebody who has just signed in; a script error or a request to another host fails the test."""
    page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
    page.on("pageerror", lambda fault: pytest.fail(f"{role}: {fault}"))
    page.on("request", lambda request: _ours(request.url, market.base))
    page.goto(f"{market.base}/admin/login/")
    page.fill("input[name=username]", f"{role}@soko.example")
    page.fill("input[name=password]", market.password)
    page.click("button[type=submit]")
    page.wait_for_url(f"{market.base}/admin/")
    return page


def _ours(address: str, base: str) -> None:
    assert address.startswith((base, "data:", "blob:")), f"a page asks {address}"


def press(page: Page, verb: str) -> None:
    """Press a verb's button and confirm its dialog."""
    page.locator(f"[data-soko-verb={verb}]").first.click()
    dialog = page.locator("#modal-content form")
    expect(dialog).to_be_visible()
    dialog.locator("button[type=submit]").click()
    page.wait_for_load_state("networkidle")


def test_post_approve_find_contact_and_both_sides_see_it(browser: Browser, market: Served) -> None:
    visitor = httpx.Client(base_url=f"{market.base}/api/v1", headers={"User-Agent": "Mozilla/5.0 Firefox/130.0"})

    # A vendor posts a listing in the restricted admin: first what it is, then the form that this asks for.
    owner = signed_in(browser, market, "owner")
    owner.goto(f"{market.base}/admin/catalog/listing/add/")
    choice = owner.locator("select[name=category]")
    choice.select_option(choice.locator("option", has_text="Mobile Phones").last.get_attribute("value"))
    owner.get_by_role("button", name="Continue").click()
    owner.fill("input[name=title]", TITLE)
    owner.fill("textarea[name=description]", "Works well. Charger, box and papers are there; pick it up in town.")
    owner.fill("input[name=price_amount]", "12500")
    owner.check("input[name=modes][value=contact]")
    owner.get_by_text("Attributes", exact=True).first.click()
    for code in ("condition", "phone_brand"):
        owner.locator(f"select[name=attr__{code}]").select_option(index=1)
    owner.locator("[name=_continue]").first.click()
    owner.wait_for_load_state("networkidle")
    assert "/change/" in owner.url, owner.locator("#main").inner_text()
    key = owner.url.split("/listing/")[1].split("/")[0]
    assert visitor.get("/listings", params={"q": TITLE}).json()["items"] == []
    press(owner, "submit")
    expect(owner.locator("#main")).to_contain_text("Pending")

    # A rival reaches none of it, in the admin or through the API.
    rival = signed_in(browser, market, "rival")
    assert rival.goto(f"{market.base}/admin/catalog/listing/{key}/change/").status == 404  # type: ignore[union-attr]
    headers = {"Authorization": f"Bearer {market.token('rival')}"}
    assert httpx.get(f"{market.base}/api/vendor/v1/listings/{key}", headers=headers).status_code == 404

    # Staff approve it.
    moderator = signed_in(browser, market, "moderator")
    moderator.goto(f"{market.base}/admin/catalog/listing/{key}/change/")
    press(moderator, "approve")
    expect(moderator.locator("#main")).to_contain_text("Approved")

    # A storefront finds it, once the index has heard of it; a visitor presses Call, then WhatsApp.
    found = until(lambda: visitor.get("/listings", params={"q": TITLE}).json()["items"])
    assert [each["title"] for each in found] == [TITLE]
    assert found[0]["price"] == {"amount": 1_250_000, "currency": "KES"}
    slug = found[0]["slug"]
    assert "+254" not in visitor.get(f"/listings/{slug}").text
    call = visitor.post("/contacts", json={"listing": slug, "channel": "call"}).json()
    chat = visitor.post("/contacts", json={"listing": slug, "channel": "whatsapp"}).json()
    assert call["link"].startswith("tel:+")
    assert chat["link"].startswith("https://wa.me/")

    # Staff and the vendor each see their side; the rival's log has nothing of it.
    for page, sees in ((moderator, True), (owner, True), (rival, False)):
        page.goto(f"{market.base}/admin/contacts/contactclick/")
        assert (TITLE in page.locator("#main").inner_text()) is sees
    signed = {"Authorization": f"Bearer {market.token('owner')}"}
    log = httpx.get(f"{market.base}/api/vendor/v1/contacts", params={"listing": key}, headers=signed).json()["items"]
    assert sorted(each["channel"] for each in log) == ["call", "whatsapp"]

    # History says who did what.
    moderator.goto(f"{market.base}/admin/catalog/listing/{key}/history/")
    told = moderator.locator("#main").inner_text()
    assert all(word in told for word in ("approve", "submit")) or all(word in told for word in ("Approve", "Submit"))


def test_documentation_is_drawn_without_another_host(browser: Browser, market: Served) -> None:
    page = browser.new_page()
    asked: list[str] = []
    # ReDoc would show its maker's logo from afar: our content policy stops that before it leaves the browser.
    page.on("requestfinished", lambda request: asked.append(request.url))
    for word in ("storefront", "vendor", "operations"):
        for kind, mark in (
            ("swagger", ".swagger-ui .info"),
            ("redoc", "[data-role='redoc-summary'], .api-info, .menu-content"),
        ):
            page.goto(f"{market.base}/api/docs/{word}/{kind}")
            page.locator(mark).first.wait_for(timeout=60_000)
    assert any(address.endswith("openapi.json") for address in asked)
    assert [address for address in asked if not address.startswith((market.base, "data:", "blob:"))] == []
