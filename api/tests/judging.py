"""A process of its own that judges files one by one, with a bound on its memory: `python -m api.tests.judging FOLDER`.

Prints a line of JSON for each: what became of it, how long that kept a processor busy, and how much memory it needed beyond
what stood before.
"""

import json
import resource
import sys
import time
from pathlib import Path

from marketplace.catalog import media
from marketplace.catalog.errors import ImageRefused

#: What a picture may take beyond the process itself: the bound ends one that asks for more.
MOST_MEMORY = 400 * 2**20


def memory(name: str) -> int:
    """A figure of this process, in bytes: VmHWM is the most it has had since that was reset, VmRSS what it has."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def judge(file: Path) -> dict[str, object]:
    Path("/proc/self/clear_refs").write_text("5")
    before, begun = memory("VmRSS"), time.process_time()
    try:
        with file.open("rb") as source:
            media.glance(source, size=file.stat().st_size)
            made = media.prepare(source, size=file.stat().st_size)
        outcome = "drawn"
        found = sum(len(each.content) for each in made.files)
    except ImageRefused as refusal:
        outcome, found = refusal.detail, 0
    taken = time.process_time() - begun
    return {
        "file": file.name,
        "outcome": outcome,
        "seconds": round(taken, 3),
        "memory": memory("VmHWM") - before,
        "bytes": found,
    }


if __name__ == "__main__":
    standing = memory("VmSize")
    resource.setrlimit(resource.RLIMIT_AS, (standing + MOST_MEMORY, standing + MOST_MEMORY))
    for each in sorted(Path(sys.argv[1]).rglob("*")):
        if each.is_file():
            print(json.dumps(judge(each)), flush=True)  # noqa: T201  this is its answer
