"""The version, read from the first heading of the changelog that has a number."""

import re
from pathlib import Path

_CHANGELOG = Path(__file__).resolve().parent.parent / "CHANGELOG.md"


def version_of(changelog: str) -> str:
    """ "0.1.0" from "## [0.1.0] - …"; "0.0.0" when no heading has a number."""
    found = re.search(r"^## \[?(\d+\.\d+\.\d+)", changelog, re.MULTILINE)
    return found[1] if found else "0.0.0"


VERSION = version_of(_CHANGELOG.read_text() if _CHANGELOG.exists() else "")
