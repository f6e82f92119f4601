"""Exports as jobs: the rows of a list, filtered as the list was, into a file that waits to be fetched by who asked for it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from django.core.files import File
from django.http import QueryDict

from core import context
from core.errors import Denied, Invalid, Missing
from core.jobs.models import Job
from core.jobs.running import JobRun, job, start
from core.resources import parameters, transfer, transfer_files, workbooks
from core.resources.admin import lists
from core.resources.declaration import Resource
from core.rules import Actor, policy_of, scope
from core.transfers.imports import resource_at
from core.transfers.uploads import fresh_path, hand_over, storage, workshop

EXPORT = "export"
STEP = 2_000


class UnknownFormat(Invalid):
    code, sentence = "unknown_format", "Choose one of: {known}."


def may_export(resource: type[Resource], actor: Actor) -> bool:
    """May the actor fetch rows of the resource at all?"""
    return resource.transfer and resource.serves(actor.audience) and policy_of(resource.model).may_ever(actor, "view")


def chosen(resource: type[Resource], actor: Actor, query: str, *, screen: bool = False) -> Any:
    """The rows that the actor's list shows under a filter, in the order of their keys. Refuses with 422 what no list takes.

    `screen`: the filter as the address of a screen has it, where amounts are in major units.
    """
    if screen:
        condition = lists.asked(resource, actor, QueryDict(query))
    else:
        tokens = parameters.has_tokens(resource, actor.audience)
        known = parameters.filters(resource, actor.audience)
        condition = parameters.condition(resource, actor, parameters.read(QueryDict(query), known, attributes=tokens))
    return scope(actor, resource.model).filter(condition).order_by("pk")


def start_export(resource: type[Resource], actor: Actor, *, query: str, kind: str, screen: bool = False) -> Job:
    """Queue an export; answers the job. Refuses with 403, and with 422 an unknown format or filter."""
    if not may_export(resource, actor):
        raise Denied()
    if kind not in transfer_files.FORMATS:
        raise UnknownFormat(known=", ".join(transfer_files.FORMATS))
    count = chosen(resource, actor, query, screen=screen).count()
    title = f"Export {count:,} {resource.model._meta.verbose_name_plural}"
    params = {"resource": resource.path, "query": query, "kind": kind, "screen": screen}
    return start(EXPORT, by=actor, title=title, params=params, total=count)


@job(EXPORT, in_steps=True)
def run_export(run: JobRun) -> Iterator[Callable[[], dict[str, Any]]]:
    """Write the file some rows at a time; goes on after the last row that is in it. A workbook is begun anew instead.

    Rows are read and written outside of a transaction, which only keeps the place: packing a workbook takes its time.
    """
    resource, kind = resource_at(run.params["resource"]), run.params["kind"]
    if not may_export(resource, run.actor):
        raise Denied()
    rows = chosen(resource, run.actor, run.params["query"], screen=run.params.get("screen", False))
    writing = (_Book if kind == "xlsx" else _Text)(run, kind)
    exporter = transfer.Exporter(resource, run.actor, rows)
    place = writing.begin(exporter.headers)
    with closing(writing):
        while found := list(exporter.prepared(rows.filter(pk__gt=place))[:STEP]):
            place = found[-1].pk
            writing.add(exporter.cells(found))
            run.advance(len(found))
            yield partial(dict, pk=place, **writing.place())
        writing.end()
    size = writing.size()
    run.moved()
    hand_over(writing.path)
    run.conclude(path=writing.path, name=f"{resource.path}-{run.job.created_at:%Y-%m-%d}.{kind}", kind=kind, size=size)


class _Text:
    """A file of lines, cut back on a resume to what its checkpoint knows of."""

    def __init__(self, run: JobRun, kind: str) -> None:
        self.run, self.kind = run, kind
        self.headers: list[str] = []
        held = run.checkpoint or {}
        self.path, self.at, self.last = held.get("path", ""), int(held.get("bytes", 0)), int(held.get("pk", 0))

    @property
    def file(self) -> Path:
        return Path(workshop().path(self.path))

    def begin(self, headers: list[str]) -> int:
        """Make ready; answers the key after which to go on."""
        self.headers = headers
        if self._is_here() and (self.run.checkpoint or {}).get("headers") == headers:
            with self.file.open("r+b") as out:
                out.truncate(self.at)
            return self.last
        self._begin_anew()
        with self.file.open("wb") as out:
            out.write(transfer_files.opening(self.kind, headers))
            self.at = out.tell()
        return 0

    def _is_here(self) -> bool:
        """Is the file that the checkpoint knows on this machine, and all of it?"""
        return bool(self.path and self.last) and self.file.exists() and self.file.stat().st_size >= self.at

    def _begin_anew(self) -> None:
        """A file of its own: another machine may have the one before, as it was when that stopped."""
        self.run.advance(-self.run.job.done_count)
        self.path, self.last = fresh_path(self.kind), 0
        self.file.touch(mode=0o600)

    def add(self, rows: list[list[Any]]) -> None:
        """Write rows behind those that are there."""
        with self.file.open("r+b") as out:  # at its place: whoever else was at work on the file wrote the same there
            out.seek(self.at)
            for piece in transfer_files.pieces(self.kind, self.headers, rows, is_first=not self.last):
                out.write(piece)
            out.truncate()
            self.at = out.tell()
        self.last = 1

    def end(self) -> None:
        """Write what such a file ends with."""
        with self.file.open("ab") as out:
            out.write(transfer_files.closing(self.kind))

    def close(self) -> None:
        """Let go of what a stopped export leaves open: of a file of lines nothing is."""

    def place(self) -> dict[str, Any]:
        """What a resume has to know."""
        return {"path": self.path, "bytes": self.at, "headers": self.headers}

    def size(self) -> int:
        """How large the file is."""
        return self.file.stat().st_size


class _Book(_Text):
    """A workbook, whose lines wait elsewhere until it is packed: a resume begins it anew."""

    def begin(self, headers: list[str]) -> int:
        self.headers = headers
        self._begin_anew()
        self.writing = workbooks.Writing(headers)
        return 0

    def add(self, rows: list[list[Any]]) -> None:
        self.writing.add(rows)

    def end(self) -> None:
        with self.file.open("wb") as out:
            self.writing.pack(out)

    def close(self) -> None:
        self.writing.drop()


def file_of(row: Job, actor: Actor) -> tuple[File, str, str]:
    """An export's open file, its name and its type: for who asked for it, and may still read such rows. Refuses with 404 others."""
    if row.kind != EXPORT or row.actor_id != actor.user_id or row.audience != actor.audience.word:
        raise Missing()
    path = row.result.get("path")
    if row.status != "done" or not path or not storage().exists(path):
        raise Missing()
    if not may_export(resource_at(row.params["resource"]), actor):
        raise Denied()
    return storage().open(path, "rb"), row.result["name"], transfer_files.FORMATS[row.result["kind"]]


def name_now(resource: type[Resource], kind: str) -> str:
    """What an export of this moment is called."""
    return f"{resource.path}-{context.now():%Y-%m-%d}.{kind}"
