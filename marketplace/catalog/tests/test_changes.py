"""Changes of definitions: their effect is told first, a job does them, stops, resumes and undoes them."""

from typing import Any

import pytest

from core.audiences import STOREFRONT
from core.errors import Conflict, Invalid
from core.jobs import running
from core.jobs.models import Job
from core.resources import document_filters, documents
from core.resources.definitions import Kind
from core.resources.operations import create, update
from core.rules import Actor
from marketplace.catalog import actions, shapes
from marketplace.catalog.errors import ChangeRuns, DefinitionBreaks
from marketplace.catalog.models import Attribute, Category, ChangedValue, DefinitionChange, Listing, Option
from marketplace.catalog.models.shelves import shelves
from marketplace.catalog.resources import DefinitionChanges, Listings
from marketplace.catalog.tests import factories

pytestmark = pytest.mark.django_db
BUYER = Actor(audience=STOREFRONT)


@pytest.fixture
def editor(admin: Any) -> Actor:
    """A person of operations who really is there: jobs read their starter's rights anew."""
    return admin.actor("operations")


@pytest.fixture
def park(cars: Category, acme: Any) -> list[Listing]:
    """Listings of all years and makes; the last has a feature list."""
    rows = [
        factories.listing(
            vendor=acme, category=cars, title=f"n{n}", status="approved", attributes={"make": make, "year": year}
        )
        for n, (make, year) in enumerate([("ford", 1950), ("ford", 1980), ("toyota", 1980), ("mazda", 2000)])
    ]
    rows.append(
        factories.listing(
            vendor=acme, category=cars, title="n4", attributes={"features": ["abs", "sunroof"], "engine": 1.6}
        )
    )
    return rows


def propose(editor: Actor, code: str, what: str, **values: Any) -> DefinitionChange:
    return create(DefinitionChanges, {"attribute": Attribute.objects.get(code=code), "what": what, **values}, by=editor)


def go(change: DefinitionChange, editor: Actor, *, undo: bool = False) -> Job:
    (actions.undo_change if undo else actions.apply_change)(change, by=editor)
    change.refresh_from_db()
    running.run(change.job_id)  # type: ignore[arg-type]
    change.refresh_from_db()
    found = Job.objects.get(pk=change.job_id)
    assert (found.status, found.fault) == ("done", "")
    return found


def held(code: str) -> list[Any]:
    return [each.attributes.get(code) for each in Listing.objects.order_by("pk")]


def found(**asked: str) -> set[str]:
    parameters = {name: text.split(",") for name, text in asked.items()}
    condition = document_filters.read_filters(Listings, parameters, BUYER, {"category": "cars"})
    return set(Listing.objects.filter(condition).values_list("title", flat=True))


def test_a_tighter_bound_is_refused_until_its_effect_was_seen_and_mapped(park: Any, editor: Actor) -> None:
    year = Attribute.objects.get(code="year")
    with pytest.raises(DefinitionBreaks, match=r"hold \(3\)") as refusal:
        update(year, {"minimum": 1990.0}, by=editor)
    assert refusal.value.facts["samples"] == "1980, 1950"
    assert Attribute.objects.get(code="year").minimum == 1950
    update(Attribute.objects.get(code="year"), {"minimum": 1900.0, "help": "As the papers say."}, by=editor)
    change = propose(editor, "year", "bounds", minimum=1990.0, maximum=2030.0)
    assert change.mapping == "1980 = 1990\n1950 = 1990"
    update(change, {"mapping": "1980 = 1991\n1950 = "}, by=editor)
    effect = shapes.effect(DefinitionChange.objects.get())
    assert effect is not None
    assert (effect["total"], effect["becomes"], effect["loses"]) == (4, 2, 1)
    assert [(each["value"], each["count"], each["becomes"]) for each in effect["samples"]] == [
        ("1980", 2, "1991"),
        ("1950", 1, ""),
    ]
    assert held("year") == [1950, 1980, 1980, 2000, None]
    job = go(DefinitionChange.objects.get(), editor)
    assert (job.done_count, job.failed_count) == (4, 0)
    assert held("year") == [None, 1991, 1991, 2000, None]
    assert found(year="1991") == {"n1", "n2"}
    assert shelves().definitions(park[0].category_id)[1].minimum == 1990
    go(DefinitionChange.objects.get(), editor, undo=True)
    assert held("year") == [1950, 1980, 1980, 2000, None]
    assert Attribute.objects.get(code="year").minimum == 1900
    assert DefinitionChange.objects.get().status == "undone"


