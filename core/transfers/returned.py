"""The same file back: each of its rows as it came, with a column that says what is wrong with it."""

from collections.abc import Iterator, Sequence
from typing import Any

from core.errors import Denied, Missing
from core.jobs.models import Job, JobRow
from core.resources import transfer_files
from core.resources.transfer_columns import guarded
from core.rules import Actor
from core.transfers.imports import CHECK, IMPORT, file_of, resource_at
from core.transfers.mapping import may_import

ERRORS = "errors"


def returned(row: Job, actor: Actor, *, only_refused: bool = False) -> tuple[str, str, Iterator[bytes]]:
    """The name, type and pieces of an import's file with its `errors`, for who sent it. Refuses with 404 others."""
    if row.kind not in (IMPORT, CHECK) or row.actor_id != actor.user_id or row.audience != actor.audience.word:
        raise Missing()
    if not may_import(resource_at(row.params["resource"]), actor):
        raise Denied()
    file = file_of(row.params)
    with file.opened() as (headers, _rows):
        kept = [each for each in headers if each != ERRORS]
    stem = file.name.rsplit(".", 1)[0]
    pieces = transfer_files.write(file.kind, [*kept, ERRORS], _lines(row, kept, only_refused=only_refused))
    return f"{stem}-errors.{file.kind}", transfer_files.FORMATS[file.kind], pieces


def _lines(row: Job, headers: Sequence[str], *, only_refused: bool) -> Iterator[list[Any]]:
    told = row.rows.exclude(code="done").order_by("number").iterator(chunk_size=1000)
    following: JobRow | None = next(told, None)
    with file_of(row.params).opened() as (_headers, rows):
        for number, cells in enumerate(rows, start=1):
            sentence = ""
            if following is not None and following.number == number:
                sentence, following = following.message, next(told, None)
            if sentence or not only_refused:
                yield [*(_cell(cells.get(each)) for each in headers), guarded(sentence)]


def _cell(value: Any) -> Any:
    """A cell as it came; a text that a spreadsheet would run is made harmless, and read back as it was."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "|".join(map(str, value))
    return guarded(value) if isinstance(value, str) else value
