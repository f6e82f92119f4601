"""Routes of imports and exports, for vendors and operations alike: a file in, a dry run, its confirmation, its results, a file out."""

import json
import re
from typing import Annotated, Any, Literal

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import File, Form, Router, Schema
from ninja.files import UploadedFile
from pydantic import ConfigDict, Field

from core import limits
from core.admin.resources import Jobs
from core.audiences import Audience
from core.errors import Denied, FieldError, Invalid
from core.inputs import TEXT_PATTERN
from core.jobs.models import Job
from core.resources import answers, parameters, plans, reading, schemas
from core.resources.api import KEY, nothing_asked
from core.resources.filters import Parameter, number_within, yes_or_no
from core.resources.types import Id, text
from core.rules import Actor
from core.transfers import exports, imports, results, undoing, uploads
from core.transfers.downloads import download
from core.transfers.mapping import Understanding, may_import

MOST_LINE = 2**31 - 1
ONLY_REFUSED = Parameter(
    "only_refused", {"type": "boolean", "default": False}, "Only rows that are refused.", yes_or_no
)
AFTER = Parameter(
    "after", {"type": "integer", "minimum": 0, "maximum": MOST_LINE, "default": 0}, "From `next` of a page.", number_within(0, MOST_LINE)
)  # fmt: skip
Name = Annotated[
    str, Form(min_length=1, max_length=60, pattern=r"^[a-z][a-z-]*$", description="As in `/listings`: its path.")
]
DryRun = Annotated[bool, Form(description="Check every row and save none; then confirm the job.")]
Policy = Annotated[
    Literal["skip", "all_or_nothing"],
    Form(description="What one refused row means for the others: nothing, or that none is saved."),
]
MAPPING = "A JSON object {header of the file: column}, in place of what is remembered or guessed; an empty column leaves it out."
CONSTANTS = "A JSON object {column: text} for what the file lacks; a text may name columns: {make} {model}."
# Each its own: a default is kept in the annotation.
Mapping = Annotated[str, Form(max_length=20_000, pattern=TEXT_PATTERN, description=MAPPING)]
Constants = Annotated[str, Form(max_length=20_000, pattern=TEXT_PATTERN, description=CONSTANTS)]
EmptyWords = Annotated[
    str, Form(max_length=300, pattern=TEXT_PATTERN, description="Words that mean nothing, with commas between.")
]
BINARY = {
    "responses": {
        "200": {
            "description": "The file.",
            "content": {
                kind.split(";")[0]: {"schema": {"type": "string", "format": "binary"}}
                for kind in ("text/csv", "application/json", "application/x-ndjson",
                             "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
            },
        }
    }
}  # fmt: skip


class HeaderOut(Schema):
    """What one header of a file is taken for."""

    model_config = ConfigDict(title="ImportHeader")

    header: text(400)  # type: ignore[valid-type]
    column: str | None = Field(max_length=120, description="The column it fills; null where it is left out.")


class ColumnOut(Schema):
    """A column that a file may fill."""

    model_config = ConfigDict(title="ImportColumn")

    column: str = Field(max_length=120)
    title: str = Field(max_length=300)


class RowFaultOut(Schema):
    """What is wrong in one column of a row."""

    model_config = ConfigDict(title="JobRowFault")

    column: str = Field(max_length=120, description="Empty where the row as a whole is meant.")
    message: str = Field(max_length=4000)


class RowOut(Schema):
    """What became of one row."""

    model_config = ConfigDict(title="JobRow")

    number: int = Field(ge=0, le=MOST_LINE, description="Its place in the file: the first row after the headers is 1.")
    code: str = Field(max_length=64, description="`done`, or why it was refused.")
    message: str = Field(max_length=2000)
    object_id: Id | None  # type: ignore[valid-type]
    faults: list[RowFaultOut] = Field(max_length=400)


class RowsOut(Schema):
    """A page of results, in the order of the file."""

    model_config = ConfigDict(title="JobRowPage")

    items: list[RowOut] = Field(max_length=parameters.MOST)
    next: int | None = Field(ge=0, le=MOST_LINE, description="Goes into `after`.")


class ExportCreate(Schema):
    """Which rows to fetch, and as what."""

    model_config = ConfigDict(extra="forbid")

    resource: str = Field(
        min_length=1, max_length=60, pattern=r"^[a-z][a-z-]*$", description="Its path, as in `/listings`."
    )
    format: Literal["csv", "xlsx", "json", "jsonl"] = "csv"
    query: str = Field(
        default="",
        max_length=2000,
        pattern=TEXT_PATTERN,
        description="The list's own parameters: `status=approved&q=bike`.",
    )


def job_routes(router: Router, audience: Audience) -> Router:
    """Put what one may do with a job on an audience's `/jobs` router."""
    job = schemas.full(Jobs, audience)
    has_errors = {"parameters": [ONLY_REFUSED.document()]} | BINARY

    @router.get(
        "/{job_id}/rows",
        response=RowsOut,
        operation_id="listJobRows",
        summary="List what became of a job's rows",
        openapi_extra={"parameters": [each.document() for each in (AFTER, parameters.LIMIT, ONLY_REFUSED)]},
    )
    def list_rows(request: HttpRequest, job_id: KEY) -> HttpResponse:  # type: ignore[valid-type]
        """Row by row, in the order of the file, with the columns that are at fault."""
        asked = parameters.read(request.GET, {"after": AFTER, "limit": parameters.LIMIT, "only_refused": ONLY_REFUSED})
        items, following = results.page_of(
            found(request, job_id),
            after=asked.get("after") or 0,
            limit=asked.get("limit", parameters.USUAL),
            only_refused=bool(asked.get("only_refused")),
        )
        return answers.answer(request, {"items": items, "next": following})

    @router.get("/{job_id}/file", operation_id="readJobFile", summary="Fetch a job's file", openapi_extra=has_errors)
    def read_file(request: HttpRequest, job_id: KEY) -> HttpResponseBase:  # type: ignore[valid-type]
        """An export's file; of an import or a dry run the file as it was sent, with a column `errors`. Only its starter's, and
        for a week."""
        asked = parameters.read(request.GET, {"only_refused": ONLY_REFUSED})
        return download(found(request, job_id), actor_of(request), only_refused=bool(asked.get("only_refused")))

    @router.post(
        "/{job_id}/confirm", response={201: job}, operation_id="confirmImport", summary="Import what was checked"
    )
    def confirm(request: HttpRequest, job_id: KEY) -> HttpResponse:  # type: ignore[valid-type]
        """Start the import of a finished dry run; asked again, the same import is answered. Refuses with 409 `not_checked`."""
        nothing_asked(request)
        return shown(request, imports.confirm(found(request, job_id), by=actor_of(request)), status=201)

    @router.post("/{job_id}/undo", response={201: job}, operation_id="undoImport", summary="Undo an import")
    def undo(request: HttpRequest, job_id: KEY) -> HttpResponse:  # type: ignore[valid-type]
        """Start a job that removes or archives what an import made, and sets back what it changed; rows changed since are left
        alone and named. Refuses with 409 `cannot_undo`."""
        nothing_asked(request)
        return shown(request, undoing.start_undo(found(request, job_id), by=actor_of(request)), status=201)

    for turn, words in (
        ("pause", "Stop a job after the rows at hand"),
        ("resume", "Let a job go on"),
        ("cancel", "Stop a job for good"),
    ):
        _add_turn(router, turn, words, job)
    return router


def _add_turn(router: Router, turn: str, words: str, job: Any) -> None:
    def press(request: HttpRequest, job_id: KEY) -> HttpResponse:  # type: ignore[valid-type]
        nothing_asked(request)
        return shown(request, results.turned(found(request, job_id), turn))

    press.__doc__ = f"{words}. What was done stays done. Refuses with 409 `job_past_that`."
    router.post(f"/{{job_id}}/{turn}", response=job, operation_id=f"{turn}Job", summary=words)(press)


def import_routes(audience: Audience) -> Router:
    """The router that takes files."""
    router = Router(tags=["Platform"])

    class ImportOut(Schema):
        """A file that was taken, how it is understood, and the job that works on it."""

        model_config = ConfigDict(title="Import")

        job: schemas.full(Jobs, audience)  # type: ignore[valid-type]
        recognised: str = Field(
            max_length=60, description="The system whose file it is; empty where that is not known."
        )
        headers: list[HeaderOut] = Field(max_length=300)
        columns: list[ColumnOut] = Field(max_length=1000, description="What the file may fill.")

    @router.post("", response={201: ImportOut}, operation_id="createImport", summary="Import a file")
    def create(
        request: HttpRequest,
        file: File[UploadedFile],
        resource: Name,
        dry_run: DryRun = True,
        policy: Policy = "skip",
        mapping: Mapping = "",
        constants: Constants = "",
        empty_words: EmptyWords = "NA",
    ) -> HttpResponse:
        """CSV, XLSX, JSON or JSON lines, of at most 50 MB. Headers are mapped as you say, as your people said for such a file the
        last time, as Shopify or WooCommerce mean them, or as guessed. Rows are checked like any other write, and are yours.

        Refuses with 422 `unreadable_file`, 403 what you may not import, 413, 429.
        """
        nothing_asked(request)
        actor = actor_of(request)
        wanted = imports.resource_at(resource)
        if not may_import(wanted, actor):
            raise Denied()
        limits.check("import", f"user:{actor.user_id}")
        chosen, fixed = _texts("mapping", mapping, MAPPING), _texts("constants", constants, CONSTANTS)
        kept = uploads.keep(wanted, actor, file)
        understood = Understanding(wanted, actor, kept)
        words = [each.strip() for each in empty_words.split(",") if each.strip()]
        plan = (
            understood.said(chosen, fixed or {}, words, more=False)
            if chosen is not None
            else understood.usual(fixed, words)
        )
        begin = imports.start_check if dry_run else imports.start_import
        with transaction.atomic():
            if chosen is not None:
                understood.remember(plan)
            job = begin(wanted, actor, kept, plan, whole=policy == "all_or_nothing")
        offered = [*understood.columns, *understood.attributes(plan.constants, plan.mapping)]
        body = {
            "job": plans.whole(Jobs, actor, job),
            "recognised": plan.dialect,
            "headers": [{"header": each, "column": plan.mapping.get(each)} for each in understood.headers],
            "columns": [{"column": each.header, "title": each.title} for each in offered],
        }
        answer = answers.answer(request, body, status=201)
        answer["Location"] = f"{request.path.removesuffix('imports')}jobs/{job.pk}"
        return answer

    return router


def export_routes(audience: Audience) -> Router:
    """The router that makes files."""
    router = Router(tags=["Platform"])
    job = schemas.full(Jobs, audience)

    @router.post("", response={201: job}, operation_id="createExport", summary="Export rows to a file")
    def create(request: HttpRequest, body: ExportCreate) -> HttpResponse:
        """The rows and columns that you may read, under the filter of the list; safe to open in a spreadsheet, and made to be
        imported again. The job's file is yours for a week. Refuses with 403, and with 422 an unknown parameter."""
        nothing_asked(request)
        actor = actor_of(request)
        wanted = imports.resource_at(body.resource)
        limits.check("export", f"user:{actor.user_id}")
        return shown(request, exports.start_export(wanted, actor, query=body.query, kind=body.format), status=201)

    return router


def found(request: HttpRequest, key: int) -> Job:
    """The job of a key. Refuses with 404 what is not one's own to see."""
    row: Any = reading.find(Jobs, actor_of(request), key)
    return row


def shown(request: HttpRequest, row: Job, *, status: int = 200) -> HttpResponse:
    answer = reading.shown(Jobs, request, row, status=status)
    if status == 201:
        answer["Location"] = f"{request.path.split('/jobs')[0].removesuffix('/exports')}/jobs/{row.pk}"
    return answer


def _texts(name: str, said: str, words: str) -> dict[str, str] | None:
    if not said:
        return None
    try:
        found = json.loads(said)
    except (ValueError, RecursionError):
        found = None
    said_all = [*found, *found.values()] if isinstance(found, dict) else [None]
    if not all(isinstance(each, str) and len(each) <= 300 and re.match(TEXT_PATTERN, each) for each in said_all):
        raise Invalid(errors=[FieldError(f"/{name}", "json", words)])
    return {str(key): value for key, value in found.items()}


def actor_of(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]