def test_undoing_leaves_what_somebody_has_changed_since(park: Any, owner: Actor, editor: Actor) -> None:
    change = propose(editor, "year", "bounds", minimum=1990.0, maximum=2030.0)
    go(change, editor)
    update(Listing.objects.get(title="n1"), {"attributes": {"make": "ford", "year": 2001}}, by=Actor.system("test"))
    job = go(change, editor, undo=True)
    assert (job.done_count, job.failed_count) == (2, 1)
    assert held("year") == [1950, 2001, 1980, 2000, None]
    assert [each.code for each in job.rows.all()] == ["done", "changed_since", "done"]


def test_an_option_gets_another_code_and_keeps_its_listings_and_filters(park: Any, editor: Actor) -> None:
    ford = Option.objects.get(code="ford")
    change = propose(editor, "make", "option", option=ford, new_code="ford_motor")
    go(change, editor)
    assert held("make") == ["ford_motor", "ford_motor", "toyota", "mazda", None]
    assert found(make="ford_motor") == {"n0", "n1"}
    go(change, editor, undo=True)
    assert held("make")[0] == "ford"
    assert found(make="ford") == {"n0", "n1"}


def test_two_options_become_one_and_part_again(park: Any, editor: Actor) -> None:
    change = propose(editor, "make", "option", option=Option.objects.get(code="ford"), new_code="mazda")
    go(change, editor)
    assert found(make="mazda") == {"n0", "n1", "n3"}
    assert Option.objects.get(code="ford").is_archived
    go(change, editor, undo=True)
    assert found(make="mazda") == {"n3"}
    assert found(make="ford") == {"n0", "n1"}
    several = propose(editor, "features", "option", option=Option.objects.get(code="abs"), new_code="sunroof")
    go(several, editor)
    assert Listing.objects.get(title="n4").attributes["features"] == ["sunroof"]


def test_a_text_becomes_a_choice_with_the_options_of_its_mapping(cars: Category, acme: Any, editor: Actor) -> None:
    for text in ("Leather", "leather!", "Cloth"):
        factories.listing(vendor=acme, category=cars, attributes={"remarks": text})
    change = propose(editor, "remarks", "kind", to_kind="choice")
    assert change.mapping == "Leather = Leather\nleather! = leather!\nCloth = Cloth"
    update(change, {"mapping": "Leather = Leather\nleather! = Leather\nCloth = Cloth"}, by=editor)
    go(DefinitionChange.objects.get(), editor)
    assert held("remarks") == ["leather", "leather", "cloth"]
    made = Option.objects.filter(attribute__code="remarks").order_by("position")
    assert [each.code for each in made] == ["leather", "cloth"]
    go(DefinitionChange.objects.get(), editor, undo=True)
    assert held("remarks") == ["Leather", "leather!", "Cloth"]
    assert Attribute.objects.get(code="remarks").kind == Kind.TEXT


def test_a_number_becomes_a_text_or_takes_another_unit(park: Any, editor: Actor) -> None:
    go(propose(editor, "engine", "kind", to_unit="cc"), editor)
    assert Listing.objects.get(title="n4").attributes["engine"] == 1600
    assert found(engine_min="1500") == {"n4"}
    assert found(engine_min="1.5 l") == {"n4"}
    go(propose(editor, "year", "kind", to_kind="text"), editor)
    assert held("year") == ["1950", "1980", "1980", "2000", None]


def test_while_a_kind_changes_nobody_sees_it_and_nothing_is_lost(park: Any, owner: Actor, editor: Actor) -> None:
    change = propose(editor, "year", "kind", to_kind="text")
    actions.apply_change(change, by=editor)
    row = Listing.objects.get(title="n0")
    assert documents.shown(row, owner) == {"make": "ford"}
    update(row, {"attributes": {"make": "mazda"}}, by=Actor.system("test"))
    change.refresh_from_db()
    running.run(change.job_id)  # type: ignore[arg-type]
    assert documents.shown(Listing.objects.get(title="n1"), owner) == {"make": "ford", "year": "1980"}


