"""A job's file as an answer: an export's rows, or an import's file with its errors."""

from typing import Any

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from core.jobs.models import Job
from core.rules import Actor
from core.transfers import exports, returned
from core.transfers.imports import CHECK, IMPORT


def has_file(row: Job, actor: Actor) -> bool:
    """Has the job a file that this actor may fetch?"""
    if row.actor_id != actor.user_id or row.audience != actor.audience.word:
        return False
    return (row.kind == exports.EXPORT and row.status == "done") or (
        row.kind in (IMPORT, CHECK) and row.done_count + row.failed_count > 0
    )


def download(row: Job, actor: Actor, *, only_refused: bool = False) -> HttpResponseBase:
    """The job's file, for its starter; `only_refused` rows of an import. Refuses with 404 everybody else and what is swept."""
    if row.kind == exports.EXPORT:
        file, name, kind = exports.file_of(row, actor)
        answer: Any = FileResponse(file, as_attachment=True, filename=name, content_type=kind)
    else:
        name, kind, pieces = returned.returned(row, actor, only_refused=only_refused)
        answer = StreamingHttpResponse(pieces, content_type=kind)
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer
