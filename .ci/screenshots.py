"""`make screenshots`: the screens of each role in the demo market, wide and narrow, light and dark, into var/screenshots."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402  the project's folder is put on the path first

from api.tests.served import served  # noqa: E402

LISTING = "/admin/catalog/listing/"
SCREENS = {
    "admin": ("/admin/", "/admin/accounts/user/", "/admin/accounts/role/", "/admin/core/audit/", "/admin/jobs/job/"),
    "moderator": ("/admin/", LISTING, f"{LISTING}1/change/", f"{LISTING}1/history/", "/admin/contacts/contactclick/"),
    "support": ("/admin/",),
    "finance": ("/admin/",),
    "owner": ("/admin/", LISTING, f"{LISTING}add/", f"{LISTING}import/", "/admin/contacts/contactclick/"),
    "member": ("/admin/", LISTING),
}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def main() -> None:
    place = ROOT / "var" / "screenshots"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    roles = os.environ.get("ROLES", ",".join(SCREENS)).split(",")
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as market, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for role in roles:
            for width, height in ((1440, 1000), (390, 844)):
                for scheme in ("light", "dark"):
                    page = browser.new_context(
                        viewport={"width": width, "height": height}, color_scheme=scheme
                    ).new_page()
                    page.goto(f"{market.base}/admin/login/")
                    page.fill("input[name=username]", f"{role}@soko.example")
                    page.fill("input[name=password]", market.password)
                    page.click("button[type=submit]")
                    for screen in SCREENS[role]:
                        answer = page.goto(f"{market.base}{screen}")
                        status = answer.status if answer is not None else 0
                        assert status == 200, f"{role} {screen}: {status}"
                        page.wait_for_load_state("networkidle")
                        name = screen.strip("/").replace("/", "-")
                        page.screenshot(path=place / f"{role}-{name}-{width}-{scheme}.png")
                    page.context.close()
        browser.close()
    print(f"{len(list(place.glob('*.png')))} pictures in {place.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