def test_a_job_that_dies_goes_on_where_it_was_and_does_nothing_twice(
    park: Any, editor: Actor, monkeypatch: Any
) -> None:
    from marketplace.catalog import tasks

    monkeypatch.setattr(tasks, "CHUNK", 1)
    change = propose(editor, "year", "bounds", minimum=1990.0, maximum=2030.0)
    actions.apply_change(change, by=editor)
    change.refresh_from_db()
    mend, calls = actions.changes.mend, []

    def dies(*arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 3:
            raise RuntimeError("power cut")
        return mend(*arguments, **options)

    monkeypatch.setattr(actions.changes, "mend", dies)
    running.run(change.job_id)  # type: ignore[arg-type]
    job = Job.objects.get(pk=change.job_id)
    assert (job.status, job.done_count) == ("failed", 2)
    assert DefinitionChange.objects.get().status == "running"
    assert running.resume(job)
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.done_count) == ("done", 4)
    assert held("year") == [1990, 1990, 1990, 2000, None]
    assert ChangedValue.objects.count() == 3


def test_one_change_of_an_attribute_runs_at_a_time_and_none_is_done_twice(park: Any, editor: Actor) -> None:
    first = propose(editor, "year", "bounds", minimum=1990.0, maximum=2030.0)
    second = propose(editor, "year", "bounds", minimum=1995.0, maximum=2030.0)
    actions.apply_change(first, by=editor)
    with pytest.raises(ChangeRuns):
        actions.apply_change(second, by=editor)
    with pytest.raises(Conflict):
        actions.apply_change(first, by=editor)
    with pytest.raises(Conflict):
        update(first, {"mapping": "1 = 2"}, by=editor)
    actions.withdraw_change(second, by=editor)
    assert DefinitionChange.objects.get(pk=second.pk).status == "withdrawn"


def test_proposals_that_make_no_sense_are_refused(park: Any, editor: Actor) -> None:
    mazda = Option.objects.get(code="mazda")
    for code, what, values, pointer in (
        ("make", "bounds", {"minimum": 1.0}, "what"),
        ("year", "bounds", {"minimum": 5.0, "maximum": 1.0}, "maximum"),
        ("year", "bounds", {"mapping": "no sign"}, "mapping"),
        ("year", "bounds", {"mapping": "1 = 2\n1 = 3"}, "mapping"),
        ("remarks", "pattern", {"pattern": "(a"}, "pattern"),
        ("year", "pattern", {"pattern": "a"}, "pattern"),
        ("year", "option", {"new_code": "x"}, "option_id"),
        ("features", "option", {"option": mazda, "new_code": "x"}, "option_id"),
        ("make", "option", {"option": mazda}, "new_code"),
        ("make", "option", {"option": mazda, "new_code": "mazda"}, "new_code"),
        ("year", "kind", {}, "to_kind"),
        ("year", "kind", {"to_kind": "range"}, "minimum"),
        ("year", "kind", {"to_kind": "money", "to_unit": "shilling"}, "to_unit"),
    ):
        with pytest.raises(Invalid) as refusal:
            propose(editor, code, what, **values)
        assert [each.pointer for each in refusal.value.errors] == [f"/{pointer}"], (code, what, values)
    assert DefinitionChange.objects.count() == 0


def test_a_pattern_that_texts_do_not_match_is_refused_until_mapped(cars: Category, acme: Any, editor: Actor) -> None:
    factories.listing(vendor=acme, category=cars, attributes={"remarks": "abc"})
    remarks = Attribute.objects.get(code="remarks")
    with pytest.raises(DefinitionBreaks):
        update(remarks, {"pattern": r"\d+"}, by=editor)
    change = propose(editor, "remarks", "pattern", pattern=r"\d+", mapping="* = 0")
    go(change, editor)
    assert held("remarks") == ["0"]
    assert Attribute.objects.get(code="remarks").pattern == r"\d+"


def test_only_who_edits_the_catalogue_proposes_and_sees_changes(
    park: Any, editor: Actor, owner: Actor, moderator: Actor
) -> None:
    change = propose(editor, "year", "bounds", minimum=1990.0, maximum=2030.0)
    from core.errors import DomainError
    from core.rules import scope

    for actor in (owner, moderator, BUYER):
        assert not scope(actor, DefinitionChange).exists()
        with pytest.raises(DomainError):
            actions.apply_change(change, by=actor)
    assert Job.objects.count() == 0
