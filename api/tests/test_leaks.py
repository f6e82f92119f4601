"""The leak matrix of the admin: every door tried by each role for what is not theirs; and that the matrix would notice."""

from typing import Any

import pytest
from django.db.models import Q

from api.tests.market import arrange
from core.admin.actors import actor_of_user
from core.admin.site import site
from core.resources.leaks import assert_no_leaks, canaries_not_of
from core.rules import Policy, Rows
from core.testing.sizes import IS_WHOLE
from marketplace.cast import Person
from marketplace.catalog.models import Listing

pytestmark = pytest.mark.django_db
#: A member who only edits listings reads nothing that buyers said.
SEEN_BY = {"owner": ("owner", "ownersales"), "member": ("owner",)}
OF_VENDORS = ("owner", "rival", "staff")
OF_ORDERS = ("ownersales", "rivalsales", "market")
#: So many rows of each kind, of one's own and of others': a sample in `make test`, more of them in `make storm`.
FEW = 2 if IS_WHOLE else 1


@pytest.fixture(autouse=True)
def _market(owner: Person, rival: Person, moderator: Person) -> None:
    site.build()
    arrange(owner, rival, moderator)


def probe(person: Person, *owners: str) -> int:
    return assert_no_leaks(person.admin, actor_of_user(person.user), site, secrets=canaries_not_of(*owners), few=FEW)


@pytest.mark.once  # thousands of pages, by rules that know no database
@pytest.mark.parametrize("role", ["owner", pytest.param("member", marks=pytest.mark.whole)])
def test_no_door_of_the_admin_shows_or_changes_what_is_not_theirs(role: str, request: pytest.FixtureRequest) -> None:
    assert probe(request.getfixturevalue(role), *SEEN_BY[role]) > 400


@pytest.mark.once
@pytest.mark.parametrize(
    ("role", "owners"),
    [
        ("courier", ()),
        pytest.param("moderator", OF_VENDORS, marks=pytest.mark.whole),
        pytest.param("finance", OF_VENDORS + OF_ORDERS, marks=pytest.mark.whole),
    ],
)
def test_people_of_operations_see_what_their_grants_give_and_every_door_answers(
    role: str, owners: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    assert probe(request.getfixturevalue(role), *owners) > 200


def test_the_matrix_notices_one_scope_that_is_gone(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    held: Any = Listing.policy
    everything = Rows(
        view=lambda _actor: Q(), create=held.vendor.create, change=held.vendor.change, verbs=held.vendor.verbs
    )
    honest = actor_of_user(owner.user)
    monkeypatch.setattr(
        Listing, "policy", Policy(storefront=held.storefront, vendor=everything, operations=held.operations)
    )
    with pytest.raises(AssertionError, match="leaked"):
        assert_no_leaks(owner.admin, honest, site, secrets=canaries_not_of("owner", "ownersales"), only=(Listing,))
