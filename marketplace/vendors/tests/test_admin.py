"""The admin of people, roles, vendors and members: who finds what, and that the buttons work."""

import pytest

from marketplace.accounts.grants import EVERYTHING
from marketplace.accounts.models import HeldRole, Role, User
from marketplace.cast import Person
from marketplace.vendors.models import Member, Vendor
from marketplace.vendors.tests.factories import make_vendor

pytestmark = pytest.mark.django_db
LISTS = ("accounts/user", "accounts/role", "accounts/heldrole", "vendors/vendor", "vendors/member")


def opened(person: Person) -> list[int]:
    return [person.admin.get(f"/admin/{path}/").status_code for path in LISTS]


def test_each_finds_the_lists_of_their_trade(
    admin: Person, support: Person, moderator: Person, finance: Person, owner: Person
) -> None:
    assert opened(admin) == [200, 200, 200, 200, 200]
    assert opened(support) == [200, 200, 200, 200, 200]
    assert opened(moderator) == [403, 403, 403, 200, 200]
    assert opened(finance) == [403, 403, 403, 200, 403]
    assert opened(owner) == [403, 403, 403, 200, 200]


def test_who_has_no_part_in_it_does_not_get_in(customer: Person, nobody: Person) -> None:
    for person in (customer, nobody):
        assert opened(person) == [302] * 5


def test_a_courier_gets_in_and_finds_none_of_it(courier: Person) -> None:
    assert opened(courier) == [403] * 5


def test_every_page_of_a_row_is_shown(admin: Person, owner: Person) -> None:
    for path, model in zip(LISTS, (User, Role, HeldRole, Vendor, Member), strict=True):
        row = model.objects.last()
        for page in ("change", "history"):
            assert admin.admin.get(f"/admin/{path}/{row.pk}/{page}/").status_code == 200, (path, page)


def test_a_rival_finds_no_page_of_another_vendor(owner: Person, member: Person, rival: Person) -> None:
    mine = Member.objects.get(user=member.user)
    for address in (
        f"vendors/vendor/{owner.vendor.pk}/change/", f"vendors/vendor/{owner.vendor.pk}/history/",
        f"vendors/vendor/{owner.vendor.pk}/verb/add_member/", f"vendors/member/{mine.pk}/verb/remove/",
    ):  # fmt: skip
        assert rival.admin.get(f"/admin/{address}").status_code in (302, 403, 404)
    assert "Omar" not in rival.admin.get("/admin/vendors/vendor/").content.decode()


def test_a_moderator_verifies_and_suspends_by_dialog(moderator: Person) -> None:
    vendor = make_vendor(status="pending")
    address = f"/admin/vendors/vendor/{vendor.pk}/verb"
    assert moderator.admin.get(f"{address}/verify/").status_code == 200
    assert Vendor.objects.get(pk=vendor.pk).status == "pending"
    moderator.admin.post(f"{address}/verify/", {"_asked": "True", "_version": "1"})
    assert Vendor.objects.get(pk=vendor.pk).status == "verified"
    assert "off the storefront" in moderator.admin.get(f"{address}/suspend/").content.decode()
    moderator.admin.post(f"{address}/suspend/", {"_asked": "True", "_version": "2", "reason": "Goods did not arrive."})
    assert Vendor.objects.get(pk=vendor.pk).judgement == "Goods did not arrive."


def test_the_dialog_of_grants_starts_with_those_that_are_held_and_changes_them(owner: Person, member: Person) -> None:
    mine = Member.objects.get(user=member.user)
    address = f"/admin/vendors/member/{mine.pk}/verb/change_grants/"
    assert owner.admin.get(address).context["form"].initial["grants"] == ["edit_listings"]
    owner.admin.post(address, {"_asked": "True", "_version": "1", "grants": ["edit_vendor", "view_contacts"]})
    mine.refresh_from_db()
    assert mine.grants == ["edit_vendor", "view_contacts"]


def test_a_super_admin_edits_a_role_with_boxes_to_tick(admin: Person, moderator: Person) -> None:
    role = Role.objects.get(name="moderator")
    address = f"/admin/accounts/role/{role.pk}/change/"
    page = admin.admin.get(address).content.decode()
    assert page.count('type="checkbox" name="grants"') == len(EVERYTHING)
    body = {"label": "Moderators", "description": "", "grants": ["view_audit"], "_version": "1"}
    assert admin.admin.post(address, body).status_code == 302
    assert moderator.actor("operations").grants == {"view_audit"}
    assert moderator.admin.get("/admin/accounts/user/").status_code == 403


def test_a_person_who_is_deactivated_is_out_of_the_admin_at_the_next_click(admin: Person, moderator: Person) -> None:
    assert moderator.admin.get("/admin/vendors/vendor/").status_code == 200
    address = f"/admin/accounts/user/{moderator.user.pk}/verb/deactivate/"
    admin.admin.post(address, {"_asked": "True", "_version": "1", "reason": "Left the company."})
    assert not User.objects.get(pk=moderator.user.pk).is_active
    assert moderator.admin.get("/admin/vendors/vendor/").status_code == 302


def test_no_page_shows_a_password(admin: Person, customer: Person) -> None:
    for page in ("change", "history"):
        assert "pbkdf2" not in admin.admin.get(f"/admin/accounts/user/{customer.user.pk}/{page}/").content.decode()
