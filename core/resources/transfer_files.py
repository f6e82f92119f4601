"""Files of rows: CSV, XLSX and JSON, read and written a row at a time where the format allows it."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import IO, Any

from import_export.formats.base_formats import XLSX
from tablib import Dataset

from core.errors import Invalid

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
MOST_COLUMNS = 300
MOST_UNPACKED = (
    300 * 2**20
)  # what a workbook, which is a zip, may unpack to: a small one can hold gigabytes of one letter


class UnreadableFile(Invalid):
    code, sentence = "unreadable_file", "This file cannot be read: {why}"


def format_of(name: str) -> str:
    """The format by the file's ending. Refuses one that is not taken."""
    ending = name.rsplit(".", 1)[-1].lower()
    if ending not in FORMATS:
        raise UnreadableFile(why="send CSV, XLSX or JSON.")
    return ending


def read(stream: IO[bytes], kind: str) -> tuple[list[str], Iterator[dict[str, Any]]]:
    """The headers and the rows of a file. Refuses what is not such a file, and closes it."""
    try:
        return _checked(stream, kind)
    except UnreadableFile:
        stream.close()
        raise


def _checked(stream: IO[bytes], kind: str) -> tuple[list[str], Iterator[dict[str, Any]]]:
    try:
        headers, rows = {"csv": _csv, "xlsx": _xlsx, "json": _json}[kind](stream)
    except (ValueError, KeyError, UnicodeError, csv.Error, OSError) as fault:
        raise UnreadableFile(why=str(fault)[:120] or "it is damaged.") from None
    except RecursionError:
        raise UnreadableFile(why="it is nested too deeply.") from None
    if not headers or len(headers) > MOST_COLUMNS:
        raise UnreadableFile(why="its first line must name its columns.")
    if len(set(headers)) != len(headers):
        raise UnreadableFile(why="two columns have the same name.")
    return headers, rows


def _csv(stream: IO[bytes]) -> tuple[list[str], Iterator[dict[str, Any]]]:
    head = stream.read(65_536)
    stream.seek(0)
    encoding = "utf-8-sig" if _is_utf8(head) else "cp1252"
    text = io.TextIOWrapper(stream, encoding=encoding, newline="", errors="replace")
    first = head.decode(encoding, errors="replace").split("\n", 1)[0]
    delimiter = max(",;\t|", key=first.count)
    reader = csv.reader(text, delimiter=delimiter)
    headers = [each.strip() for each in next(reader, [])]

    def rows() -> Iterator[dict[str, Any]]:
        for cells in reader:
            if any(cells):
                yield dict(zip(headers, cells, strict=False))

    return headers, rows()


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        return fault.start > len(head) - 4  # a character cut by the end of what was read
    return True


def _xlsx(stream: IO[bytes]) -> tuple[list[str], Iterator[dict[str, Any]]]:
    try:
        with zipfile.ZipFile(stream) as packed:
            if sum(each.file_size for each in packed.infolist()) > MOST_UNPACKED:
                raise ValueError("it unpacks to more than is taken.")
        stream.seek(0)
        data = XLSX().create_dataset(stream.read())
    except Exception as fault:  # openpyxl and zipfile raise many kinds; each means that the file is damaged
        raise ValueError(str(fault) or "it is damaged.") from None
    headers = [str(each or "").strip() for each in data.headers or []]
    return headers, (
        dict(zip(headers, row, strict=False)) for row in data if any(cell not in (None, "") for cell in row)
    )


def _json(stream: IO[bytes]) -> tuple[list[str], Iterator[dict[str, Any]]]:
    # An escape such as \ud800 is half a character: it becomes "?", as what is no text does in a CSV.
    rows = json.loads(stream.read().decode("utf-8-sig"), object_hook=_whole_characters)
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise ValueError("it must be a list of objects.")
    headers = list(dict.fromkeys(str(name) for row in rows for name in row))
    return headers, iter(rows)


def _whole_characters(row: dict[str, Any]) -> dict[str, Any]:
    return {_whole(name): _whole(cell) for name, cell in row.items()}


def _whole(cell: Any) -> Any:
    if isinstance(cell, list):
        return [_whole(each) for each in cell]
    return cell.encode(errors="replace").decode() if isinstance(cell, str) else cell


def write(kind: str, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The file, in pieces."""
    if kind == "csv":
        yield from _write_csv(headers, rows)
    elif kind == "json":
        yield b"["
        for place, row in enumerate(rows):
            yield (b",\n" if place else b"\n") + json.dumps(
                dict(zip(headers, row, strict=True)), default=_plain, ensure_ascii=False
            ).encode()
        yield b"\n]\n"
    else:
        yield XLSX().export_data(Dataset(*([_excel(cell) for cell in row] for row in rows), headers=list(headers)))


def _write_csv(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(headers)
    for place, row in enumerate(rows, start=1):
        writer.writerow(row)
        if place % 500 == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _excel(cell: Any) -> Any:
    return _plain(cell) if not isinstance(cell, str | int | float | bool | date | datetime | None) else cell


def _plain(value: Any) -> str:
    return str(value)
