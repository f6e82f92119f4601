"""The plan of what becomes of listings, and of who clicks on them."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from marketplace.catalog.states import LISTING
from marketplace.contacts.classes import REPEAT_WITHIN, Klass
from marketplace.demo import stories, visits
from marketplace.demo.agenda import Agenda

NOW = datetime(2026, 6, 17, 10, 30, tzinfo=UTC)
ENDS = {
    "pending": "pending",
    "changes_requested": "changes_requested",
    "rejected": "rejected",
    "draft": "draft",
    "paused": "paused",
    "archived": "archived",
    "expired": "expired",
    "renewed": "approved",
    "fresh": "approved",
    "came_back": "approved",
    "approved": "approved",
}


@pytest.mark.parametrize("fate", sorted(ENDS))
def test_each_story_goes_by_legal_moves_through_the_past_to_its_end(fate: str) -> None:
    for turn in range(40):
        dice = Random(turn)
        since = stories.long_ago(NOW, dice) if fate in ("expired", "renewed") else NOW - timedelta(days=3 + turn)
        told = stories.story(fate, since, NOW, dice)
        state, moments = "draft", [told.entered_at, *(step.at for step in told.steps)]
        for step in told.steps:
            state = LISTING.target(state, step.verb) or f"no {step.verb} from {state}"

        assert state == ENDS[fate]
        assert moments == sorted(moments)
        assert moments[-1] < NOW


def test_who_judges_gives_a_reason_unless_it_is_yes() -> None:
    steps = [step for fate in ENDS for step in stories.story(fate, NOW - timedelta(days=9), NOW, Random(1)).steps]

    assert {step.verb for step in steps if step.reason} == {"request_changes", "reject"}
    assert {step.verb for step in steps if step.who == "staff"} == {"approve", "request_changes", "reject"}


def test_fates_are_shared_out_the_same_way_each_time() -> None:
    found = stories.fates(1_000, Random(3))

    assert found == stories.fates(1_000, Random(3))
    assert Counter(found) == dict(stories.SHARES) | {"approved": 1_000 - sum(share for _fate, share in stories.SHARES)}


def test_vendors_sit_down_within_the_season_and_in_working_hours() -> None:
    found = stories.visits_of(NOW - timedelta(days=150), NOW, 120, Random(5))

    assert len(found) == 7
    assert found[-1].date() == (NOW - timedelta(days=2)).date()
    assert all(NOW - timedelta(days=100) < each < NOW and 5 <= each.hour < 16 for each in found)


def test_the_agenda_is_played_in_the_order_of_time_also_what_is_added_on_the_way() -> None:
    agenda, heard = Agenda(), []
    agenda.put(NOW, lambda _at: heard.append("now"))
    agenda.put(
        NOW - timedelta(days=2), lambda at: agenda.put(at + timedelta(days=1), lambda _at: heard.append("yesterday"))
    )

    assert agenda.play() == 3
    assert heard == ["yesterday", "now"]


def windows(count: int = 30) -> list[visits.Window]:
    return [
        visits.Window(key, key % 4, "Nairobi", NOW - timedelta(days=80), NOW - timedelta(days=key))
        for key in range(count)
    ]


def test_clicks_come_in_order_of_every_class_and_only_while_a_listing_was_on_show() -> None:
    found = visits.clicks(windows(), now=NOW, dice=Random(2))
    until = {window.listing: window.until for window in windows()}

    assert [click.at for click in found] == sorted(click.at for click in found)
    assert {click.klass for click in found} == set(Klass)
    assert {click.channel for click in found} == {"call", "whatsapp"}
    valid = [click for click in found if click.klass == Klass.VALID]
    assert all(NOW - timedelta(days=80) < click.at < until[click.listing_id] for click in valid)
    assert max(click.at for click in found) < NOW


def test_a_repeat_follows_a_valid_click_of_the_same_visitor_on_the_same_listing_within_half_an_hour() -> None:
    found = visits.clicks(windows(), now=NOW, dice=Random(2))
    first = {(click.visitor, click.listing_id): click.at for click in found if click.klass == Klass.VALID}

    repeats = [click for click in found if click.klass == Klass.REPEAT]
    assert len(repeats) > 50
    assert all(timedelta(0) < click.at - first[click.visitor, click.listing_id] < REPEAT_WITHIN for click in repeats)


def test_the_week_has_its_rhythm_and_a_few_listings_draw_most_people() -> None:
    found = visits.clicks(windows(), now=NOW, dice=Random(2))
    days, hours = Counter(click.at.weekday() for click in found), Counter(click.at.hour for click in found)

    assert days[5] > days[0] > days[6]
    assert hours[17] > 3 * hours[2]
    ranked = [number for _listing, number in Counter(click.listing_id for click in found).most_common()]
    assert sum(ranked[:6]) > sum(ranked[6:]) // 2


def test_the_same_dice_give_the_same_clicks() -> None:
    def said(seed: int) -> list[tuple[object, ...]]:
        return [
            (click.listing_id, click.at, click.klass, click.visitor)
            for click in visits.clicks(windows(), now=NOW, dice=Random(seed))
        ]

    assert said(4) == said(4)
    assert said(4) != said(5)
