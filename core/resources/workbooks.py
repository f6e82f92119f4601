"""Workbooks (XLSX): read and written a line at a time. Whoever opens one has read its head, and no more of it than that needs.

A workbook is a zip of XML parts, so that a small one may hold much: each part that is read has its bound.
"""

import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.packaging.relationship import get_rels_path
from openpyxl.reader.excel import ExcelReader, _find_workbook_part
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.exceptions import WorkbookAlreadySaved
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.xml.constants import ARC_CONTENT_TYPES, ARC_STYLE, SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

MIB = 2**20
MOST_UNPACKED = 300 * MIB  # all of it: a small one can hold gigabytes of one letter
MOST_TEXTS = 64 * MIB  # the texts that its cells share: they are kept in memory
MOST_BESIDE = 8 * MIB  # what says how it is made up and how it looks
BESIDE = "what it is made up of is"
LONGEST_LINE = 16 * MIB
LIGHT = 8 * MIB  # a workbook of no more, unpacked, is read in some two seconds
LONGEST_SHEET = 1_048_576
PIECE = 64 * 2**10
ITEM, RUN, TEXT = (f"{{{SHEET_MAIN_NS}}}{name}" for name in ("si", "r", "t"))


# --- Reading ---------------------------------------------------------------------------------------------------------


def read(stream: IO[bytes]) -> tuple[list[str], Iterator[dict[str, Any]]]:
    """The headers and the rows of a workbook. Raises ValueError where it is none, is damaged or holds too much."""
    try:
        with zipfile.ZipFile(stream) as packed:
            if sum(each.file_size for each in packed.infolist()) > MOST_UNPACKED:
                raise ValueError("it unpacks to more than is taken.")
        stream.seek(0)
        reader = _Reader(stream, read_only=True, data_only=True, keep_links=False)
        reader.read()
        book = reader.wb
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


def is_light(stream: IO[bytes]) -> bool:
    """Can all its lines be read while somebody waits?"""
    with zipfile.ZipFile(stream) as packed:
        return sum(each.file_size for each in packed.infolist()) <= LIGHT  # a sheet may lie anywhere in it


class _Reader(ExcelReader):
    """Opens a workbook without what nobody here asks for: charts, names, properties, how large its sheets say they are."""

    def read(self) -> None:
        self._bound(MOST_BESIDE, BESIDE, ARC_CONTENT_TYPES)
        self.read_manifest()
        workbook = _find_workbook_part(self.package).PartName[1:]
        self._bound(MOST_BESIDE, BESIDE, ARC_STYLE, workbook, get_rels_path(workbook))
        self.read_strings()
        self.read_workbook()
        apply_stylesheet(self.archive, self.wb)  # by its style a number is known to be a date
        self.read_worksheets()

    def read_strings(self) -> None:
        part = self.package.find(SHARED_STRINGS)
        if part is not None:
            name = part.PartName[1:]
            self._bound(MOST_TEXTS, "its texts are", name)
            self.shared_strings = _Texts(self.archive, name)

    def read_worksheets(self) -> None:
        for sheet, relation in self.parser.find_sheets():
            if relation.target in self.valid_files and "chartsheet" not in relation.Type:
                self.wb._sheets.append(_Sheet(self.wb, sheet.name, relation.target, self.shared_strings))

    def _bound(self, most: int, what: str, *names: str) -> None:
        if sum(each.file_size for each in self.archive.infolist() if each.filename in names) > most:
            raise ValueError(f"{what} more than the {most // MIB} MB that are taken; send it as CSV, or in parts.")


class _Texts:
    """The texts that cells share, read as far as a cell has asked for."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._known: list[str] = []
        self._rest = _texts(archive, name)

    def __getitem__(self, place: int) -> str:
        if place < 0:
            raise ValueError("a cell names a text that is not there.")
        while place >= len(self._known):
            following = next(self._rest, None)
            if following is None:
                raise ValueError("a cell names a text that is not there.")
            self._known.append(following)
        return self._known[place]


def _texts(archive: zipfile.ZipFile, name: str) -> Iterator[str]:
    with archive.open(name) as source:
        root: Any = None
        for event, node in iterparse(source, ("start", "end")):
            root = node if root is None else root
            if event == "end" and node.tag == ITEM:
                found = (node, *node.findall(RUN))
                yield "".join(each.findtext(TEXT) or "" for each in found).replace("x005F_", "")
                root.clear()


class _Sheet(ReadOnlyWorksheet):
    """A sheet whose lines have a greatest length."""

    def _get_size(self) -> None:
        """What a sheet says of its size is often wrong, and looking for it may mean to read all of it."""

    def _get_source(self) -> Any:
        self.source = _Measured(super()._get_source())
        return self.source


class _Measured:
    """A stream of which only so much may be read before `since` is set back."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self.since = stream, 0

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        self.since += len(piece)
        if self.since > LONGEST_LINE:
            raise ValueError("a line of it is longer than is taken.")
        return piece

    def __enter__(self) -> "_Measured":
        return self

    def __exit__(self, *_fault: object) -> None:
        self._stream.close()


def _lines(sheet: _Sheet) -> Iterator[Sequence[Any]]:
    for cells in sheet.iter_rows(
        max_row=LONGEST_SHEET, values_only=True
    ):  # a line may say that it is the last of billions
        sheet.source.since = 0
        yield cells


def _headers(cells: Sequence[Any]) -> list[str]:
    found = [str(each or "").strip() for each in cells]
    while found and not found[-1]:
        found.pop()
    return found


# --- Writing ---------------------------------------------------------------------------------------------------------


class Writing:
    """A workbook that is written: its lines wait in files of the library's own, until it is packed or dropped.

    What is more than a sheet holds goes on to a next one with the same headers.
    """

    def __init__(self, headers: Sequence[str]) -> None:
        self._headers, self._count = list(headers), 0
        self._book = Workbook(write_only=True)
        self._turn()

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Write lines behind those that are there."""
        for row in rows:
            if self._count == LONGEST_SHEET:
                self._turn()
            self._sheet.append([excel(cell) for cell in row])
            self._count += 1

    def pack(self, out: IO[bytes]) -> None:
        """Write all of it to a file. This may take minutes."""
        self._book.save(out)
        self._book = None

    def drop(self) -> None:
        """Let go of what was not packed."""
        sheets, self._book = self._book.worksheets if self._book is not None else (), None
        for sheet in sheets:
            with suppress(WorkbookAlreadySaved):
                sheet.close()
                sheet._writer.cleanup()

    def _turn(self) -> None:
        self._sheet = self._book.create_sheet()
        self._sheet.append(self._headers)
        self._count = 1


def write(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """A workbook in pieces; memory does not grow with the rows."""
    writing = Writing(headers)
    try:
        writing.add(rows)
        with tempfile.TemporaryFile() as whole:
            writing.pack(whole)
            whole.seek(0)
            while piece := whole.read(PIECE):
                yield piece
    finally:
        writing.drop()


def excel(cell: Any) -> Any:
    """A cell as a workbook takes it. A number that sixteen digits do not tell, which is what is written, goes as text."""
    if isinstance(cell, float) and float(f"{cell:.16g}") != cell:
        return repr(cell)
    if isinstance(cell, str):
        return ILLEGAL_CHARACTERS_RE.sub("\ufffd", cell)
    return cell if isinstance(cell, int | float | bool | date | datetime | None) else str(cell)
