"""What the headers of a file mean: ours, other names for them, those of other shop systems, and what was chosen the last time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Protocol


class Named(Protocol):
    """A column as it may be named."""

    @property
    def header(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def attribute(self) -> str: ...


@dataclass(frozen=True)
class Dialect:
    """The product file of another shop system, for one resource; a declaration, without code.

    `known_by`: headers that all stand in such a file. `columns`: {their header: ours}; what is not named is left out.
    `markup`: headers whose texts are HTML, which is taken off. `paths`: headers that hold "A > B, C": the last of the first
    is meant. `skip_blank` and `skip_where`: lines that are about something else, as those of a product's variants are.
    """

    name: str
    known_by: tuple[str, ...]
    columns: Mapping[str, str]
    markup: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()
    skip_blank: tuple[str, ...] = ()
    skip_where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def skips(self, cells: Mapping[str, Any]) -> bool:
        """Is this line about something else than the resource?"""
        if any(str(cells.get(header) or "").strip() == "" for header in self.skip_blank):
            return True
        return any(
            words & {each.strip().lower() for each in str(cells.get(header) or "").split(",")}
            for header, words in ((name, set(chosen)) for name, chosen in self.skip_where.items())
        )

    def read(self, header: str, text: str) -> str:
        """A cell as we would write it."""
        if header in self.markup:
            return without_markup(text)
        if header in self.paths:
            return text.split(",")[0].split(">")[-1].strip()
        return text


def recognised(headers: Iterable[str], dialects: Iterable[Dialect]) -> Dialect | None:
    """The dialect that a file is written in: the first that knows it by its headers."""
    there = {plain(each) for each in headers}
    return next((each for each in dialects if all(plain(name) in there for name in each.known_by)), None)


def guess(
    headers: Sequence[str],
    columns: Sequence[Named],
    *,
    aliases: Mapping[str, tuple[str, ...]] | None = None,
    dialect: Dialect | None = None,
    remembered: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Which of our columns each header of a file means, whatever the case and spaces; unknown ones are left out.

    What was chosen the last time counts first, then the dialect, then our headers and titles, then other names for them.
    """
    offered = {each.header for each in columns}
    known: dict[str, str] = {}
    for column in columns:
        for name in (column.title, column.attribute, column.header):
            if name:
                known.setdefault(plain(name), column.header)
    for ours, names in (aliases or {}).items():
        for name in names:
            if ours in offered:
                known.setdefault(plain(name), ours)
    theirs = {plain(name): ours for name, ours in dialect.columns.items()} if dialect is not None else {}
    chosen = remembered or {}
    found: dict[str, str] = {}
    for header in headers:
        word = plain(header)
        # A file of a known system means what that system says: what it does not name is no column of ours by chance.
        wanted = chosen[word] if word in chosen else theirs.get(word, "") if dialect else known.get(word, "")
        if wanted in offered and wanted not in found.values():
            found[header] = wanted
    return found


def plain(text: str) -> str:
    """A header without case, spaces and signs, as it is compared."""
    return "".join(each for each in text.lower() if each.isalnum())


class _Words(HTMLParser):
    BREAKS = frozenset({"p", "br", "div", "li", "ul", "ol", "tr", "h1", "h2", "h3", "h4", "h5", "h6"})
    SILENT = frozenset({"script", "style"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.silent += tag in self.SILENT
        if tag in self.BREAKS:
            self.parts.append("\n- " if tag == "li" else "\n")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in self.SILENT and self.silent > 0
        if tag in self.BREAKS - {"br", "li"}:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)


def without_markup(text: str) -> str:
    """The words of an HTML text, its paragraphs and list items on lines of their own."""
    if "<" not in text and "&" not in text:
        return text
    reader = _Words()
    reader.feed(text)
    reader.close()
    lines = [" ".join(each.split()) for each in "".join(reader.parts).split("\n")]
    return "\n".join(each for each in lines if each and each != "-")
