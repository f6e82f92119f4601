"""Vendors: opened, judged, suspended and reopened; who sees which."""

import pytest

from core.audiences import OPERATIONS, STOREFRONT, VENDOR
from core.errors import Denied, Invalid, Missing, WrongState
from core.models import Audit
from core.resources import operations
from core.rules import Actor, scope
from marketplace.cast import Person
from marketplace.vendors import actions, effects
from marketplace.vendors.errors import TooManyVendors
from marketplace.vendors.models import Member, Vendor
from marketplace.vendors.queries import free_slug
from marketplace.vendors.resources import Vendors
from marketplace.vendors.states import VENDOR as MOVES
from marketplace.vendors.tests.factories import make_vendor

pytestmark = pytest.mark.django_db
REASON = "The numbers no longer answer."


def test_opening_makes_a_waiting_vendor_and_its_owner_and_both_are_audited(customer: Person) -> None:
    vendor = operations.create(Vendors, {"name": "Cleo's Bikes", "phone": "0712 345 678"}, by=customer.actor(VENDOR))
    assert (vendor.status, vendor.slug, vendor.phone, vendor.currency, vendor.country) == (
        "pending",
        "cleos-bikes",
        "+254712345678",
        "KES",
        "KE",
    )
    member = Member.objects.get(vendor=vendor)
    assert (member.user, member.is_owner) == (customer.user, True)
    made = Audit.objects.filter(verb="open_vendor").values_list("model", "actor_id").order_by("id")
    assert list(made) == [("vendors.vendor", customer.user.pk), ("vendors.member", customer.user.pk)]
    assert customer.actor(VENDOR).tenants_where("edit_listings") == {vendor.pk}


def test_nobody_opens_a_vendor_without_an_account_or_for_another(customer: Person, rival: Person) -> None:
    with pytest.raises(Denied):
        operations.create(Vendors, {"name": "Ghost"}, by=Actor.anonymous.narrowed_to(VENDOR))
    with pytest.raises(Denied):
        actions.open_vendor(customer.user.pk, by=rival.actor(VENDOR), name="Trap")
    assert Vendor.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"currency": "XXQ"}, "/currency"), ({"country": "Kenya"}, "/country"), ({"phone": "1"}, "/phone"), ({"name": " "}, "/name"),
        ({"latitude": 1.0}, ""), ({"latitude": 91.0, "longitude": 0.0}, "/latitude"),
    ],
)  # fmt: skip
def test_what_is_not_valid_opens_nothing(values: dict[str, object], pointer: str, customer: Person) -> None:
    with pytest.raises(Invalid) as refused:
        operations.create(Vendors, {"name": "Cleo's", **values}, by=customer.actor(VENDOR))
    assert pointer in {each.pointer for each in refused.value.errors}
    assert (Vendor.objects.count(), Member.objects.count()) == (0, 0)


def test_one_person_opens_so_many_vendors_and_no_more(customer: Person) -> None:
    for number in range(actions.MOST_OWNED):
        make_vendor(owner=customer.user, name=f"Shop of Cleo {number}")
    with pytest.raises(TooManyVendors):
        actions.open_vendor(customer.user.pk, by=customer.actor(VENDOR), name="One too many")


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Café Über", "cafe-uber"), ("2026", "vendor-2026"), ("فروشگاه", "vendor"), ("Bulk", "vendor-bulk")],
)
def test_a_slug_always_contains_a_letter_and_is_no_word_of_ours(name: str, slug: str) -> None:
    assert free_slug(name) == slug


def test_two_vendors_of_one_name_have_two_slugs() -> None:
    first, second = make_vendor(name="Mango"), make_vendor(name="Mango")
    assert first.slug == "mango"
    assert second.slug.startswith("mango-")


def test_the_moves_are_these_and_no_others() -> None:
    assert {(source, verb): MOVES.target(source, verb) for source in MOVES.states for verb in MOVES.verbs_from(source)} == {
        ("pending", "verify"): "verified", ("pending", "reject"): "rejected", ("rejected", "submit"): "pending",
        ("verified", "suspend"): "suspended", ("suspended", "reopen"): "verified",
    }  # fmt: skip


def test_a_vendor_is_rejected_with_a_reason_submits_again_and_is_verified(owner: Person, moderator: Person) -> None:
    vendor, by = make_vendor(owner=owner.user, status="pending"), moderator.actor(OPERATIONS)
    since = vendor.status_since
    assert actions.reject(vendor.pk, by=by, reason=REASON).judgement == REASON
    assert actions.submit(vendor.pk, by=owner.actor(VENDOR)).judgement == ""
    done = actions.verify(vendor.pk, by=by)
    assert (done.status, done.version) == ("verified", 4)
    assert done.status_since > since
    entry = Audit.objects.get(verb="reject")
    assert (entry.state_from, entry.state_to, entry.reason, entry.actor_id) == (
        "pending",
        "rejected",
        REASON,
        moderator.user.pk,
    )


