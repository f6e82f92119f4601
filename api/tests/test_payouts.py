"""Payouts over the API and in the admin: who asks, prepares, approves and reads them, and who does not."""

from typing import Any
from uuid import uuid4

import pytest

from api.operations import payouts as routes
from marketplace.cast import Goods, Person
from marketplace.ledger.tests.factories import books
from marketplace.payouts import actions
from marketplace.payouts import admin as screens
from marketplace.payouts.models import Payout, PayoutAccount, PayoutBatch
from marketplace.payouts.tests.factories import CLOCK, account, earned

pytestmark = pytest.mark.django_db


@pytest.fixture
def due(customer: Person, goods: Goods, owner: Person, rival: Person) -> None:
    """The owner's vendor has KES 125.00 available, the rival's KES 30.00; both have a verified account."""
    earned(customer.user, {goods.mug: 1, goods.rug: 1, goods.lamp: 1})
    assert owner.vendor is not None
    assert rival.vendor is not None
    account(owner.vendor)
    account(rival.vendor)


def keyed() -> dict[str, str]:
    return {"idempotency_key": uuid4().hex}


def version(answer: Any) -> dict[str, str]:
    return {"if_match": answer["ETag"]}


def test_a_vendor_asks_for_what_it_has_once_and_reads_it(due: None, owner: Person, rival: Person) -> None:
    assert owner.vendor is not None
    api, body, key = owner.api("vendor"), {"vendor_id": owner.vendor.pk}, keyed()
    made = api.post("/payouts", body, **key)
    assert made.status_code == 201, made.content
    assert (made.json()["amount"], made.json()["status"]) == ({"amount": 12_500, "currency": "KES"}, "prepared")
    assert made.json()["paid_to"] == "Equity Bank, …6789"
    assert api.post("/payouts", body, **key).json() == made.json()
    again = api.post("/payouts", body, **keyed())
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_pay_out")
    assert Payout.objects.count() == 1
    assert api.get(made["Location"].removeprefix("/api/vendor/v1")).status_code == 200
    assert rival.api("vendor").get(f"/payouts/{made.json()['id']}").status_code == 404
    assert rival.api("vendor").get("/payouts").json()["items"] == []


def test_nobody_asks_for_another_vendors_money(due: None, owner: Person, rival: Person, member: Person) -> None:
    assert owner.vendor is not None
    body = {"vendor_id": owner.vendor.pk}
    assert rival.api("vendor").post("/payouts", body, **keyed()).status_code == 404
    assert member.api("vendor").post("/payouts", body, **keyed()).status_code == 403
    assert owner.api("vendor").post("/payouts", body).status_code == 400
    for wrong in ({"vendor_id": 2**40}, {"vendor_id": "1"}, {"vendor_id": True}, {}, {**body, "amount": 1}):
        assert owner.api("vendor").post("/payouts", wrong, **keyed()).status_code == 422, wrong
    assert (Payout.objects.count(), books()) == (0, {"gateway": 15_500, "vendor_available": 15_500})


def test_finance_plans_prepares_and_a_colleague_approves(
    due: None, finance: Person, admin: Person, moderator: Person
) -> None:
    api = finance.api("operations")
    plan = api.get("/payout-plan").json()["items"]
    assert sorted((each["available"]["amount"], each["is_due"]) for each in plan) == [(3000, True), (12_500, True)]
    assert moderator.api("operations").get("/payout-plan").status_code == 403
    assert moderator.api("operations").post("/payout-batches", **keyed()).status_code == 403
    made = api.post("/payout-batches", **keyed())
    assert made.status_code == 201, made.content
    path = f"/payout-batches/{made.json()['id']}"
    mine = api.post(f"{path}/approve", {}, **version(api.get(path)))
    assert (mine.status_code, mine.json()["code"]) == (409, "same_person")
    other = admin.api("operations")
    done = other.post(f"{path}/approve", {}, **version(other.get(path)))
    assert (done.status_code, done.json()["status"]) == (200, "approved"), done.content
    nothing = api.post("/payout-batches", **keyed())
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_to_pay_out")
    assert set(Payout.objects.values_list("status", flat=True)) == {"approved"}


