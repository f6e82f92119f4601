"""Files of rows: CSV, XLSX, JSON and JSON lines, read and written a row at a time; only JSON is read whole."""

import csv
import io
import json
import zipfile
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

from core.errors import Invalid
from core.resources import workbooks

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
}
MOST_COLUMNS = 300
#: What reading a file that is none, or is cut or broken, may raise.
DAMAGED = (
    ValueError,
    KeyError,
    UnicodeError,
    csv.Error,
    OSError,
    EOFError,
    SyntaxError,
    zipfile.BadZipFile,
    zlib.error,
)
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
    readers = {"csv": _csv, "xlsx": workbooks.read, "json": _json, "jsonl": _jsonl}
    try:
        headers, rows = readers[kind](stream)
    except DAMAGED as fault:
        raise UnreadableFile(why=str(fault)[:120] or "it is damaged.") from None
    except RecursionError:
        raise UnreadableFile(why="it is nested too deeply.") from None
    if not headers or len(headers) > MOST_COLUMNS:
        raise UnreadableFile(why="its first line must name its columns.")
    if len(set(headers)) != len(headers):
        raise UnreadableFile(why="two columns have the same name.")
    if any("\x00" in each for each in headers):
        raise UnreadableFile(why="its first line has characters that cannot be shown.")
    return headers, _to_its_end(rows)


def is_light(stream: IO[bytes], kind: str) -> bool:
    """Can all of a file be read while somebody waits?"""
    return kind != "xlsx" or workbooks.is_light(stream)


def _to_its_end(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows, as long as the file can be read. Refuses one that turns out to be damaged further down."""
    try:
        yield from rows
    except DAMAGED as fault:
        raise UnreadableFile(why=str(fault)[:120] or "it is damaged.") from None


# --- CSV -------------------------------------------------------------------------------------------------------------


def _csv(stream: IO[bytes]) -> tuple[list[str], Iterator[dict[str, Any]]]:
    head = stream.read(65_536)
    stream.seek(0)
    encoding = (
        "utf-16" if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig" if _is_utf8(head) else "cp1252"
    )
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
        except (ValueError, RecursionError):
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
        yield from workbooks.write(headers, rows)
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
