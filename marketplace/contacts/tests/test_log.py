"""The contact log in the admin: a chart above, classes with their rule, each vendor's own only, and never who the visitor was."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from marketplace.catalog.tests.factories import category
from marketplace.contacts.classes import Rule
from marketplace.contacts.tests.factories import click, member, shop, shown

pytestmark = pytest.mark.django_db
LOG = "/admin/contacts/contactclick/"


def test_a_vendor_s_log_has_its_own_clicks_with_chart_and_rules(client: Client) -> None:
    mine, foreign = shown(title="My bicycle"), shown(title="Their bicycle")
    kept = click(mine, channel="whatsapp")
    click(foreign)
    client.force_login(member(mine.vendor, "view_contacts"))
    text = client.get(LOG).content.decode()
    assert "My bicycle" in text
    assert "Their bicycle" not in text
    assert "Valid contacts per day" in text
    assert f'title="{Rule.PERSON.label}"'.replace("'", "&#x27;") in text
    assert kept.visitor not in text
    one = client.get(f"{LOG}{kept.pk}/change/").content.decode()
    assert kept.visitor not in one


def test_a_member_without_the_grant_has_no_log(client: Client) -> None:
    mine = shown()
    click(mine)
    client.force_login(member(mine.vendor, "edit_listings"))
    assert client.get(LOG).status_code == 403


def test_the_log_takes_as_many_queries_for_one_row_as_for_thirty(client: Client) -> None:
    vendor = shop()
    listing = shown(vendor)
    click(listing)
    client.force_login(member(vendor, "view_contacts"))
    client.get(LOG)

    def spent() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(LOG).status_code == 200
        return len(queries)

    one = spent()
    for _each in range(30):
        click(shown(vendor, category=listing.category), at=timezone.now())
    assert spent() == one


def test_the_log_is_filtered_by_category_and_by_days(client: Client) -> None:
    above = category(name="Vehicles", slug="vehicles")
    vendor = shop()
    car = shown(vendor, category=category(name="Cars", slug="cars", parent=above), title="A car")
    click(car, at=datetime(2026, 3, 1, 23, 59, 30, tzinfo=UTC))
    click(shown(vendor, title="A cup"), at=datetime(2026, 3, 2, tzinfo=UTC))
    client.force_login(member(vendor, "view_contacts"))

    def found(query: str) -> set[str]:
        return {each.listing.title for each in client.get(f"{LOG}?{query}").context["cl"].result_list}

    assert found("") == {"A car", "A cup"}
    assert found(f"category={above.pk}") == {"A car"}
    assert found("at_max=2026-03-01") == {"A car"}
    assert found("at_min=2026-03-02") == {"A cup"}
    assert found("at_min=2026-03-01&at_max=2026-03-02") == {"A car", "A cup"}
    assert f'<option value="{car.category_id}">— Cars</option>' in client.get(LOG).content.decode()
