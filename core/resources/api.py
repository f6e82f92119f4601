"""The typed API of a resource for one audience: its operations, made from the declaration and put on a router."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router
from pydantic import BaseModel, Field

from core import memo, references
from core.actions import Action
from core.audiences import Audience
from core.idempotency import idempotent
from core.resources import answers, bulk, operations, parameters, reading, schemas
from core.resources.declaration import CHANGE, CREATE, Resource
from core.resources.identity import id_of
from core.resources.types import LARGEST_ID
from core.rules import actor_of

KEY = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Its id.")]
REFERENCE = Annotated[
    str,
    Path(
        min_length=8, max_length=references.LENGTH, pattern=references.SENT, description="Its reference, in any case."
    ),
]
KEY_OR_SLUG = Annotated[
    str, Path(min_length=1, max_length=80, pattern=r"^[a-z0-9][a-z0-9-]*$", description="Its id or slug.")
]
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 80},
    "description": "The ETag that was read, so that nobody's change is overwritten.",
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 16, "maxLength": 255, "pattern": r"^[!-~]+$"},
    "description": "A repeat with the same key is given the first answer, and nothing is done again.",
}


class Maker:
    """Makes the operations of one resource for one audience, beside what a hand-written router has at the same address."""

    def __init__(self, resource: type[Resource], audience: Audience, router: Router | None = None) -> None:
        self.resource, self.audience = resource, audience
        self.router = router or Router(tags=[resource.group or resource.name])
        self.one = resource.name
        self.many = "".join(part.capitalize() for part in resource.path.split("-"))
        self.key = f"{_snake(resource.name)}_id"
        self.key_type = REFERENCE if resource.public_by else KEY_OR_SLUG if resource.also_by else KEY

    def make(self) -> Router:
        makers = {
            "list": self.add_list,
            "pick": self.add_pick,
            "facets": self.add_facets,
            "get": self.add_get,
            "create": self.add_create,
            "bulk": self.add_bulk,
            "update": self.add_update,
            "delete": self.add_delete,
        }
        has = self.resource.operations_of(self.audience)
        for name in ("list", "pick", "facets", "bulk", "create", "get", "update", "delete"):
            if name in has:
                makers[name]()
        for verb in self.resource.verbs_of(self.audience):
            self.add_verb(verb)
        return self.router

    def add(
        self,
        method: str,
        path: str,
        view: Callable[..., HttpResponse],
        *,
        operation_id: str,
        summary: str,
        response: Any,
        body: type[BaseModel] | None = None,
        keyed: bool = False,
        query: list[dict[str, Any]] | None = None,
        description: str = "",
    ) -> None:
        """Put one operation on the router, with the signature from which Ninja reads path and body."""
        P, kind = inspect.Parameter, inspect.Parameter.POSITIONAL_OR_KEYWORD
        signature = [P("request", kind)]
        if keyed:
            signature.append(P(self.key, kind, annotation=self.key_type))
        if body is not None:
            signature.append(P("body", kind, annotation=body))

        once = idempotent(required=False)(view) if method == "POST" else view
        if method == "POST":
            query = [*(query or []), IDEMPOTENCY_KEY]

        def door(request: HttpRequest, **given: Any) -> HttpResponse:
            arguments = [given[name] for name in (self.key, "body") if name in given]
            with memo.block():
                return once(request, *arguments)

        door.__signature__ = inspect.Signature(signature)  # type: ignore[attr-defined]
        door.__name__ = operation_id
        door.__doc__ = description or None
        self.router.add_api_operation(
            path,
            [method],
            door,
            response=response,
            operation_id=operation_id,
            summary=summary,
            description=description,
            openapi_extra={"parameters": query} if query else None,
        )

    def parameters(self, known: dict[str, parameters.Parameter]) -> list[dict[str, Any]]:
        return parameters.documented(self.resource, self.audience, known)

    def add_list(self) -> None:
        known = parameters.of_list(self.resource, self.audience)
        self.add(
            "GET",
            "",
            lambda request: reading.list_rows(self.resource, request),
            operation_id=f"list{self.many}",
            summary=f"List {self.words}",
            response=schemas.page(self.resource, self.audience),
            query=self.parameters(known),
            description="Cards, a page at a time: `next` or `prev` of the answer goes into `cursor`. An unknown parameter is "
            "refused with 422, naming what is allowed.",
        )

    def add_pick(self) -> None:
        known = parameters.of_list(self.resource, self.audience, pick=True)
        self.add(
            "GET",
            "/pick",
            lambda request: reading.list_rows(self.resource, request, pick=True),
            operation_id=f"pick{self.many}",
            summary=f"List only some fields of {self.words}",
            response=schemas.page(self.resource, self.audience, of_picks=True),
            query=self.parameters(known),
            description="The same list, with only what `fields` names.",
        )

    def add_facets(self) -> None:
        known = parameters.filters(self.resource, self.audience)
        self.add(
            "GET",
            "/facets",
            lambda request: reading.facets_of(self.resource, request),
            operation_id=f"facet{self.many}",
            summary=f"Count {self.words} by value",
            response=schemas.Facets,
            query=self.parameters(known),
            description="For each value that the list may be narrowed by, how many rows the same filters would list.",
        )

    def add_get(self) -> None:
        known = parameters.expanding(self.resource, self.audience)
        self.add(
            "GET",
            self.at(),
            lambda request, key: reading.get_row(self.resource, request, key),
            keyed=True,
            operation_id=f"get{self.one}",
            summary=f"Read one of the {self.words}",
            response=schemas.full(self.resource, self.audience),
            query=[each.document() for each in known.values()],
            description="Refuses with 404 what is not there and what is not yours to see, alike. Answers 304 to an "
            "`If-None-Match` with the ETag of now.",
        )

    def add_create(self) -> None:
        def create(request: HttpRequest, body: BaseModel) -> HttpResponse:
            nothing_asked(request)
            values = schemas.written(self.resource, self.audience, CREATE, body)
            row = operations.create(self.resource, values, by=request.actor)  # type: ignore[attr-defined]
            response = reading.shown(self.resource, request, row, status=201)
            if response.status_code == 204:  # what was made may be what lets its maker see it
                request.actor = actor_of(request.user, self.audience)  # type: ignore[attr-defined]
                response = reading.shown(self.resource, request, row, status=201)
            response["Location"] = f"{request.path.rstrip('/')}/{id_of(row)}"
            return response

        self.add(
            "POST",
            "",
            create,
            body=schemas.create_body(self.resource, self.audience),
            operation_id=f"create{self.one}",
            summary=f"Make one of the {self.words}",
            response={201: schemas.full(self.resource, self.audience)},
            description="Answers the whole thing, with its address in `Location` and its version in `ETag`.",
        )

    def add_update(self) -> None:
        def update(request: HttpRequest, key: Any, body: BaseModel) -> HttpResponse:
            nothing_asked(request)
            version = answers.version_said(request, required=True)
            row = reading.find(self.resource, request.actor, key)  # type: ignore[attr-defined]
            values = schemas.written(self.resource, self.audience, CHANGE, body)
            row = operations.update(row, values, by=request.actor, version=version)  # type: ignore[attr-defined]
            return reading.shown(self.resource, request, row)

        self.add(
            "PATCH",
            self.at(),
            update,
            keyed=True,
            body=schemas.patch_body(self.resource, self.audience),
            query=[IF_MATCH],
            operation_id=f"update{self.one}",
            summary=f"Change one of the {self.words}",
            response=schemas.full(self.resource, self.audience),
            description="Send only what changes, and in `If-Match` the ETag that was read: 428 without, 412 where somebody was "
            "faster.",
        )

    def add_delete(self) -> None:
        def delete(request: HttpRequest, key: Any) -> HttpResponse:
            nothing_asked(request)
            version = answers.version_said(request, required=True)
            row = reading.find(self.resource, request.actor, key)  # type: ignore[attr-defined]
            operations.delete(row, by=request.actor, version=version)  # type: ignore[attr-defined]
            return HttpResponse(status=204)

        self.add(
            "DELETE",
            self.at(),
            delete,
            keyed=True,
            query=[IF_MATCH],
            operation_id=f"delete{self.one}",
            summary=f"Delete one of the {self.words}",
            response={204: None},
            description="Its history stays. Refuses with 409 `in_use` what other rows need, 428 and 412 as changing does.",
        )

    def add_bulk(self) -> None:
        body = schemas.bulk_body(self.resource, self.audience)
        self.add(
            "POST",
            "/bulk",
            lambda request, body: bulk.change(self.resource, self.audience, request, body),
            body=body,
            operation_id=f"bulkUpdate{self.many}",
            summary=f"Change many {self.words} at once",
            response=schemas.Bulk,
            description="Atomic unless said otherwise: the first refusal undoes all and is answered, naming the row.",
        )

    def add_verb(self, verb: Action) -> None:
        def press(request: HttpRequest, key: Any, body: BaseModel | None = None) -> HttpResponse:
            nothing_asked(request)
            inputs = {} if body is None else {name: getattr(body, name) for name in type(body).model_fields}
            row = reading.find(self.resource, request.actor, key)  # type: ignore[attr-defined]
            version = answers.version_said(request, required=False)
            verb(row, by=request.actor, version=version, **inputs)  # type: ignore[attr-defined]
            return reading.shown(self.resource, request, row)

        name = "".join(part.capitalize() for part in verb.name.split("_"))
        self.add(
            "POST",
            self.at(verb.name),
            press,
            keyed=True,
            body=verb.inputs,
            query=[{**IF_MATCH, "required": False}],
            operation_id=f"{name[0].lower()}{name[1:]}{self.one}",
            summary=verb.look.label,
            description=inspect.getdoc(verb.function) or "",
            response={200: schemas.full(self.resource, self.audience), 204: None},
        )

    def at(self, verb: str = "") -> str:
        """The path of one row, or of a verb on it."""
        return f"/{{{self.key}}}" + (f"/{verb}" if verb else "")

    @property
    def words(self) -> str:
        return str(self.resource.model._meta.verbose_name_plural)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def nothing_asked(request: HttpRequest) -> None:
    """Refuse query parameters on an operation that has none."""
    parameters.read(request.GET, {})


def router_of(resource: type[Resource], audience: Audience, router: Router | None = None) -> Router:
    """The resource's router for this audience: the hand-written one of the same address, if there is one, with the rest."""
    return Maker(resource, audience, router).make()


__all__ = ["KEY", "KEY_OR_SLUG", "REFERENCE", "Field", "Maker", "router_of"]
