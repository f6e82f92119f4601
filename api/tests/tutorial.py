"""The tutorial of docs/guide.md as files: its named blocks are written, its changes applied, its lines counted."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guide.md"
BLOCK = re.compile(r"^```(python|diff) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block that names a file: the whole file, or a change to it."""

    kind: str
    file: str
    text: str

    def put(self, folder: Path) -> None:
        """Write the file below the folder, or change it. A change that does not fit is an AssertionError."""
        place = folder / self.file
        if self.kind == "python":
            place.write_text(self.text)
            return
        lines = self.text.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] in " -")
        new = "".join(line[1:] for line in lines if line[0] in " +")
        held = place.read_text()
        assert held.count(old) == 1, f"{self.file}: these lines are there {held.count(old)} times:\n{old}"
        place.write_text(held.replace(old, new))


def parts() -> tuple[list[Block], list[Block]]:
    """The blocks of the thirty lines, and those of the verb."""
    before, after = GUIDE.read_text().split("\n## A verb\n")
    return [Block(*found) for found in BLOCK.findall(before)], [Block(*found) for found in BLOCK.findall(after)]


def lines_of(blocks: list[Block]) -> dict[str, int]:
    """Lines that are not blank, by file: imports, sentences and brackets are counted like the rest."""
    return {block.file: sum(bool(line.strip()) for line in block.text.splitlines()) for block in blocks}