def test_owners_say_where_they_are_paid_and_staff_verify_it(owner: Person, member: Person, finance: Person) -> None:
    assert owner.vendor is not None
    body = {
        "vendor_id": owner.vendor.pk, "kind": "mobile", "bank": "M-Pesa", "holder": "Omar Owner", "number": "0712345678",
        "currency": "KES",
    }  # fmt: skip
    assert member.api("vendor").post("/payout-accounts", body).status_code in (403, 422)
    made = owner.api("vendor").post("/payout-accounts", body)
    assert (made.status_code, made.json()["status"]) == (201, "waiting"), made.content
    path = f"/payout-accounts/{made.json()['id']}"
    assert owner.api("vendor").post(f"{path}/verify", {}).status_code in (404, 405)
    api = finance.api("operations")
    assert api.post(f"{path}/verify", {}, **version(api.get(path))).json()["status"] == "verified"
    assert PayoutAccount.objects.get().status == "verified"


def test_the_admin_shows_who_is_due_and_prepares_by_post_alone(
    due: None, finance: Person, admin: Person, moderator: Person
) -> None:
    plan, prepare = "/admin/payouts/payoutbatch/plan/", "/admin/payouts/payoutbatch/prepare/"
    page = finance.admin.get(plan).content.decode()
    assert "KES 125.00" in page
    assert "KES 30.00" in page
    assert finance.admin.get(prepare).status_code == 405
    assert moderator.admin.get(plan).status_code == 403
    assert moderator.admin.post(prepare).status_code == 403
    assert PayoutBatch.objects.count() == 0
    assert finance.admin.post(prepare).status_code == 302
    batch = PayoutBatch.objects.get()
    page = admin.admin.get(f"/admin/payouts/payoutbatch/{batch.pk}/change/").content.decode()
    assert "Rita&#x27;s Rival Shop" in page
    assert "Approve" in page


def test_approving_is_offered_to_others_than_whoever_prepared_it(due: None, finance: Person, admin: Person) -> None:
    finance.admin.post("/admin/payouts/payoutbatch/prepare/")
    batch = PayoutBatch.objects.get()
    page, button = (
        f"/admin/payouts/payoutbatch/{batch.pk}/change/",
        f"/admin/payouts/payoutbatch/{batch.pk}/verb/approve/",
    )
    said = "You prepared this: it waits for a second person"
    for person, offered in ((finance, False), (admin, True)):
        for place in (page, "/admin/payouts/payoutbatch/"):
            shown = person.admin.get(place).content.decode()
            assert (button in shown) is offered, (person, place)
            assert "/verb/cancel/" in shown
        assert (said in person.admin.get(page).content.decode()) is not offered
        assert (said in person.admin.get(button).content.decode()) is not offered
    refused = finance.admin.post(button, {"_asked": "True"})
    assert (refused.status_code, PayoutBatch.objects.get().status) == (409, "prepared")
    admin.admin.post(button, {"_asked": "True"})
    assert PayoutBatch.objects.get().status == "approved"
    assert said not in finance.admin.get(page).content.decode()


def test_a_long_dry_run_and_a_long_batch_come_by_pages(
    due: None, finance: Person, owner: Person, rival: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screens, "PAGE", 1)
    plan, names = "/admin/payouts/payoutbatch/plan/", ("KES 125.00", "KES 30.00")
    first, second = (finance.admin.get(f"{plan}{asked}").content.decode() for asked in ("", "?p=2"))
    for page, there, other in ((first, "Next", "Before"), (second, "Before", "Next")):
        assert "2 due" in page
        assert (sum(name in page for name in names), f">{there}</a>" in page, f">{other}</a>" in page) == (
            1,
            True,
            False,
        )
    actions.prepare(by=CLOCK)
    batch = f"/admin/payouts/payoutbatch/{PayoutBatch.objects.get().pk}/change/"
    shown = [finance.admin.get(f"{batch}{asked}").content.decode() for asked in ("", "?p=2")]
    names = tuple(Payout.objects.values_list("reference", flat=True))
    assert all("2 payouts" in page and sum(name in page for name in names) == 1 for page in shown)


