"""How a document is drawn."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from fpdf import FPDF
from fpdf.fonts import FontFace

FONTS = Path(__file__).parent / "fonts"
TEXT, ETHIOPIC = "Noto Sans", "Noto Sans Ethiopic"
MARGIN, LINE, SMALL, USUAL, LARGE = 18, 5, 8, 9, 18
INK, DIM, RULE = (28, 32, 36), (104, 112, 120), (214, 218, 222)


class Paper(FPDF):
    """A document in Latin, Greek, Cyrillic and Ethiopic letters; what has no letter there is drawn as an empty box.

    `at` is its moment: made again, it is the same file.
    """

    def __init__(self, *, title: str, at: datetime, foot: str = "") -> None:
        super().__init__(format="A4")
        self.foot = foot
        self.add_font(TEXT, "", FONTS / "NotoSans-Regular.ttf")
        self.add_font(TEXT, "B", FONTS / "NotoSans-SemiBold.ttf")
        self.add_font(ETHIOPIC, "", FONTS / "NotoSansEthiopic-Regular.ttf")
        self.set_fallback_fonts([ETHIOPIC], exact_match=False)
        self.set_title(title)
        self.set_creation_date(at)
        self.set_producer("Soko")
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, MARGIN)
        self.alias_nb_pages()
        self.add_page()
        self.say(title, size=LARGE, strong=True, line=9)

    def footer(self) -> None:
        """What it is, and which page of how many."""
        self.set_y(-MARGIN)
        self._ink(SMALL, dim=True)
        self.cell(0, LINE, self.foot)
        self.set_x(MARGIN)
        self.cell(0, LINE, f"{self.page_no()} / {{nb}}", align="R")

    def _ink(self, size: int, *, strong: bool = False, dim: bool = False) -> None:
        self.set_font(TEXT, "B" if strong else "", size)
        self.set_text_color(*(DIM if dim else INK))

    def say(self, text: str, *, size: int = USUAL, strong: bool = False, dim: bool = False, line: int = LINE) -> None:
        """A paragraph."""
        self._ink(size, strong=strong, dim=dim)
        self.multi_cell(0, line, text, new_x="LMARGIN", new_y="NEXT", align="L")

    def gap(self, height: int = 6) -> None:
        self.ln(height)

    def beside(self, *columns: tuple[str, Sequence[str]]) -> None:
        """Blocks next to each other: a heading and its lines, each."""
        top, width, lowest = self.get_y(), int(self.epw) // len(columns), self.get_y()
        for place, (heading, lines) in enumerate(columns):
            self.set_xy(MARGIN + place * width, top)
            self._ink(SMALL, dim=True)
            self.multi_cell(width - 6, LINE, heading, new_x="LEFT", new_y="NEXT", align="L")
            for number, each in enumerate(each for each in lines if each):
                self._ink(USUAL, strong=number == 0)
                self.multi_cell(width - 6, LINE, each, new_x="LEFT", new_y="NEXT", align="L")
            lowest = max(lowest, self.get_y())
        self.set_xy(MARGIN, lowest)

    def rows(
        self, headings: Sequence[str], rows: Sequence[Sequence[str]], *, widths: Sequence[int], numbers: int
    ) -> None:
        """A table, whose last `numbers` columns are numbers; its headings stand on every page."""
        align = ("LEFT",) * (len(headings) - numbers) + ("RIGHT",) * numbers
        self._ink(USUAL)
        self.set_draw_color(*RULE)
        style: Any = FontFace(emphasis="", color=DIM, size_pt=SMALL)
        with self.table(
            borders_layout="HORIZONTAL_LINES", col_widths=tuple(widths), text_align=align, line_height=LINE,
            headings_style=style, padding=(1, 1),
        ) as table:  # fmt: skip
            for each in (headings, *rows):
                row = table.row()
                for word in each:
                    row.cell(word)

    def sums(self, lines: Sequence[tuple[str, str]]) -> None:
        """Amounts under each other at the right; the last one is what they make."""
        for place, (label, amount) in enumerate(lines):
            last = place == len(lines) - 1
            self._ink(USUAL + 2 if last else USUAL, strong=last, dim=not last)
            self.set_x(self.w - MARGIN - 90)
            self.cell(50, LINE + 2 * last, label)
            self._ink(USUAL + 2 if last else USUAL, strong=last)
            self.cell(40, LINE + 2 * last, amount, align="R", new_x="LMARGIN", new_y="NEXT")

    def bytes(self) -> bytes:
        """The finished file."""
        return bytes(self.output())
