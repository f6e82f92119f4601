"""What ships with the market as files: categories, attributes, and the people and goods of the demo."""

import csv
import json
from pathlib import Path
from typing import Any

from django.conf import settings

FOLDER = Path(settings.BASE_DIR) / "fixtures"


def document(name: str) -> Any:
    """A JSON file of the fixtures."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file of the demo."""
    with (FOLDER / "demo" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def goods() -> dict[str, list[dict[str, str]]]:
    """The listings to import, by the name of their file."""
    return {path.stem: rows(f"listings/{path.name}") for path in sorted((FOLDER / "demo" / "listings").glob("*.csv"))}
