"""Any life of a few orders, in any order of events: after every step the audit, and a model that counts in its own way.

A machine presses verbs at random and lets money come, go back, fail or be disputed; a refusal is an answer like any other. The
bugs of `life/bugs.py` are planted one at a time, and the machine must find each: otherwise its silence would say nothing.
"""

import re

import pytest
from django.db import IntegrityError

from core.testing.sizes import IS_WHOLE
from marketplace.orders.tests.life.bugs import BUGS
from marketplace.orders.tests.life.machine import live

#: Lives and steps: a sample, or with SOKO_STORM=whole, as `make storm` has it, all of it.
EXAMPLES, STEPS = (200, 40) if IS_WHOLE else (10, 20)


@pytest.mark.django_db
def test_whatever_happens_stock_orders_and_money_agree() -> None:
    live(examples=EXAMPLES, steps=STEPS)


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.whole] if bug.takes_long else []) for name, bug in BUGS.items()]
)
def test_a_planted_bug_is_found(name: str) -> None:
    bug = BUGS[name]
    with pytest.raises((AssertionError, IntegrityError)) as found:
        bug.look(examples=60, steps=25)
    said = str(found.value)
    assert re.search(r"after step \d+ \(|constraint", said), said
    assert any(each in said for each in bug.noticed_by), said
