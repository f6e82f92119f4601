"""Files of rows: CSV, XLSX, JSON and JSON lines, read and written a row at a time; only JSON is read whole.

A workbook holds 1,048,576 lines a sheet: what is more goes on to a next sheet with the same headers, and is read from there.
"""

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import IO, Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from core.errors import Invalid

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
}
MOST_COLUMNS = 300
MOST_UNPACKED = (
    300 * 2**20
)  # what a workbook, which is a zip, may unpack to: a small one can hold gigabytes of one letter
LONGEST_SHEET = 1_048_576
PIECE = 64 * 2**10


class UnreadableFile(Invalid):
    code, sentence = "unreadable_file", "This file cannot be read: {why}"


def format_of(name: str) -> str:
    """The format by the file's ending. Refuses one that is not taken."""
    ending = name.rsplit(".", 1)[-1].lower()
    ending = {"ndjson": "jsonl"}.get(ending, ending)
    if ending not in FORMATS:
        raise UnreadableFile(why="send CSV, XLSX, JSON or JSON lines.")
    return ending


def read(stream: IO[bytes], kind: str) -> tuple[list[str], Iterator[dict[str, Any]]]:
    """The headers and the rows of a file. Refuses what is not such a file, and closes it."""
    try:
        return _checked(stream, kind)
    except UnreadableFile:
        stream.close()
        raise


def _checked(stream: IO[bytes], kind: str) -> tuple[list[str], Iterator[dict[str, Any]]]:
    readers = {"csv": _csv, "xlsx": _xlsx, "json": _json, "jsonl": _jsonl}
    try:
        headers, rows = readers[kind](stream)
    except (ValueError, KeyError, UnicodeError, csv.Error, OSError) as fault:
        raise UnreadableFile(why=str(fault)[:120] or "it is damaged.") from None
    except RecursionError:
        raise UnreadableFile(why="it is nested too deeply.") from None
    if not headers or len(headers) > MOST_COLUMNS:
        raise UnreadableFile(why="its first line must name its columns.")
    if len(set(headers)) != len(headers):
        raise UnreadableFile(why="two columns have the same name.")
    return headers, rows


# --- CSV -------------------------------------------------------------------------------------------------------------


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
        text.close()

    return headers, rows()


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        return fault.start > len(head) - 4  # a character cut by the end of what was read
    return True


# --- XLSX ------------------------------------------------------------------------------------------------------------


def _xlsx(stream: IO[bytes]) -> tuple[list[str], Iterator[dict[str, Any]]]:
    try:
        with zipfile.ZipFile(stream) as packed:
            if sum(each.file_size for each in packed.infolist()) > MOST_UNPACKED:
                raise ValueError("it unpacks to more than is taken.")
        stream.seek(0)
        book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        sheets = [_lines(sheet) for sheet in book.worksheets]
        headers = _headers(next(sheets[0], ())) if sheets else []
    except Exception as fault:  # openpyxl and zipfile raise many kinds; each means that the file is damaged
        raise ValueError(str(fault) or "it is damaged.") from None

    def rows() -> Iterator[dict[str, Any]]:
        for place, sheet in enumerate(sheets):
            if place and _headers(next(sheet, ())) != headers:
                continue
            for cells in sheet:
                if any(cell not in (None, "") for cell in cells):
                    yield dict(zip(headers, cells, strict=False))
        book.close()

    return headers, rows()


def _lines(sheet: Any) -> Iterator[Sequence[Any]]:
    if not hasattr(sheet, "iter_rows"):
        return iter(())
    if hasattr(sheet, "reset_dimensions"):
        sheet.reset_dimensions()  # some programs write a size that is not the sheet's
    return iter(sheet.iter_rows(values_only=True))


def _headers(cells: Sequence[Any]) -> list[str]:
    found = [str(each or "").strip() for each in cells]
    while found and not found[-1]:
        found.pop()
    return found


# --- JSON ------------------------------------------------------------------------------------------------------------


