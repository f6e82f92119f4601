"""All guards that the web processes of the control lack, together: see controls.py."""

from api.tests.storms import controls, controls_of_money
from api.tests.storms.controls import Control

GUARDS: tuple[type[Control], ...] = (
    controls.StockLookedAtFirst,
    controls.CouponsLookedAtFirst,
    controls.LinesAsTheyLie,
    controls.KeysNotLookedAt,
    controls.CountsWritten,
    controls.SlugsOfTitles,
    controls.TreeNotHeld,
    controls.PeopleNotHeld,
    controls_of_money.RefundsLookedAtFirst,
    controls_of_money.BanksNotAsked,
)


class Unguarded(Control):
    """None of them is there."""

    def ready(self) -> None:
        for each in GUARDS:
            each(self.name, self.module).ready()