def test_suspending_hides_a_vendor_and_reopening_shows_it_again(
    owner: Person, nobody: Person, moderator: Person
) -> None:
    by = moderator.actor(OPERATIONS)
    assert owner.vendor in scope(nobody.actor(), Vendor)
    actions.suspend(owner.vendor.pk, by=by, reason=REASON)
    assert owner.vendor not in scope(nobody.actor(), Vendor)
    assert owner.vendor in scope(owner.actor(VENDOR), Vendor)
    assert Vendor.objects.get(pk=owner.vendor.pk).judgement == REASON
    actions.reopen(owner.vendor.pk, by=by, reason="They answer again.")
    assert owner.vendor in scope(nobody.actor(), Vendor)


@pytest.mark.parametrize(
    ("status", "verb"), [("verified", "verify"), ("verified", "reject"), ("pending", "suspend"), ("verified", "reopen")]
)
def test_a_verb_out_of_turn_is_refused_and_nothing_changes(status: str, verb: str, moderator: Person) -> None:
    vendor = make_vendor(status=status)
    inputs = {} if verb == "verify" else {"reason": REASON}
    with pytest.raises(WrongState):
        getattr(actions, verb)(vendor.pk, by=moderator.actor(OPERATIONS), **inputs)
    assert (Vendor.objects.get(pk=vendor.pk).status, Audit.objects.filter(verb=verb).count()) == (status, 0)


@pytest.mark.parametrize("verb", ["verify", "reject", "suspend", "reopen"])
def test_vendors_judge_nobody_and_finance_only_looks(
    verb: str, owner: Person, rival: Person, finance: Person, customer: Person
) -> None:
    inputs = {} if verb == "verify" else {"reason": REASON}
    for person, audience, kind in (
        (owner, VENDOR, Denied), (rival, VENDOR, Missing), (rival, STOREFRONT, Denied), (finance, OPERATIONS, Denied),
        (customer, OPERATIONS, Missing),
    ):  # fmt: skip
        with pytest.raises(kind):
            getattr(actions, verb)(owner.vendor.pk, by=person.actor(audience), **inputs)


def test_many_are_verified_at_once_as_singly(moderator: Person) -> None:
    waiting = [make_vendor(status="pending") for _ in range(3)]
    there = make_vendor()
    outcomes = actions.verify.many([each.pk for each in [*waiting, there]], by=moderator.actor(OPERATIONS))
    assert [each.code for each in outcomes] == ["done", "done", "done", "wrong_state"]
    assert Vendor.objects.filter(status="verified").count() == 4
    assert Audit.objects.filter(verb="verify").count() == 3


def test_the_dialog_of_suspending_says_what_the_domains_above_know(
    owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "_suspending", [])
    assert effects.of_suspending(owner.vendor) == "Suspending Omar's Shop takes it off the storefront."
    effects.suspending(lambda vendor: "hides 38 listings")
    effects.suspending(lambda vendor: "")
    effects.suspending(lambda vendor: "ends 2 boosts")
    assert effects.of_suspending(owner.vendor) == "Suspending Omar's Shop hides 38 listings and ends 2 boosts."


def test_each_audience_sees_its_vendors(
    owner: Person, member: Person, rival: Person, moderator: Person, nobody: Person, customer: Person
) -> None:
    hidden = make_vendor(status="pending")
    seen = {
        "nobody": scope(nobody.actor(), Vendor).count(),
        "moderator buying": scope(moderator.actor(STOREFRONT), Vendor).count(),
        "owner": list(scope(owner.actor(VENDOR), Vendor)),
        "member": list(scope(member.actor(VENDOR), Vendor)),
        "customer": scope(customer.actor(VENDOR), Vendor).count(),
        "moderator": scope(moderator.actor(OPERATIONS), Vendor).count(),
        "customer in operations": scope(customer.actor(OPERATIONS), Vendor).count(),
    }
    assert seen == {
        "nobody": 2, "moderator buying": 2, "owner": [owner.vendor], "member": [owner.vendor], "customer": 0, "moderator": 3,
        "customer in operations": 0,
    }  # fmt: skip
    assert hidden not in scope(rival.actor(VENDOR), Vendor)


def test_a_profile_is_changed_by_who_was_granted_it(owner: Person, member: Person, rival: Person) -> None:
    assert operations.update(owner.vendor, {"city": "Kisumu"}, by=owner.actor(VENDOR), version=1).city == "Kisumu"
    with pytest.raises(Denied):
        operations.update(owner.vendor, {"city": "Mombasa"}, by=member.actor(VENDOR), version=2)
    with pytest.raises(Missing):
        operations.update(owner.vendor, {"city": "Mombasa"}, by=rival.actor(VENDOR), version=2)
    with pytest.raises(Invalid):
        operations.update(owner.vendor, {"status": "verified"}, by=owner.actor(VENDOR), version=2)
    with pytest.raises(Invalid):
        operations.update(owner.vendor, {"currency": "UGX"}, by=owner.actor(VENDOR), version=2)
    assert Vendor.objects.get(pk=owner.vendor.pk).city == "Kisumu"