def test_finance_reads_the_whole_dry_run_page_by_page(
    due: None, finance: Person, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = finance.api("operations")
    whole = api.get("/payout-plan").json()
    assert (len(whole["items"]), whole["next"]) == (2, None)
    monkeypatch.setattr(routes, "PAGE", 1)
    first = api.get("/payout-plan").json()
    rest = api.get("/payout-plan", {"after": str(first["next"])}).json()
    assert (len(first["items"]), [*first["items"], *rest["items"]], rest["next"]) == (1, whole["items"], None)
    assert owner.vendor is not None
    mine = api.get("/payout-plan", {"vendor": str(owner.vendor.pk)}).json()
    assert [each["vendor_id"] for each in mine["items"]] == [owner.vendor.pk]
    for wrong in ({"vendor": "x"}, {"after": "-1"}, {"page": "2"}):
        assert api.get("/payout-plan", wrong).status_code == 422, wrong


def test_statements_are_for_those_who_may_see_the_payout(
    due: None, owner: Person, rival: Person, member: Person, finance: Person
) -> None:
    actions.prepare(by=CLOCK)
    payout = Payout.objects.get(vendor=owner.vendor)
    page = f"/admin/payouts/payout/{payout.pk}/statement"
    for person in (owner, finance):
        sheet = person.admin.get(f"{page}.csv")
        assert (sheet.status_code, sheet["Content-Type"]) == (200, "text/csv; charset=utf-8")
        assert payout.reference in sheet.content.decode()
        assert person.admin.get(f"{page}.pdf").content.startswith(b"%PDF-")
    for person in (rival, member):
        assert person.admin.get(f"{page}.csv").status_code in (302, 403, 404)
    assert finance.admin.get(f"{page}.exe").status_code == 404
    assert finance.admin.get(f"/admin/payouts/payout/{payout.pk}/change/").status_code == 200
    assert owner.admin.get("/admin/payouts/payout/").status_code == 200


def test_a_statement_is_read_over_the_api_as_lines_as_a_table_and_to_print(
    due: None, owner: Person, finance: Person
) -> None:
    actions.prepare(by=CLOCK)
    payout = Payout.objects.get(vendor=owner.vendor)
    assert owner.vendor is not None
    for api in (owner.api("vendor"), finance.api("operations")):
        (listed,) = api.get("/payouts", {"vendor": str(owner.vendor.pk)}).json()["items"]
        path = f"/payouts/{listed['id']}/statement"
        found = api.get(path)
        assert found.status_code == 200, found.content
        said = found.json()
        assert (said["payout_id"], said["vendor_id"], said["opening"]["amount"]) == (
            payout.reference,
            owner.vendor.pk,
            0,
        )
        assert said["line_count"] == len(said["lines"]) == 1
        line = said["lines"][0]
        assert (line["what"], line["change"]) == ("Became available", {"amount": 12_500, "currency": "KES"})
        assert (
            said["opening"]["amount"] + sum(each["change"]["amount"] for each in said["lines"])
            == said["amount"]["amount"]
        )
        table = api.get(f"{path}.csv")
        assert (table.status_code, table["Content-Type"]) == (200, "text/csv; charset=utf-8")
        rows = table.content.decode().splitlines()
        assert rows[-1] == f",Payout,,{payout.reference},125.00,KES"
        assert line["vendor_order_id"] in rows[2]
        paper = api.get(f"{path}.pdf")
        assert (paper["Content-Type"], paper["Cache-Control"]) == ("application/pdf", "private, no-store")
        assert paper.content.startswith(b"%PDF-")


def test_a_statement_is_nobody_elses(
    due: None, rival: Person, member: Person, moderator: Person, customer: Person, owner: Person
) -> None:
    actions.prepare(by=CLOCK)
    path = f"/payouts/{Payout.objects.get(vendor=owner.vendor).reference}/statement"
    for ending in ("", ".csv", ".pdf"):
        for person, audience in ((rival, "vendor"), (member, "vendor"), (moderator, "operations")):
            assert person.api(audience).get(path + ending).status_code == 404
        assert customer.api().get(path + ending).status_code == 404
        assert owner.api("vendor").get(path + ending, {"page": "2"}).status_code == 422
        assert owner.api("vendor").get(f"/payouts/PO-0000-0000/statement{ending}").status_code in (404, 422)
    assert owner.api("vendor").get(f"{path}.exe").status_code == 404
