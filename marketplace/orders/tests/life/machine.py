"""The machine: every rule of every theme over one world, which begins with an order somewhere on its way."""

from collections.abc import Sequence

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from marketplace.orders.tests.life.buying import Buying, places, some
from marketplace.orders.tests.life.paying import Paying
from marketplace.orders.tests.life.quarrels import Quarrelling
from marketplace.orders.tests.life.returning import Returning
from marketplace.orders.tests.life.sending import Sending
from marketplace.orders.tests.life.settling import Settling
from marketplace.orders.tests.life.world import BEGINNINGS, CODES, GIFT, World, which

THEMES = (Buying, Paying, Sending, Returning, Quarrelling, Settling)


class Begun(World):
    """Two buyers, two vendors, three things of which there are few; and a first order. Themes are what happens then."""

    stages: Sequence[str] = BEGINNINGS
    codes: Sequence[str] = ("", *CODES, GIFT)
    may_be_prompt = True

    @initialize(stage=which, wanted=some, code=which, country=places, prompt=st.booleans(), remits=st.booleans())
    def begin_a_life(self, stage: int, wanted: list[int], code: int, country: str, prompt: bool, remits: bool) -> None:
        self.are_prompt = prompt and self.may_be_prompt
        self.furnish(market_remits=remits)
        self.begin(self.stages[stage % len(self.stages)], wanted, self.codes[code % len(self.codes)], country)

    @rule()
    def nothing_happens(self) -> None:
        """And what rested may try again."""
        self.idle.clear()


def live(
    examples: int,
    steps: int,
    *,
    begin: int = 0,
    themes: Sequence[type[World]] = THEMES,
    stages: Sequence[str] = BEGINNINGS,
    codes: Sequence[str] = ("", *CODES, GIFT),
    may_be_prompt: bool = True,
) -> None:
    """So many lives of so many steps each, always the same ones for the same `begin`; of all that may happen, or of these
    themes, stages and coupons."""
    life = type("Life", (*themes, Begun), {"stages": stages, "codes": codes, "may_be_prompt": may_be_prompt})
    run_state_machine_as_test(
        seed(begin)(life),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # to make a failure small takes longer than to read it
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