def _json(stream: IO[bytes]) -> tuple[list[str], Iterator[dict[str, Any]]]:
    # An escape such as \ud800 is half a character: it becomes "?", as what is no text does in a CSV.
    rows = json.loads(stream.read().decode("utf-8-sig"), object_hook=_whole_characters)
    stream.close()
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise ValueError("it must be a list of objects.")
    headers = list(dict.fromkeys(str(name) for row in rows for name in row))
    return headers, iter(rows)


def _jsonl(stream: IO[bytes]) -> tuple[list[str], Iterator[dict[str, Any]]]:
    """An object on each line. The whole file is read once for its headers, for a later line may bring another."""
    headers: dict[str, None] = {}
    for row in _objects(stream):
        headers |= dict.fromkeys(str(name) for name in row)
        if len(headers) > MOST_COLUMNS:
            raise ValueError(f"it has more than {MOST_COLUMNS} columns.")

    def rows() -> Iterator[dict[str, Any]]:
        yield from _objects(stream)
        stream.close()

    return list(headers), rows()


def _objects(stream: IO[bytes]) -> Iterator[dict[str, Any]]:
    stream.seek(0)
    for number, line in enumerate(stream, start=1):
        text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        if not text:
            continue
        try:
            row = json.loads(text, object_hook=_whole_characters)
        except ValueError:
            raise ValueError(f"line {number} is no JSON.") from None
        if not isinstance(row, dict):
            raise ValueError(f"line {number} is no object.")
        yield row


def _whole_characters(row: dict[str, Any]) -> dict[str, Any]:
    return {_whole(name): _whole(cell) for name, cell in row.items()}


def _whole(cell: Any) -> Any:
    if isinstance(cell, list):
        return [_whole(each) for each in cell]
    return cell.encode(errors="replace").decode() if isinstance(cell, str) else cell


# --- Writing ---------------------------------------------------------------------------------------------------------


def write(kind: str, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The file, in pieces; memory does not grow with the rows."""
    if kind == "xlsx":
        yield from _write_xlsx(headers, rows)
        return
    yield opening(kind, headers)
    yield from pieces(kind, headers, rows)
    yield closing(kind)


def opening(kind: str, headers: Sequence[str]) -> bytes:
    """What a file of text begins with."""
    return {"csv": _csv_lines([headers]), "json": b"[", "jsonl": b""}[kind]


def closing(kind: str) -> bytes:
    """What a file of text ends with."""
    return b"\n]\n" if kind == "json" else b""


def pieces(
    kind: str, headers: Sequence[str], rows: Iterable[Sequence[Any]], *, is_first: bool = True
) -> Iterator[bytes]:
    """The lines of rows in a file of text, some at a time; not `is_first` where lines stand before them already."""
    chunk: list[bytes] = []
    size = 0
    for row in rows:
        if kind == "csv":
            line = _csv_lines([row])
        else:
            text = json.dumps(dict(zip(headers, row, strict=True)), default=str, ensure_ascii=False).encode()
            line = text + b"\n" if kind == "jsonl" else (b"\n" if is_first else b",\n") + text
        is_first = False
        chunk.append(line)
        size += len(line)
        if size > PIECE:
            yield b"".join(chunk)
            chunk, size = [], 0
    yield b"".join(chunk)


def _csv_lines(rows: Iterable[Sequence[Any]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode()


def _write_xlsx(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    book = Workbook(write_only=True)  # its lines wait in a file, not in memory
    sheet = book.create_sheet()
    sheet.append(list(headers))
    count = 1
    for row in rows:
        if count == LONGEST_SHEET:
            sheet = book.create_sheet()
            sheet.append(list(headers))
            count = 1
        sheet.append([excel(cell) for cell in row])
        count += 1
    with tempfile.TemporaryFile() as whole:
        book.save(whole)
        whole.seek(0)
        while piece := whole.read(PIECE):
            yield piece


def excel(cell: Any) -> Any:
    """A cell as a workbook takes it. A number that sixteen digits do not tell, which is what is written, goes as text."""
    if isinstance(cell, float) and float(f"{cell:.16g}") != cell:
        return repr(cell)
    if isinstance(cell, str):
        return ILLEGAL_CHARACTERS_RE.sub("\ufffd", cell)
    return cell if isinstance(cell, int | float | bool | date | datetime | None) else str(cell)
