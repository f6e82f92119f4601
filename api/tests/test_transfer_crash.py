"""A worker that is killed in the middle of an import: the sample of what `make bench` does with 100,000 rows and more."""

import json
import os
import subprocess
import sys
from pathlib import Path

from api.tests.served import ROOT


def test_an_import_that_is_killed_goes_on_and_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """The script itself counts rows, history, audit entries, facts, results and the lines of the export, and stops at a difference."""
    said = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'soko.sqlite3'}",
        "SOKO_BENCH_IMPORT": "3000",
        "SOKO_BENCH_EXPORT": "7000",
        "SOKO_BENCH_FORMAT": "csv",
    }
    done = subprocess.run(
        [sys.executable, ROOT / ".ci" / "bench_transfer.py"],
        cwd=ROOT,
        env=said,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["import"] > 0
    assert "killed" not in done.stderr
    assert 0 < told["import_memory"] < 400
    assert 0 < told["export_memory"] < 400
