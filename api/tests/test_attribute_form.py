"""The form of a listing in a browser: what is asked for appears and goes as one answers, and a long list is searched."""

import pytest
from playwright.sync_api import Browser, expect

from api.tests.served import Served
from api.tests.test_journey import browser as browser  # the fixture
from api.tests.test_journey import signed_in
from core.testing.services import until

pytestmark = pytest.mark.browser


def test_a_battery_is_asked_for_only_of_what_has_one(browser: Browser, arena: Served) -> None:
    page = signed_in(browser, arena, "owner")
    page.goto(f"{arena.base}/admin/catalog/listing/add/")
    page.select_option("select[name=category]", label=next(
        each for each in page.locator("select[name=category] option").all_inner_texts() if each.strip("— ") == "Cars"
    ))  # fmt: skip
    page.click("button[type=submit]:has-text('Continue')")
    page.get_by_role("link", name="Attributes").or_(page.get_by_text("Attributes", exact=True)).first.click()
    battery, fuel = page.locator("[name=attr__battery_size]"), page.locator("[name=attr__fuel]")
    expect(fuel).to_be_visible()
    expect(battery).to_be_hidden()
    expect(battery).to_be_disabled()
    fuel.select_option("electric")
    expect(battery).to_be_visible()
    battery.fill("60,000 Wh")
    fuel.select_option("petrol")
    expect(battery).to_be_hidden()
    fuel.select_option("hybrid")
    expect(battery).to_be_enabled()
    page.locator("[name=attr__mileage]").fill("62,000 mi")
    for name, text in (("title", "Leaf of the browser"), ("price_amount", "900000")):
        page.locator(f"[name={name}]").evaluate("(field, text) => { field.value = text; }", text)
    page.locator("[name=modes]").first.evaluate("(field) => { field.checked = true; }")
    page.locator("[name=_save]").first.click()
    page.wait_for_load_state("networkidle")
    found = page.locator("#result_list tbody th a, #result_list tbody td a[href*='/change/']")

    def is_indexed() -> bool:
        page.goto(f"{arena.base}/admin/catalog/listing/?q=Leaf+of+the+browser")
        return found.count() > 0

    until(is_indexed)
    found.first.click()
    expect(page.locator("[name=attr__battery_size]")).to_have_value("60")
    expect(page.locator("[name=attr__mileage]")).to_have_value("99779")
