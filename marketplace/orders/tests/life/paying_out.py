"""Vendors are paid: they ask, a second person decides, the gateway sends or is not heard, the bank sends it back."""

from datetime import timedelta

from hypothesis import strategies as st

from marketplace.orders.tests.life.world import LIVE, SECOND, STAFF, SYSTEM, WHY, World, step, which
from marketplace.payouts import actions as payouts
from marketplace.payouts import flows
from marketplace.payouts.models import Payout, PayoutBatch


class PayingOut(World):
    """What becomes of money that is a vendor's."""

    @step(*LIVE, number=st.integers(0, 1))
    def a_vendor_asks_for_money(self, number: int) -> None:
        self.press(payouts.ask_for, self.vendors[number].pk, by=STAFF)

    @step(
        "payoutbatch prepared",
        number=which,
        verb=st.sampled_from(("approve", "approve", "cancel")),
        by_same=st.booleans(),
    )
    def a_batch_is_decided(self, number: int, verb: str, by_same: bool) -> None:
        batch = self.one(PayoutBatch, number, status="prepared")
        said = {"reason": WHY} if verb == "cancel" else {}
        self.press(getattr(payouts, verb), batch.pk, by=STAFF if by_same else SECOND, **said)

    @step(
        "payout approved",
        "payout sending",
        "payout unknown",
        number=which,
        fate=st.sampled_from(("", "lost", "lost", "down")),
    )
    def a_payout_is_sent(self, number: int, fate: str) -> None:
        payout = self.one(Payout, number, status__in=("approved", "sending", "unknown"))
        self.at += timedelta(minutes=1)  # whoever has claimed it is gone
        self.till.fate = fate
        self.press(flows.send, payout)
        self.till.fate = ""

    @step("payout approved", number=which)
    def a_payout_goes_unheard_and_is_taken_up(self, number: int) -> None:
        """The gateway has sent it and its answer is lost; whoever comes next asks what became of it."""
        payout = self.one(Payout, number, status="approved")
        for fate in ("lost", ""):
            self.till.fate = fate
            self.press(flows.send, Payout.objects.get(pk=payout.pk))
            self.at += timedelta(minutes=1)
        self.till.fate = ""

    @step("payout paid", number=which)
    def a_payout_comes_back(self, number: int) -> None:
        self.press(payouts.mark_returned, self.one(Payout, number, status="paid").pk, by=SYSTEM, reason=WHY)
