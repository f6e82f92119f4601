"""`make screenshots`: the screens of each role in the demo market, wide and narrow, light and dark, into var/screenshots.

ROLES=moderator,owner takes only theirs; MARKET=http://127.0.0.1:8000 photographs a demo market that is served already.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright  # noqa: E402  the project's folder is put on the path first

from api.tests.served import served  # noqa: E402

PLACE = ROOT / "var" / "screenshots"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PASSWORD = "soko-demo-market"
TRIES = 4
CUSTOMER = "customer"  # who has no admin: what the API answers is photographed instead
PRICES = str(ROOT / "fixtures" / "demo" / "imports" / "november-prices.csv")
SHOPIFY = str(ROOT / "fixtures" / "demo" / "imports" / "shopify-products.csv")
FIRST = "#result_list tbody th a, #result_list tbody td a[href*='/change/']"  # the way into the first row of a list
SEND = ".soko-dialog-foot button[type=submit], form button[type=submit].is-main"

#: A new listing of a car, as far as its attributes; which there are depends on what is said of it.
A_CAR = (("select[name=category]", "Cars"), "button[type=submit]:has-text('Continue')", "a:has-text('Attributes')")
LISTING, CLICK, JOB = "/admin/catalog/listing/", "/admin/contacts/contactclick/", "/admin/jobs/job/"
CATEGORY, ATTRIBUTE = "/admin/catalog/category/", "/admin/catalog/attribute/"
TUNING, UNMET = "/admin/search_index/synonym/tuning/", "/admin/search_index/unmetsearch/"
ORDER_STATES = (
    "pending", "expired", "cancelled", "paid", "processing", "part_shipped", "shipped", "delivered", "refunded",
)  # fmt: skip
SHARE_STATES = ("waiting", "to_accept", "to_ship", "part_shipped", "shipped", "delivered", "cancelled", "expired")
ORDER, SHARE = "/admin/orders/order/", "/admin/orders/vendororder/"
DELIVERY = "/admin/orders/delivery/"
PAYMENT, REFUND, WEBHOOK = "/admin/payments/payment/", "/admin/payments/refund/", "/admin/payments/webhookdelivery/"

ACCOUNT, JOURNAL, RULES = "/admin/ledger/account/", "/admin/ledger/journal/", "/admin/ledger/commissionrule/"
BATCH, PAYOUT, TAX = "/admin/payouts/payoutbatch/", "/admin/payouts/payout/", "/admin/taxes/taxrate/"


@dataclass(frozen=True)
class Screen:
    """An address; what is pressed there, or chosen of a list by its words, in turn, before the picture; a file chosen first where
    one is asked for."""

    name: str
    path: str
    press: tuple[str | tuple[str, str], ...] = ()
    file: str = ""


def each_state(name: str, path: str, column: str, *states: str) -> tuple[Screen, ...]:
    """The newest row in each of these states. One that the demo market has no row of stops the photographer."""
    return tuple(Screen(f"{name}-{state}", f"{path}?{column}={state}", (FIRST,)) for state in states)


SCREENS: dict[str, tuple[Screen, ...]] = {
    # First, since the clock ends after some minutes what the demo market leaves open with its gateway.
    "finance": (
        Screen("landing", "/admin/"),
        Screen("listings", LISTING),
        Screen("order", f"{ORDER}?payment_state=part_refunded", (FIRST,)),
        Screen("refund-order", f"{ORDER}?payment_state=paid", (FIRST, "[data-soko-verb=refund]")),
        Screen("payments", PAYMENT),
        *each_state("payment", PAYMENT, "status", "succeeded", "failed", "requires_action", "unknown"),
        Screen("stuck", f"{PAYMENT}?is_stuck=true"),
        Screen("refunds", REFUND),
        *each_state("refund", REFUND, "status", "succeeded", "unknown"),
        Screen("moves", "/admin/payments/moneymove/"),
        Screen("webhooks", WEBHOOK),
        *each_state("webhook", WEBHOOK, "status", "applied", "refused"),
        Screen("work", "/admin/finance/"),
        Screen("reconciliation", "/admin/finance/reconciliation/"),
        Screen("chargebacks", "/admin/payments/chargeback/"),
        Screen("statement-differences", "/admin/payments/statementdifference/"),
        Screen("refund-requests", "/admin/orders/refundrequest/"),
        Screen("balances", f"{ACCOUNT}balances/"),
        Screen("owing", f"{ACCOUNT}balances/?owes=true"),
        Screen("vendor-statement", f"{ACCOUNT}balances/", ("a[href*='statement/?vendor=']",)),
        Screen("accounts", ACCOUNT),
        Screen("account", ACCOUNT, (FIRST,)),
        Screen("journals", JOURNAL),
        Screen("journal", f"{JOURNAL}?kind=sale", (FIRST,)),
        Screen("postings", "/admin/ledger/posting/"),
        Screen("commission", RULES),
        Screen("try-commission", f"{RULES}preview/"),
        Screen("terms", "/admin/ledger/settlementterms/"),
        Screen("payout-plan", f"{BATCH}plan/"),
        Screen("payout-batches", BATCH),
        Screen("payouts", PAYOUT),
        Screen("payout-accounts", "/admin/payouts/payoutaccount/"),
        Screen("coupons", "/admin/coupons/coupon/"),
        Screen("redemptions", "/admin/coupons/redemption/"),
        Screen("tax-rates", TAX),
        Screen("tax-countries", "/admin/taxes/taxcountry/"),
        Screen("try-tax", f"{TAX}try/"),
        Screen("shipping-zones", "/admin/shipping/zone/"),
        Screen("shipping-methods", "/admin/shipping/shippingmethod/"),
    ),
    "admin": (
        Screen("landing", "/admin/"),
        Screen("users", "/admin/accounts/user/"),
        Screen("user", "/admin/accounts/user/", (FIRST,)),
        Screen("roles", "/admin/accounts/role/"),
        Screen("role", "/admin/accounts/role/", (FIRST,)),
        Screen("audit", "/admin/core/audit/"),
        Screen("jobs", JOB),
        Screen("job", JOB, (FIRST,)),
        Screen("remembered-mappings", "/admin/jobs/columnmemory/"),
        Screen("categories", CATEGORY),
        Screen("category", f"{CATEGORY}?q=cars", (FIRST,)),
        Screen("attributes", ATTRIBUTE),
        Screen("attribute", f"{ATTRIBUTE}?kind=choice", (FIRST,)),
        Screen("attribute-groups", "/admin/catalog/attributegroup/"),
        Screen("category-attribute", "/admin/catalog/categoryattribute/", (FIRST,)),
        Screen("tuning", TUNING),
        Screen("tuning-tried", f"{TUNING}?q=phone"),
        Screen("why-this-rank", f"{TUNING}?q=the+phone", (".soko-hits a",)),
        Screen("synonyms", "/admin/search_index/synonym/"),
        Screen("synonym", "/admin/search_index/synonym/", (FIRST,)),
        Screen("pinned", "/admin/search_index/pinnedresult/"),
        Screen("unmet", f"{UNMET}?outcome=open"),
        Screen("make-synonym", f"{UNMET}?outcome=open", (FIRST, "[data-soko-verb=make_synonym]")),
        Screen("vendors", "/admin/vendors/vendor/"),
        Screen("vendor", "/admin/vendors/vendor/", (FIRST,)),
    ),
    "moderator": (
        Screen("landing", "/admin/"),
        Screen("approve", "/admin/", (".soko-queue [data-soko-key=a]",)),
        Screen("reject", "/admin/", (".soko-queue [data-soko-key=r]",)),
        Screen("listings", LISTING),
        Screen("filters", LISTING, ("a[x-on\\:click*=filterOpen], button[x-on\\:click*=filterOpen]",)),
        Screen("listing", f"{LISTING}?status=pending", (FIRST,)),
        Screen("history", f"{LISTING}1/history/"),
        Screen("changes", "/admin/catalog/revision/"),
        Screen("change", "/admin/catalog/revision/?status=pending", (FIRST,)),
        Screen("decisions", "/admin/moderation/decision/"),
        Screen("duplicates", "/admin/duplicates/duplicate/?status=open"),
        Screen("duplicate", "/admin/duplicates/duplicate/?status=open", (FIRST,)),
        Screen("contacts", CLICK),
        Screen("nothing", f"{LISTING}?q=nothing-has-this-name"),
    ),
    "support": (
        Screen("landing", "/admin/"),
        Screen("users", "/admin/accounts/user/"),
        Screen("contacts", CLICK),
        Screen("orders", ORDER),
        *each_state("order", ORDER, "cached_state", *ORDER_STATES),
        Screen("cancel-order", f"{ORDER}?cached_state=paid", (FIRST, "[data-soko-verb=cancel]")),
        Screen("shares", SHARE),
        *each_state("share", SHARE, "state", *SHARE_STATES),
        Screen("shipments", "/admin/orders/shipment/"),
        Screen("carts", "/admin/carts/cart/"),
    ),
    "owner": (
        Screen("landing", "/admin/"),
        Screen("listings", LISTING),
        Screen("listing", f"{LISTING}?status=approved", (FIRST,)),
        Screen("gallery", f"{LISTING}?status=approved", (FIRST, "a[href$='/gallery/']")),
        Screen("images", "/admin/catalog/image/?progress=failed"),
        Screen("add", f"{LISTING}add/"),
        Screen("add-petrol-car", f"{LISTING}add/", (*A_CAR, ("[name=attr__fuel]", "Petrol"))),
        Screen("add-electric-car", f"{LISTING}add/", (*A_CAR, ("[name=attr__fuel]", "Electric"))),
        Screen("import", f"{LISTING}import/"),
        Screen("variants", "/admin/catalog/variant/"),
        Screen("members", "/admin/vendors/member/"),
        Screen("vendor", "/admin/vendors/vendor/", (FIRST,)),
        Screen("contacts", CLICK),
        Screen("shares", SHARE),
        Screen("to-send", f"{SHARE}?state=to_accept,to_ship,part_shipped"),
        *each_state("share", SHARE, "state", *SHARE_STATES),
        Screen("balances", f"{ACCOUNT}balances/"),
        Screen("statement", f"{ACCOUNT}statement/"),
        Screen("postings", "/admin/ledger/posting/"),
        Screen("payouts", PAYOUT),
        Screen("ship", f"{SHARE}?state=to_ship", (FIRST, ".soko-todo [data-soko-verb=ship]")),
    ),
    "rival": (
        Screen("import-preview", f"{LISTING}import/", (SEND,), PRICES),
        Screen("import-mapping", f"{LISTING}import/", (SEND,), SHOPIFY),
        Screen("import-check", f"{LISTING}import/", (SEND, "[name=_check_all]"), SHOPIFY),
        Screen("import-run", f"{LISTING}import/", (SEND, "[name=_run]"), PRICES),
        Screen("import-undo", f"{JOB}?kind=import", (FIRST, "form[action*=undo] button")),
        Screen("jobs", JOB),
        Screen("job", JOB, (FIRST,)),
    ),
    "member": (Screen("landing", "/admin/"), Screen("listings", LISTING)),
    "courier": (
        Screen("landing", "/admin/"),
        Screen("deliveries", DELIVERY),
        *each_state("delivery", DELIVERY, "state", "assigned", "picked_up", "failed_attempt", "delivered"),
        Screen("hand-over", f"{DELIVERY}?state=picked_up", (FIRST, ".soko-tasks [data-soko-verb=hand_over]")),
    ),
}


def photograph(browser: Browser, base: str, password: str, role: str) -> None:
    """All screens of a role, in each size and scheme."""
    signed_in = browser.new_context()
    page = signed_in.new_page()
    page.goto(f"{base}/admin/login/")
    if role == "admin":
        page.screenshot(path=PLACE / "nobody-login-1440-light.png")
    page.fill("input[name=username]", f"{role}@soko.example")
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    state = signed_in.storage_state()
    for width, height in ((1440, 1000), (390, 844)):
        for scheme in ("light", "dark"):
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme, storage_state=state
            )
            page = context.new_page()
            for screen in SCREENS[role]:
                reach(page, base, role, screen)
                page.screenshot(path=PLACE / f"{role}-{screen.name}-{width}-{scheme}.png", full_page=True)
                spill = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                if spill > 0:
                    print(f"{role} {screen.name}: {spill} px too wide at {width}")
            context.close()


def reach(page: Page, base: str, role: str, screen: Screen) -> None:
    """Open a screen as a person does, again where a job has not come to its end yet. Refuses one that does not answer 200."""
    for left in reversed(range(TRIES)):
        answer = page.goto(f"{base}{screen.path}")
        status = answer.status if answer is not None else 0
        assert status == 200, f"{role} {screen.path}: {status}"
        if screen.file:
            page.locator("input[type=file]").first.set_input_files(screen.file)
        missing = walk(page, screen)
        if missing is None:
            break
        assert left, f"{role} {screen.name}: the demo market has nothing at {missing}"
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)  # dialogs and charts move into place


def walk(page: Page, screen: Screen) -> str | tuple[str, str] | None:
    """Press and choose in turn; the step at which there is nothing to press, or None."""
    for step in screen.press:
        try:
            if isinstance(step, tuple):
                choose(page, *step)
            else:
                page.locator(step).first.click(timeout=10_000)
        except TimeoutError:
            return step
        page.wait_for_load_state("networkidle")
    return None


def choose(page: Page, selector: str, words: str) -> None:
    """The option of these words, however deep it is set in."""
    options = page.locator(f"{selector} option").all_inner_texts()
    page.select_option(selector, label=next(each for each in options if each.strip("\u2014 ") == words), timeout=10_000)


def answers(browser: Browser, base: str, password: str) -> None:
    """What the API answers a customer, as the docs page shows it: signed in there, and each address tried."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    said = page.request.post(f"{base}/api/v1/auth/login", data={"login": "customer@soko.example", "password": password})
    page.goto(f"{base}/api/docs/storefront/swagger")
    page.locator(".btn.authorize").click()
    page.locator(".auth-container input").first.fill(said.json()["access_token"])
    page.locator(".auth-btn-wrapper .authorize").first.click()
    page.locator(".btn-done").first.click()
    for path in ("/api/v1/orders", "/api/v1/cart", "/api/v1/payments"):
        block = page.locator(".opblock-get", has=page.locator(f"[data-path='{path}']")).first
        block.locator(".opblock-summary-control").first.click()
        if block.locator(".execute").count() == 0:
            block.locator(".try-out__btn").first.click()
        block.locator(".execute").click()
        answer = block.locator(".live-responses-table")
        answer.wait_for()
        answer.screenshot(path=PLACE / f"customer-api-{path.rsplit('/', 1)[-1]}-1440-light.png")


@contextmanager
def market() -> Iterator[tuple[str, str]]:
    """The address and password of a demo market: the one that is named, or a new one."""
    if os.environ.get("MARKET"):
        yield os.environ["MARKET"], PASSWORD
        return
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as made:
        yield made.base, made.password


def main() -> None:
    roles = os.environ.get("ROLES", ",".join([*SCREENS, CUSTOMER])).split(",")
    if "ROLES" not in os.environ:
        shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True, exist_ok=True)
    with market() as (base, password), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for role in roles:
            if role == CUSTOMER:
                answers(browser, base, password)
            else:
                photograph(browser, base, password, role)
        browser.close()
    print(f"{len(list(PLACE.glob('*.png')))} pictures in {PLACE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
