"""What every declared resource promises, checked for each audience and each of the cast."""

import re
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pydantic import BaseModel

from api.tests.market import Market, arrange
from core import references
from core.audiences import AUDIENCES, OPERATIONS, STOREFRONT, Audience
from core.resources import parameters, schemas
from core.resources.declaration import Resource
from core.resources.identity import id_of
from core.resources.paging import keys_of
from core.resources.registry import resources
from core.rules import allows, scope
from marketplace.cast import Person

CAST = ("nobody", "customer", "owner", "member", "rival", "moderator", "finance", "support", "courier", "admin")
pytestmark = pytest.mark.django_db
each_audience = pytest.mark.parametrize("audience", AUDIENCES, ids=lambda audience: audience.word)


def served(audience: Audience, operation: str = "list") -> list[type[Resource]]:
    """The declared resources that give the audience this operation."""
    return [resource for resource in resources() if operation in resource.operations_of(audience)]


@pytest.fixture(autouse=True)
def _no_limits(settings: Any) -> None:
    """These tests ask more often than anybody may."""
    settings.LIMITS_FACTOR = 100_000


@pytest.fixture
def cast(request: pytest.FixtureRequest) -> dict[str, Person]:
    return {role: request.getfixturevalue(role) for role in CAST}


@pytest.fixture
def market(cast: dict[str, Person]) -> Market:
    return arrange(cast["owner"], cast["rival"], cast["moderator"])


def may_enter(person: Person, audience: Audience) -> int:
    """200, or the status with which the door refuses."""
    if audience is STOREFRONT:
        return 200
    if person.user is None:
        return 401
    return 403 if audience is OPERATIONS and not person.actor(OPERATIONS).grants else 200


def told(answer: Any) -> bytes:
    """The body of a refusal, less what differs between any two requests."""
    return re.sub(rb'"(instance|request_id)":"[^"]*",?', b"", answer.content)


def inside(cast: dict[str, Person], audience: Audience) -> list[tuple[str, Person]]:
    """Those whom the audience's door lets in."""
    return [(role, person) for role, person in cast.items() if may_enter(person, audience) == 200]


@each_audience
def test_a_list_holds_exactly_the_rows_of_the_rule_in_the_documented_shape(
    audience: Audience, cast: dict[str, Person], market: Market, subtests: pytest.Subtests
) -> None:
    for resource in served(audience):
        card = schemas.card(resource, audience)
        for role, person in cast.items():
            with subtests.test(resource=resource.path, role=role):
                answer = person.api(audience).get(f"/{resource.path}", {"limit": 100})
                assert answer.status_code == may_enter(person, audience)
                if answer.status_code == 200:
                    items = answer.json()["items"]
                    expected = {id_of(row) for row in scope(person.actor(audience), resource.model)}
                    assert {item["id"] for item in items} == expected or len(items) == 100 < len(expected)
                    for item in items[:5]:
                        card.model_validate(item)


@each_audience
@pytest.mark.once
def test_a_foreign_row_answers_what_a_missing_one_does(
    audience: Audience, cast: dict[str, Person], market: Market, subtests: pytest.Subtests
) -> None:
    for resource in served(audience):
        full = schemas.full(resource, audience)
        keys = [id_of(row) for row in resource.model._default_manager.order_by("pk")[:12]]
        for role, person in inside(cast, audience):
            api, actor = person.api(audience), person.actor(audience)
            seen = {id_of(row) for row in scope(actor, resource.model)}
            with subtests.test(resource=resource.path, role=role):
                missing = api.get(f"/{resource.path}/{references.new('NO') if resource.public_by else 2147483600}")
                assert missing.status_code == 404
                for key in keys:
                    answer = api.get(f"/{resource.path}/{key}")
                    assert answer.status_code == (200 if key in seen else 404), key
                    if key in seen:
                        full.model_validate(answer.json())
                    else:
                        assert told(answer) == told(missing)


@each_audience
@pytest.mark.once
def test_nobody_changes_what_the_rule_does_not_give(
    audience: Audience, cast: dict[str, Person], market: Market, subtests: pytest.Subtests
) -> None:
    for resource in served(audience, "update"):
        rows = resource.model._default_manager.order_by("pk")
        before = list(rows.values())
        for role, person in inside(cast, audience):
            api, actor = person.api(audience), person.actor(audience)
            with subtests.test(resource=resource.path, role=role):
                for row in rows[:6]:
                    path, tag = f"/{resource.path}/{id_of(row)}", f'"{row.version}-x"'
                    seen, changes = allows(actor, "view", row), allows(actor, "change", row)
                    refused = 403 if seen else 404
                    assert api.patch(path, {}).status_code == 428
                    assert api.patch(path, {"nonsense": 1}, if_match=tag).status_code == 422
                    assert api.patch(path, {}, if_match=tag).status_code == (200 if changes else refused)
                    assert api.patch(path, {}, if_match='"2000000000"').status_code == (412 if changes else refused)
        assert list(rows.values()) == before


@each_audience
@pytest.mark.once
def test_a_verb_is_refused_to_whom_the_rule_does_not_name_and_nothing_changes(
    audience: Audience, cast: dict[str, Person], market: Market, subtests: pytest.Subtests
) -> None:
    for resource in resources():
        rows = resource.model._default_manager.order_by("pk")
        for verb in resource.verbs_of(audience):
            inputs = sample(verb.inputs) if verb.inputs is not None else None
            before = list(rows.values())
            for role, person in inside(cast, audience):
                api, actor = person.api(audience), person.actor(audience)
                with subtests.test(resource=resource.path, verb=verb.name, role=role):
                    for row in rows[:4]:
                        if not allows(actor, verb.name, row):
                            answer = api.post(f"/{resource.path}/{id_of(row)}/{verb.name}", inputs)
                            expected = 403 if allows(actor, "view", row) else 404
                            assert answer.status_code == expected, answer.content
            assert list(rows.values()) == before


