"""Seeding: the same market each time, and only where a demo is wanted."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.catalog.models import Listing
from marketplace.contacts.models import ContactClick
from marketplace.demo import market
from marketplace.demo.tests.factories import dot
from marketplace.moderation.models import Decision
from marketplace.orders.models import Order

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("profile", [{"DEMO": False, "EMBEDDED": True}, {"DEMO": True, "EMBEDDED": False}])
def test_it_is_refused_outside_the_demo(profile: dict[str, bool]) -> None:
    with override_settings(**profile), pytest.raises(CommandError, match="SOKO_DEMO=1"):
        call_command("seed_demo")

    assert not User.objects.exists()


@pytest.mark.once
@pytest.mark.whole
def test_two_seedings_of_one_moment_are_the_same_market(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("marketplace.demo.pictures.draw", dot)
    now = timezone.now()

    def told() -> tuple[object, ...]:
        with override_settings(MEDIA_ROOT=tmp_path), transaction.atomic():
            market.seed(now=now, password="karibu-to-the-market", every=25, workers=0)
            listings = [
                *Listing.objects.order_by("reference").values_list(
                    "reference", "title", "status", "created_at", "approved_at"
                )
            ]
            clicks = [*ContactClick.objects.order_by("pk").values_list("listing__reference", "at", "klass", "visitor")]
            decisions = [*Decision.objects.order_by("pk").values_list("verdict", "at", "by_name", "reason")]
            orders = [*Order.objects.order_by("placed_at").values_list("placed_at", "cached_state", "total_minor")]
            transaction.set_rollback(True)
        return listings, clicks, decisions, orders

    assert told() == told()
