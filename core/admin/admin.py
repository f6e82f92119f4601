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

from core.admin.resources import Jobs
from core.admin.site import site
from core.jobs import running
from core.jobs.models import JOB, Job
from core.resources.admin import admin_of, rows
from core.resources.transfer_columns import guarded

BUTTONS = {
    "pause": (running.pause, "Paused."),
    "resume": (running.resume, "It goes on from where it stopped."),
    "cancel": (running.cancel, "Cancelled. What was done stays done."),
}
AT_WORK = ("waiting", "running")
PAGE = 100


class JobsAdmin(admin_of(Jobs)):  # type: ignore[misc]
    """Jobs are started elsewhere; here they are watched, paused, resumed and cancelled."""

    change_form_template = "soko/job.html"

    def more_pages(self) -> list[tuple[str, Any, str]]:
        return [
            ("<path:object_id>/turn/<str:verb>/", self.turn_view, "turn"),
            ("<path:object_id>/results/", self.results_view, "results"),
        ]

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        context = super().form_context(request, object_id)
        row = self.get_object(request, object_id or "")
        if row is None:
            raise Http404
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
