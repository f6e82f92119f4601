"""Listings in the admin: forms that lose nothing, dialogs that act by POST only, history, lists that cost the same."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.admin.site import site
from core.jobs import running
from core.jobs.models import Job
from core.models import Audit
from core.money import Money
from core.resources.registry import resources
from marketplace.accounts.actions import deactivate
from marketplace.accounts.tests.factories import PASSWORD
from marketplace.cast import Person
from marketplace.catalog.models import Category, Listing
from marketplace.catalog.tests.factories import cars, listing

pytestmark = pytest.mark.django_db
LIST = "/admin/catalog/listing/"


@pytest.fixture
def shelf() -> Category:
    return cars()


@pytest.fixture
def vitz(owner: Person, shelf: Category) -> Listing:
    return listing(
        vendor=owner.vendor, category=shelf, status="draft", title="Vitz", attributes={"make": "toyota", "year": 2012}
    )


def form_of(person: Person, row: Listing) -> dict[str, Any]:
    """What a browser would send back, untouched."""
    form = person.admin.get(f"{LIST}{row.pk}/change/").context["adminform"].form
    sent: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if bound.name == "price":
            value = bound.field.widget.decompress(value)
            sent |= {"price_amount": value[0], "price_currency": value[1]}
        elif value is not None:
            sent[bound.name] = value
    return sent


def sentences(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_form_changes_only_what_was_changed_and_says_who_did(owner: Person, vitz: Listing) -> None:
    sent = form_of(owner, vitz) | {"title": "Toyota Vitz", "price_amount": "950,000.50", "price_currency": "KES"}
    assert owner.admin.post(f"{LIST}{vitz.pk}/change/", sent).status_code == 302
    vitz.refresh_from_db()
    assert (vitz.title, vitz.price, vitz.attributes) == (
        "Toyota Vitz",
        Money(95000050, "KES"),
        {"make": "toyota", "year": 2012},
    )
    entry = Audit.objects.get(model="catalog.listing", object_id=vitz.pk, verb="change")
    assert entry.actor_id == owner.user.pk
    assert {"title", "price_minor"} <= set(entry.diff)


def test_a_stale_form_is_told_so_and_keeps_what_was_entered(owner: Person, member: Person, vitz: Listing) -> None:
    mine = form_of(owner, vitz) | {"title": "Mine"}
    member.admin.post(f"{LIST}{vitz.pk}/change/", form_of(member, vitz) | {"title": "Theirs"})
    answer = owner.admin.post(f"{LIST}{vitz.pk}/change/", mine)
    assert answer.status_code == 200
    assert "Somebody else changed this" in sentences(answer)
    assert 'value="Mine"' in sentences(answer)
    assert Listing.objects.get(pk=vitz.pk).title == "Theirs"
    again = mine | {"_version": str(Listing.objects.get(pk=vitz.pk).version)}
    owner.admin.post(f"{LIST}{vitz.pk}/change/", again)
    assert Listing.objects.get(pk=vitz.pk).title == "Mine"


def test_a_refusal_is_a_sentence_at_its_field_and_nothing_is_kept(owner: Person, vitz: Listing) -> None:
    listing(vendor=owner.vendor, category=vitz.category, reference="R-1")
    answer = owner.admin.post(
        f"{LIST}{vitz.pk}/change/", form_of(owner, vitz) | {"title": "", "reference": "R-1", "price_amount": "1.234"}
    )
    form = answer.context["adminform"].form
    assert set(form.errors) == {"title", "price"}
    assert form.errors["price"] == ["KES has 2 decimals."]
    answer = owner.admin.post(f"{LIST}{vitz.pk}/change/", form_of(owner, vitz) | {"title": "Other", "reference": "R-1"})
    assert "Another of your listings has this reference." in sentences(answer)
    assert Listing.objects.get(pk=vitz.pk).title == "Vitz"


def test_an_attribute_out_of_bounds_is_refused_at_its_own_field(owner: Person, vitz: Listing) -> None:
    answer = owner.admin.post(f"{LIST}{vitz.pk}/change/", form_of(owner, vitz) | {"attr__year": "1800"})
    assert "attr__year" in answer.context["adminform"].form.errors
    owner.admin.post(f"{LIST}{vitz.pk}/change/", form_of(owner, vitz) | {"attr__year": "2015", "attr__make": "mazda"})
    assert Listing.objects.get(pk=vitz.pk).attributes == {"make": "mazda", "year": 2015}


def test_adding_asks_for_the_category_and_then_for_its_attributes(owner: Person, shelf: Category) -> None:
    first = owner.admin.get(f"{LIST}add/")
    assert "attr__year" not in sentences(first)
    assert "Continue" in sentences(first)
    second = owner.admin.get(f"{LIST}add/?category={shelf.pk}")
    assert "attr__year" in second.context["adminform"].form.fields
    assert second.context["adminform"].form["vendor"].value() == owner.vendor.pk  # of one vendor: chosen already
    assert "attr__risk" not in second.context["adminform"].form.fields  # staff's own
    sent = {
        "category": shelf.pk,
        "title": "Demio",
        "modes": ["contact"],
        "price_amount": "5000",
        "price_currency": "KES",
        "attr__year": "2011",
        "attr__make": "mazda",
    }
    assert owner.admin.post(f"{LIST}add/?category={shelf.pk}", sent).status_code == 302
    made = Listing.objects.get(title="Demio")
    assert (made.vendor, made.attributes, made.status) == (owner.vendor, {"year": 2011, "make": "mazda"}, "draft")


def test_no_address_of_a_verb_acts_on_get(moderator: Person, owner: Person, vitz: Listing) -> None:
    for person in (moderator, owner):
        for resource in resources():
            for row in resource.model._default_manager.all()[:2]:
                for verb in resource.verbs:
                    name = f"{resource.model._meta.app_label}/{resource.model._meta.model_name}"
                    before = (Audit.objects.count(), Listing.objects.values_list("status", "version").get(pk=vitz.pk))
                    answer = person.admin.get(f"/admin/{name}/{row.pk}/verb/{verb.name}/")
                    assert answer.status_code in (200, 403, 404)
                    assert (
                        Audit.objects.count(),
                        Listing.objects.values_list("status", "version").get(pk=vitz.pk),
                    ) == before


def test_a_moderator_rejects_by_dialog_with_a_reason(moderator: Person, owner: Person, shelf: Category) -> None:
    waiting = listing(vendor=owner.vendor, category=shelf, status="pending", title="Judge me")
    address = f"{LIST}{waiting.pk}/verb/reject/"
    assert "The price is not the real price." in sentences(moderator.admin.get(address))
    refused = moderator.admin.post(
        address, {"_asked": "True", "_version": waiting.version, "reason": "x"}, headers={"HX-Request": "true"}
    )
    assert refused.status_code == 200
    assert Listing.objects.get(pk=waiting.pk).status == "pending"
    done = moderator.admin.post(
        address,
        {"_asked": "True", "_version": waiting.version, "reason": "Too dear by far."},
        headers={"HX-Request": "true"},
    )
    assert done.headers["HX-Redirect"] == f"{LIST}{waiting.pk}/change/"
    assert Listing.objects.get(pk=waiting.pk).status == "rejected"
    again = moderator.admin.get(address)
    assert "This is rejected now" in sentences(again)


def test_bulk_tells_what_was_done_and_what_was_refused(moderator: Person, owner: Person, shelf: Category) -> None:
    waiting = [listing(vendor=owner.vendor, category=shelf, status="pending") for _n in range(3)]
    draft = listing(vendor=owner.vendor, category=shelf, status="draft")
    ticked = {"action": "approve", "_selected_action": [each.pk for each in (*waiting, draft)]}
    asked = moderator.admin.post(LIST, ticked)
    assert "Approve: 4 listings" in sentences(asked)
    assert set(Listing.objects.values_list("status", flat=True)) == {"pending", "draft"}
    said = sentences(moderator.admin.post(LIST, ticked | {"_asked": "True"}, follow=True))
    assert "Approve: 3 done." in said
    assert "1 refused: This is draft, so it cannot approve." in said


def test_bulk_on_all_that_a_list_shows_keeps_the_filter_and_runs_as_a_job(
    moderator: Person, owner: Person, shelf: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.resources.admin.verbs.AT_ONCE", 2)
    for _n in range(3):
        listing(vendor=owner.vendor, category=shelf, status="pending")
    other = listing(vendor=owner.vendor, category=shelf, status="paused")
    ticked = {"action": "approve", "select_across": "1", "_asked": "True", "_selected_action": [other.pk]}
    answer = moderator.admin.post(f"{LIST}?status=pending", ticked)
    job = Job.objects.get()
    assert (job.params["query"], job.params["pks"]) == ("status=pending", [])
    assert answer.headers["Location"] == f"/admin/jobs/job/{job.pk}/change/"
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.done_count, job.failed_count) == ("done", 3, 0)
    assert sorted(Listing.objects.values_list("status", flat=True)) == ["approved", "approved", "approved", "paused"]
    assert "3</b> done of 3" in sentences(moderator.admin.get(answer.headers["Location"]))


def test_history_hides_staff_and_their_notes_from_vendors(owner: Person, moderator: Person, vitz: Listing) -> None:
    moderator.admin.post(
        f"{LIST}{vitz.pk}/change/", form_of(moderator, vitz) | {"title": "Vitz 2012", "staff_note": "Watch this one."}
    )
    staff, theirs = (
        sentences(moderator.admin.get(f"{LIST}{vitz.pk}/history/")),
        sentences(owner.admin.get(f"{LIST}{vitz.pk}/history/")),
    )
    assert "Moses Moderator" in staff
    assert "Watch this one." in staff
    assert "Moses" not in theirs
    assert "Watch this one." not in theirs
    assert "Soko staff" in theirs
    assert '<td class="soko-before">Vitz</td><td class="soko-after">Vitz 2012</td>' in theirs


def test_history_shows_vendors_no_attribute_that_is_staff_s_alone(
    owner: Person, moderator: Person, vitz: Listing
) -> None:
    moderator.admin.post(f"{LIST}{vitz.pk}/change/", form_of(moderator, vitz) | {"attr__risk": "9"})
    assert Listing.objects.get(pk=vitz.pk).attributes["risk"] == 9
    entry = Audit.objects.get(model="catalog.listing", object_id=vitz.pk, verb="change")
    assert "Risk" in sentences(moderator.admin.get(f"{LIST}{vitz.pk}/history/")).title()
    assert "risk" not in sentences(owner.admin.get(f"{LIST}{vitz.pk}/history/"))
    assert owner.admin.get(f"{LIST}{vitz.pk}/history/{entry.pk}/").status_code == 404
    owner.admin.post(f"{LIST}{vitz.pk}/change/", form_of(owner, vitz) | {"attr__year": "2015"})
    last = Audit.objects.filter(model="catalog.listing", object_id=vitz.pk, verb="change").latest("pk")
    assert "risk" not in sentences(owner.admin.get(f"{LIST}{vitz.pk}/history/"))
    back = owner.admin.post(
        f"{LIST}{vitz.pk}/history/{last.pk}/", {"_asked": "True", "_version": Listing.objects.get(pk=vitz.pk).version}
    )
    assert back.status_code == 302
    assert Listing.objects.get(pk=vitz.pk).attributes["risk"] == 9, "what they do not see stays"


def test_going_back_is_a_change_like_any_other(owner: Person, rival: Person, vitz: Listing) -> None:
    owner.admin.post(f"{LIST}{vitz.pk}/change/", form_of(owner, vitz) | {"title": "Wrong"})
    entry = Audit.objects.get(model="catalog.listing", object_id=vitz.pk, verb="change")
    address = f"{LIST}{vitz.pk}/history/{entry.pk}/"
    assert rival.admin.post(address, {"_asked": "True", "_version": "2"}).status_code == 404
    assert owner.admin.get(address).status_code == 200
    assert Listing.objects.get(pk=vitz.pk).title == "Wrong"
    owner.admin.post(address, {"_asked": "True", "_version": Listing.objects.get(pk=vitz.pk).version})
    assert Listing.objects.get(pk=vitz.pk).title == "Vitz"
    assert Audit.objects.filter(object_id=vitz.pk, verb="change").count() == 2


def test_a_list_costs_the_same_for_one_row_and_for_fifty(moderator: Person, owner: Person, shelf: Category) -> None:
    def cost(person: Person) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert person.admin.get(LIST).status_code == 200
        return len(queries)

    listing(vendor=owner.vendor, category=shelf, status="pending")
    for person in (moderator, owner):
        cost(person)  # whatever is kept for the next time
    one = [cost(moderator), cost(owner)]
    for number in range(49):
        listing(vendor=owner.vendor, category=shelf, status=("pending", "approved", "draft")[number % 3])
    assert [cost(moderator), cost(owner)] == one


def test_a_filter_that_is_not_declared_is_refused_by_the_list(moderator: Person, vitz: Listing) -> None:
    assert moderator.admin.get(f"{LIST}?status=draft").status_code == 200
    assert moderator.admin.get(f"{LIST}?staff_note__contains=a").status_code == 400


def test_each_resource_has_its_pages(admin: Person, vitz: Listing) -> None:
    for model, each in site._registry.items():
        name = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        if not each.resource.serves(admin.actor("operations").audience):
            continue
        assert admin.admin.get(name).status_code == 200, name
        row = each.get_queryset(admin.admin.get(name).wsgi_request).first()
        if row is not None:
            assert admin.admin.get(f"{name}{row.pk}/change/").status_code == 200, name


@pytest.mark.parametrize("who", ["customer"])
def test_who_has_no_desk_here_is_told_so_and_a_wrong_password_is_not(who: str, request: pytest.FixtureRequest) -> None:
    person: Person = request.getfixturevalue(who)
    assert person.user is not None
    sent = {"username": person.user.email, "password": PASSWORD}
    answer = Client().post("/admin/login/", sent)
    assert "nothing waits for this account here" in sentences(answer)
    assert "nothing waits" not in sentences(Client().post("/admin/login/", sent | {"password": "wrong"}))
    assert "_auth_user_id" not in answer.wsgi_request.session


def test_only_a_closed_account_is_offered_to_be_opened_again(support: Person, customer: Person) -> None:
    def offered() -> set[str]:
        rows = support.admin.get("/admin/accounts/user/").context["cl"].result_list
        row = next(each for each in rows if each == customer.user)
        return {each.name for each in (*row.buttons_first, *row.buttons_more)} & {"deactivate", "reactivate"}

    assert offered() == {"deactivate"}
    deactivate(customer.user, by=support.actor("operations"), reason="Sent the same words to forty vendors.")
    assert offered() == {"reactivate"}
