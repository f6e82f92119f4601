"""What gateways' statements said of each day: kept, since a statement is asked for once an hour and read at any time."""

from django.db import models

from core.models import Tally
from marketplace.payments.models.money import GATEWAY


class StatementDay(Tally):
    """What a gateway's statement said of one day, up to `until`, when it was last compared with our books.

    `sums` tells by kind of movement and currency how many there were and how much: {"captured": {"KES": [3, 450000]}}. What both
    know stands on the day on which it is in our books, so that two clocks on two sides of midnight make no difference.
    """

    gateway = models.CharField(max_length=GATEWAY)
    day = models.DateField()
    sums = models.JSONField(default=dict)
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("gateway", "day"), name="statement_day_once")]

    def __str__(self) -> str:
        return f"{self.gateway}, {self.day}"
