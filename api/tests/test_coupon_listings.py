"""For which listings a coupon is: said by its vendor, of its vendor's goods."""

import pytest

from marketplace.cast import Goods, Person
from marketplace.coupons.models import CouponListing
from marketplace.coupons.tests.factories import coupon

pytestmark = pytest.mark.django_db


def test_what_is_missing_is_refused_at_its_field_and_nothing_is_kept(owner: Person, goods: Goods) -> None:
    own = coupon("OWN-TEN", vendor=owner.vendor, borne_by="vendor")
    api, listing = owner.api("vendor"), goods.mug.listing_id
    for body, at in (
        ({"coupon_id": 10**9, "listing_id": listing}, "/coupon_id"),
        ({"coupon_id": own.pk, "listing_id": 10**9}, "/listing_id"),
        ({"coupon_id": own.pk, "listing_id": goods.lamp.listing_id}, "/listing_id"),
    ):
        answer = api.post("/coupon-listings", body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, at), answer.content
    assert not CouponListing.objects.exists()
    assert api.post("/coupon-listings", {"coupon_id": own.pk, "listing_id": listing}).status_code == 201


def test_a_rival_says_nothing_of_a_foreign_coupon(rival: Person, owner: Person, goods: Goods) -> None:
    own = coupon("OWN-TEN", vendor=owner.vendor, borne_by="vendor")
    answer = rival.api("vendor").post("/coupon-listings", {"coupon_id": own.pk, "listing_id": goods.lamp.listing_id})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/coupon_id")
    assert not CouponListing.objects.exists()
