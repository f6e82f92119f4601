"""A crash point kills the process at once, and only where it is named."""

import os
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.once

ASK = "import django; django.setup(); from core import faults; faults.here('there'); print('alive')"


@pytest.mark.parametrize(
    ("named", "code", "said"), [("there", -signal.SIGKILL, ""), ("elsewhere", 0, "alive"), ("", 0, "alive")]
)
def test_it_dies_at_the_named_point_only(named: str, code: int, said: str) -> None:
    ground = os.environ | {"SOKO_CRASH_AT": named, "DJANGO_SETTINGS_MODULE": "core.settings"}
    done = subprocess.run([sys.executable, "-c", ASK], env=ground, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (code, said)
