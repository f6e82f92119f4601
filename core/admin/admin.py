"""The page of a job: how far it is, what became of its rows, and the buttons that stop it or let it go on."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase

from core.admin.actors import admin_actor
from core.admin.resources import Jobs, follow_up
from core.admin.site import site
from core.errors import DomainError
from core.jobs import running
from core.jobs.models import JOB, Job
from core.resources.admin import admin_of, rows
from core.resources.transfer_columns import guarded
from core.rules import Actor
from core.transfers import downloads, exports, imports, undoing

BUTTONS = {
    "pause": (running.pause, "Paused."),
    "resume": (running.resume, "It goes on from where it stopped."),
    "cancel": (running.cancel, "Cancelled. What was done stays done."),
}
FOLLOW_UPS = {"confirm": imports.confirm, "undo": undoing.start_undo}
AT_WORK = ("waiting", "running")
PAGE = 100


class JobsAdmin(admin_of(Jobs)):  # type: ignore[misc]
    """Jobs are started elsewhere; here they are watched, paused, resumed and cancelled."""

    change_form_template = "soko/job.html"

    def more_pages(self) -> list[tuple[str, Any, str]]:
        return [
            ("<path:object_id>/turn/<str:verb>/", self.turn_view, "turn"),
            ("<path:object_id>/results/", self.results_view, "results"),
            ("<path:object_id>/file/", self.file_view, "file"),
            ("<path:object_id>/follow/<str:verb>/", self.follow_view, "follow"),
        ]

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        context = super().form_context(request, object_id)
        row = self.get_object(request, object_id or "")
        if row is None:
            raise Http404
        actor = admin_actor(request)
        results = row.rows.exclude(code="done") if request.GET.get("show") != "all" else row.rows.all()
        return {
            **context,
            "job": row,
            "at_work": row.status in AT_WORK,
            "turns": [each for each in BUTTONS if JOB.target(row.status, each)],
            "results": Paginator(results.order_by("number"), PAGE).get_page(request.GET.get("p")),
            "shows_all": request.GET.get("show") == "all",
            "faults": list(
                row.rows.exclude(code="done").order_by().values("message").annotate(n=Count("pk")).order_by("-n")[:5]
            ),
            "counts": row.result.get("counts", {}),
            "file_word": self._file_word(row, actor),
            "follow_ups": self._follow_ups(row, actor),
            "followed_by": Job.objects.filter(pk=follow_up(row) or 0).first(),
            "plan": row.params if row.kind in (imports.IMPORT, imports.CHECK) else None,
            "show_history": False,
        }

    def turn_view(self, request: HttpRequest, object_id: str, verb: str) -> HttpResponse:
        """Pause, resume or cancel: by POST only."""
        row = self.get_object(request, object_id)
        if row is None or verb not in BUTTONS:
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        turn, said = BUTTONS[verb]
        if turn(row):
            messages.success(request, said)
        else:
            messages.warning(request, "It is past that now.")
        return HttpResponseRedirect(rows.row_url(row))

    def _file_word(self, row: Job, actor: Actor) -> str:
        if not downloads.has_file(row, actor):
            return ""
        return "Download the file" if row.kind == exports.EXPORT else "The file with its errors"

    def _follow_ups(self, row: Job, actor: Actor) -> list[str]:
        own = row.actor_id == actor.user_id and row.audience == actor.audience.word
        if row.kind == imports.CHECK:
            return ["confirm"] if own and row.status == "done" and not follow_up(row) else []
        return ["undo"] if own and row.kind == imports.IMPORT and not undoing.why_not(row) else []

    def follow_view(self, request: HttpRequest, object_id: str, verb: str) -> HttpResponse:
        """Confirm a dry run, or undo an import: by POST only."""
        row = self.get_object(request, object_id)
        if row is None or verb not in FOLLOW_UPS:
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            made = FOLLOW_UPS[verb](row, by=admin_actor(request))
        except DomainError as refusal:
            messages.error(request, refusal.detail)
            return HttpResponseRedirect(rows.row_url(row))
        return HttpResponseRedirect(rows.row_url(made))

    def file_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """An export's file; an import's own file with a column that says what is wrong."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        try:
            return downloads.download(row, admin_actor(request), only_refused=request.GET.get("only") == "refused")
        except DomainError:
            raise Http404 from None

    def results_view(self, request: HttpRequest, object_id: str) -> StreamingHttpResponse:
        """What became of each row, as CSV."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        answer = StreamingHttpResponse(_lines(row), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="job-{row.pk}-results.csv"'
        return answer


def _lines(row: Job) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["line", "result", "id", "message"])
    for each in row.rows.order_by("number").iterator(chunk_size=1000):
        writer.writerow([each.number, each.code, each.object_id or "", guarded(each.message)])
        if buffer.tell() > 65_536:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


site.register(Job, JobsAdmin)
