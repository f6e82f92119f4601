"""The contact log in the admin: a chart above, classes with their rule, each vendor's own only, and never who the visitor was."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

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
