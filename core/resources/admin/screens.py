"""The import and export screens of a resource: three steps on one page, and a download of the very rows a list shows."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path

from core import limits
from core.admin.actors import admin_actor
from core.errors import DomainError, Limited
from core.resources import transfer, transfer_files
from core.resources.admin import importing, lists, rows
from core.resources.declaration import Resource
from core.rules import Actor, scope
from core.transfers import exports, imports, uploads
from core.transfers.mapping import Understanding, offered

AT_ONCE = 20_000  # rows that an export answers at once


class TransferScreens:
    """Import needs the right to create or change, export the right to view; both only what the actor's audience may."""

    resource: type[Resource]
    admin_site: Any
    model: Any
    opts: Any

    def get_urls(self) -> list[Any]:
        stem = f"{self.opts.app_label}_{self.opts.model_name}"
        here = [
            path("import/", self.admin_site.admin_view(self.import_view), name=f"{stem}_import"),
            path("export/", self.admin_site.admin_view(self.export_view), name=f"{stem}_export"),
        ]
        return [*here, *super().get_urls()]  # type: ignore[misc]

    def transfers(self, request: HttpRequest) -> dict[str, bool]:
        """Which of import and export the actor has."""
        if not self.resource.transfer:
            return {"import": False, "export": False}
        writes = self.has_add_permission(request) or self.has_change_permission(request)  # type: ignore[attr-defined]
        return {
            "import": writes and bool(offered(self.resource, admin_actor(request))),
            "export": self.has_view_permission(request),  # type: ignore[attr-defined]
        }

    # --- Export ------------------------------------------------------------------------------------------------------

    def export_view(self, request: HttpRequest) -> StreamingHttpResponse | HttpResponse:
        """The list as it is filtered in the address, in the format of `_format`; a long one as a job, whose page has the file."""
        if not self.transfers(request)["export"]:
            raise PermissionDenied
        actor = admin_actor(request)
        try:
            limits.check("export", f"user:{actor.user_id}")
        except Limited as refusal:
            messages.error(request, refusal.detail)
            return HttpResponseRedirect("../")
        query = request.GET.copy()
        kind = query.pop("_format", ["csv"])[-1]
        if kind not in transfer_files.FORMATS:
            raise Http404
        chosen = scope(actor, self.model).order_by("pk").filter(self._asked(actor, query))
        if chosen[AT_ONCE : AT_ONCE + 1].exists():  # so many wait for nobody's browser
            return self._export_as_job(request, actor, query, kind)
        headers, cells = transfer.exported(self.resource, actor, chosen)
        name = exports.name_now(self.resource, kind)
        answer = StreamingHttpResponse(
            transfer_files.write(kind, headers, cells), content_type=transfer_files.FORMATS[kind]
        )
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        answer["Cache-Control"] = "no-store"
        return answer

    def _export_as_job(self, request: HttpRequest, actor: Actor, query: QueryDict, kind: str) -> HttpResponse:
        if request.method == "POST":
            return HttpResponseRedirect(
                rows.row_url(
                    exports.start_export(self.resource, actor, query=query.urlencode(), kind=kind, screen=True)
                )
            )
        shown = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Export {self.opts.verbose_name_plural}",
            "kind": kind,
            "at_once": AT_ONCE,
        }
        return render(request, "soko/export.html", shown)

    def _asked(self, actor: Actor, query: QueryDict) -> Any:
        try:
            return lists.asked(self.resource, actor, query)
        except DomainError:
            raise Http404 from None

    # --- Import ------------------------------------------------------------------------------------------------------

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Step 1 takes a file, step 2 shows how it is understood with faults at their cells, step 3 is a job's own page."""
        if not self.transfers(request)["import"]:
            raise PermissionDenied
        actor = admin_actor(request)
        page: dict[str, Any] = {"step": 1}
        try:
            if request.method == "POST" and "_start_again" not in request.POST:
                page = self._import_step(request, actor)
        except DomainError as refusal:
            page = {"step": 1, "refused": " ".join(each.message for each in refusal.errors) or refusal.detail}
        if "job" in page:
            return HttpResponseRedirect(rows.row_url(page["job"]))
        shown = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Import {self.opts.verbose_name_plural}",
            "offered": offered(self.resource, actor),
            "dialects": list(dict.fromkeys(each.name for each in self.resource.dialects)),
            "resource": self.resource,
            **page,
        }
        return render(request, "soko/import.html", shown)

    def _import_step(self, request: HttpRequest, actor: Actor) -> dict[str, Any]:
        if "file" in request.FILES:
            limits.check("import", f"user:{actor.user_id}")
            kept = uploads.keep(self.resource, actor, cast(UploadedFile, request.FILES["file"]))
        else:
            kept = uploads.kept(self.resource, actor, request.POST.get("kept", ""))
        understood = Understanding(self.resource, actor, kept)
        plan = importing.plan_of(understood, request.POST)
        whole = request.POST.get("whole") == "1"
        begin = imports.start_import if "_run" in request.POST else imports.start_check
        if "_run" in request.POST or "_check_all" in request.POST:
            with transaction.atomic():
                understood.remember(plan)
                return {"job": begin(self.resource, actor, kept, plan, whole=whole)}
        return {**importing.preview(understood, plan), "whole": whole}