def sample(inputs: Any) -> dict[str, Any]:
    """Some inputs that fit a verb's types."""
    return {name: example(name, info.annotation) for name, info in inputs.model_fields.items() if info.is_required()}


def example(name: str, kind: Any) -> Any:
    """Something of a kind: of a list, one body where it is one of bodies; nothing where that may be said."""
    while getattr(kind, "__metadata__", None) is not None:
        kind = get_args(kind)[0]
    if NoneType in get_args(kind):
        return None
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    if get_origin(kind) in (list, tuple, frozenset):
        within = example(name, get_args(kind)[0])
        return [within] if isinstance(within, dict) else []
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return sample(kind)
    return 1 if kind is int else "moderator" if name == "role" else "a good reason"


@each_audience
def test_an_unknown_parameter_is_refused_by_name_with_what_is_allowed(
    audience: Audience, admin: Person, owner: Person, subtests: pytest.Subtests
) -> None:
    api = (owner if audience is not OPERATIONS else admin).api(audience)
    for resource in served(audience):
        with subtests.test(resource=resource.path):
            for query in ({"order": "nonsense"}, {"limit": "0"}, {"limit": "101"}, {"cursor": "forged"}):
                assert api.get(f"/{resource.path}", query).status_code == 422, query
            said = api.get(f"/{resource.path}", {"nonsense": "1"})
            assert said.status_code == 422
            assert (said.json()["code"], said.json()["parameter"]) == ("unknown_parameter", "nonsense")
            allowed = {word.strip() for word in said.json()["allowed"].split(",")}
            assert set(parameters.of_list(resource, audience)) <= allowed


@each_audience
def test_a_page_of_fifty_asks_the_database_as_often_as_a_page_of_one(
    audience: Audience, cast: dict[str, Person], market: Market, subtests: pytest.Subtests
) -> None:
    api = cast["owner" if audience is not OPERATIONS else "admin"].api(audience)
    for resource in served(audience):
        names = [name for name in schemas.expandable(resource, audience) if resource.fields[name].card]
        asked = {"expand": ",".join(names)} if names else {}
        with subtests.test(resource=resource.path):
            few, one = counted(api, resource, asked | {"limit": 1})
            many, page = counted(api, resource, asked | {"limit": 50})
            # A page whose keys are all empty has no related card to ask for, and one without attributes no definition; one that
            # reaches rows without a value of the order asks for these apart.
            idle = sum(has(page, name) and not has(one, name) for name in names)
            idle += any(says(resource, each) for each in page) and not any(says(resource, each) for each in one)
            idle += spans(resource, page) and not spans(resource, one)
            assert len(page) < 2 or few + idle == many
            assert many <= 12


def has(page: list[dict[str, Any]], name: str) -> bool:
    """Has any of the items something to expand?"""
    return any(item[f"{name}_id"] is not None for item in page)


def spans(resource: type[Resource], page: list[dict[str, Any]]) -> bool:
    """Does the page reach into rows that have no value in the column by which the list is ordered?"""
    rows = resource.model._default_manager.filter(
        **{f"{resource.public_by or 'pk'}__in": [each["id"] for each in page]}
    )
    key = keys_of(resource.model, resource.order)[0]
    return key.nullable and rows.filter(**{f"{key.column}__isnull": True}).exists()


def says(resource: type[Resource], item: dict[str, Any]) -> bool:
    """Has the row behind an item, or its listing, any attributes, also such as a card leaves out?"""
    row = resource.model._default_manager.filter(**{resource.public_by or "pk": item["id"]}).first()
    return any(getattr(each, "attributes", None) for each in (row, getattr(row, "listing", None)))


def counted(api: Any, resource: type[Resource], query: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
    """How many queries a list takes when what a process remembers is remembered, and its rows."""
    api.get(f"/{resource.path}", query)
    with CaptureQueriesContext(connection) as queries:
        answer = api.get(f"/{resource.path}", query)
    assert answer.status_code == 200, answer.content
    return len(queries), answer.json()["items"]


@pytest.mark.once
def test_no_private_word_reaches_anybody_else(cast: dict[str, Person], market: Market) -> None:
    """Everything each of the cast can list, searched for the canaries of others."""
    probes = 0
    for role, person in cast.items():
        knows = {"owner": {"OWNER", "OWNERSALES"}, "member": {"OWNER"}, "rival": {"RIVAL", "RIVALSALES"}}.get(
            role, set()
        )
        for resource in resources():
            for audience in AUDIENCES:
                if not resource.operations_of(audience) or may_enter(person, audience) != 200:
                    continue
                if audience is OPERATIONS:
                    continue  # operations staff are shown what their grants say; rows are compared above
                for path in (f"/{resource.path}", f"/{resource.path}/pick"):
                    text = person.api(audience).get(path, {"limit": 100}).content.decode()
                    probes += 1
                    found = set(re.findall(r"CANARY-([A-Z]+)-", text))
                    assert found <= (knows if audience is not STOREFRONT else set()), (
                        role,
                        audience.word,
                        path,
                        found,
                    )
    assert probes >= 100
