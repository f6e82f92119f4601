"""T-RACE-1 on SQLite: the last units, from the embedded profile: one process, one writer at a time, and the same promise."""

import os
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.tests.served import served
from api.tests.storms.rig import arrange, at_once, tell, words
from api.tests.storms.stage import Stage, staged
from core.testing.production import OWN_SETTINGS, ROOT
from core.testing.sizes import IS_WHOLE

pytestmark = pytest.mark.storm
BUYERS, UNITS = (500, 50) if IS_WHOLE else (150, 15)


@pytest.fixture
def ground(tmp_path: Path) -> dict[str, str]:
    """The environment of an empty embedded market in a folder of its own."""
    inherited = {name: each for name, each in os.environ.items() if not name.startswith(OWN_SETTINGS)}
    own = {"SOKO_VAR": str(tmp_path), "SOKO_LIMITS_FACTOR": "1000", "SOKO_ACCESS_MINUTES": "1440"}
    return inherited | own


@pytest.fixture
def shop(ground: dict[str, str], tmp_path: Path) -> Iterator[tuple[str, list, int, Stage]]:
    """The address of a market that is served as `make demo` serves it, its buyers, and the variant that they want."""
    words = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(words, cwd=ROOT, env=ground, check=True, timeout=240)
    with staged(ground) as stage:
        found = arrange(stage, {"lamp": (3_000, UNITS)}, [{"lamp": 1}] * BUYERS)
        with served(tmp_path, **ground) as market:
            yield market.base, found.buyers, found.variants["lamp"], stage


def test_of_many_who_want_the_last_units_so_many_get_one_as_there_are(
    shop: tuple[str, list, int, Stage], tmp_path: Path
) -> None:
    base, buyers, lamp, stage = shop
    begun = time.monotonic()
    got = at_once(
        [each.buy for each in buyers], lambda: httpx.Client(base_url=base, timeout=60, trust_env=False), clients=32
    )
    answers = [answer for each in got for answer in each]
    tell(f"{BUYERS} buyers of {UNITS}, SQLite", answers, took=time.monotonic() - begun)
    assert words(each[0] for each in got) == {"201": UNITS, "409 not_enough_stock": BUYERS - UNITS}
    assert words(each[1] for each in got if len(each) > 1) == {"201": UNITS}
    with sqlite3.connect(tmp_path / "soko.sqlite3") as database:
        stock = database.execute("SELECT on_hand, reserved FROM catalog_stock WHERE variant_id = ?", (lamp,)).fetchall()
        moved = database.execute("SELECT kind FROM catalog_stockmove WHERE variant_id = ?", (lamp,)).fetchall()
    assert stock == [(0, 0)]
    assert Counter(kind for (kind,) in moved) == {"received": 1, "reserved": UNITS, "sold": UNITS}
    assert stage.do("audit") == []
