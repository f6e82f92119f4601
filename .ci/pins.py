"""Keep the requirement files whole: every direct dependency with its reason, every other one pinned below the line.

`pins.py write` resolves again and rewrites the part below the line. `pins.py check` asks nobody outside: it walks
what the installed packages themselves require and refuses a pin that is absent, unused, or not what is installed.
"""

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
RUNTIME = ROOT / "requirements.txt"
TOOLS = ROOT / ".ci" / "requirements-dev.txt"
LINE = "# ---- pulled in by the above; written by `make pins` ----"
RESOLVING = (
    *("--quiet", "--universal", "--python-version", "3.12", "--annotation-style", "line"),
    *("--no-header", "--no-emit-index-url", "--no-emit-find-links"),
)
EXACT = re.compile(r"^(?P<what>[A-Za-z0-9._-]+(\[[a-z0-9,]+\])?==[^\s;#]+(\s*;[^#]+)?)\s*(?P<reason>#.*)?$")


def lines_of(path: Path, *, above: bool) -> list[str]:
    """The requirement lines of a file, above or below the line, comments and includes left out."""
    over, _, under = path.read_text().partition(LINE)
    kept = (line.strip() for line in (over if above else under).splitlines())
    return [line for line in kept if line and not line.startswith(("#", "-r"))]


def requirement(line: str) -> Requirement:
    """One line as a requirement; refuses anything that is not pinned exactly."""
    found = EXACT.match(line)
    if not found:
        raise SystemExit(f"pins: not pinned with ==: {line}")
    return Requirement(found["what"].strip())


def write() -> None:
    """Resolve both files for every Python that Soko allows and rewrite what stands below their lines."""
    known: set[str] = set()
    for path in (RUNTIME, TOOLS):
        over = path.read_text().partition(LINE)[0].rstrip()
        direct = {canonicalize_name(requirement(line).name) for line in lines_of(path, above=True)} | known
        source = path.with_suffix(".resolving.in")
        source.write_text(over + "\n")
        try:
            words = ("pip", "compile", "--python", sys.executable, *RESOLVING, str(source))
            uv = Path(sys.executable).parent / "uv"
            answer = subprocess.run((str(uv), *words), check=True, capture_output=True, text=True, cwd=ROOT).stdout
        finally:
            source.unlink()
        below = []
        for line in answer.splitlines():
            name = canonicalize_name(Requirement(line.split("#")[0].strip()).name)
            if name not in direct:
                below.append(line)
                known.add(name)
        known |= direct
        path.write_text("\n".join([over, "", LINE, *below]) + "\n")
        sys.stdout.write(f"{path.relative_to(ROOT)}: {len(direct)} known, {len(below)} pulled in\n")


def problems() -> list[str]:
    """What is wrong with the pins, each as one sentence; empty when nothing is."""
    wrong: list[str] = []
    pins: dict[str, Requirement] = {}
    wanted: list[Requirement] = []
    for path in (RUNTIME, TOOLS):
        for line in lines_of(path, above=True):
            wanted.append(requirement(line))
            if "#" not in line:
                wrong.append(f"{path.name}: {line} does not say why it is there")
        for line in lines_of(path, above=True) + lines_of(path, above=False):
            pins[canonicalize_name(requirement(line).name)] = requirement(line)
    used: set[str] = set()
    seen: set[tuple[str, frozenset[str]]] = set()
    while wanted:
        one = wanted.pop()
        name, extras = canonicalize_name(one.name), frozenset(one.extras)
        used.add(name)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        pin = pins.get(name)
        if pin is None:
            wrong.append(f"{name} is needed and not pinned; run `make pins`")
            continue
        installed = metadata.version(name)
        if not pin.specifier.contains(installed, prereleases=True):
            wrong.append(f"{name} is pinned {pin.specifier} and {installed} is installed; run `make setup`")
        for text in metadata.requires(name) or ():
            needed = Requirement(text)
            if not needed.marker or any(needed.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                wanted.append(needed)
    here_unused = {name for name, pin in pins.items() if name not in used and not pin.marker}
    wrong += [f"{name} is pinned and nothing needs it; run `make pins`" for name in sorted(here_unused)]
    return wrong


if __name__ == "__main__":
    if sys.argv[1:] == ["write"]:
        write()
    else:
        found = problems()
        sys.stdout.write(
            "".join(f"pins: {sentence}\n" for sentence in found) or "pins: complete, installed and reasoned\n"
        )
        raise SystemExit(bool(found))
