"""Disputes before the market, and at the buyer's bank."""

from hypothesis import strategies as st

from marketplace.orders import actions
from marketplace.orders.actions import deciding, disputing
from marketplace.orders.models import Dispute, VendorOrder
from marketplace.orders.tests.factories import buyer_of
from marketplace.orders.tests.life import truth
from marketplace.orders.tests.life.world import LIVE, SECOND, STAFF, SYSTEM, WHY, World, step, which
from marketplace.payments import actions as payments
from marketplace.payments import flows
from marketplace.payments.models import Payment, WebhookDelivery


class Quarrelling(World):
    """Who wants money back that the vendor would keep."""

    words = 0

    @step(*LIVE, number=which, minor=st.sampled_from((None, 1, 333)))
    def open_dispute(self, number: int, minor: int | None) -> None:
        share = self.one(VendorOrder, number, state__in=truth.LIVE)
        said = {"share": share.reference, "why": "broken", "text": "It is broken.", "amount_minor": minor}
        self.press(actions.open_dispute, share.order_id, by=buyer_of(share.order.customer), **said)

    @step(
        "dispute awaiting_vendor",
        "dispute awaiting_market",
        number=which,
        verb=st.sampled_from(("answer", "escalate", "win", "lose", "concede", "withdraw")),
        part=st.booleans(),
        by_same=st.booleans(),
    )
    def dispute_goes_on(self, number: int, verb: str, part: bool, by_same: bool) -> None:
        case = self.one(Dispute, number, state__in=("awaiting_vendor", "awaiting_market"))
        said = {"answer": {"text": "It was whole."}, "escalate": {}}.get(verb, {"reason": WHY})
        if verb == "lose" and part:
            said = said | {"amount_minor": 1 + case.amount_minor // 3}
        whose = deciding if verb in ("lose", "concede") else disputing
        market = STAFF if by_same else SECOND
        self.press(getattr(whose, verb), case.pk, by=market if verb in ("escalate", "win", "lose") else SYSTEM, **said)

    @step("payment succeeded", number=which, part=st.booleans(), told=st.booleans())
    def a_bank_opens(self, number: int, part: bool, told: bool) -> None:
        payment = self.one(Payment, number, status="succeeded")
        if len(self.till.books.disputes()) > 1:
            return
        amount = 1 + payment.captured_minor // 2 if part else 0
        case = self.till.books.dispute(payment.gateway_id, reason="fraudulent", amount=amount)
        if told and case is not None:
            self._tell_of(case.id)

    @step("bank open", number=which, won=st.booleans(), told=st.booleans())
    def a_bank_decides(self, number: int, won: bool, told: bool) -> None:
        waiting = [each for each in self.till.books.disputes() if each.status == "open"]
        if not waiting:  # it decided a moment ago, and nobody here has heard of it
            return
        case = waiting[number % len(waiting)]
        self.till.books.decide(case.id, won=won)
        if told:
            self._tell_of(case.id)

    @step("bank won", "bank lost", number=which, told=st.booleans())
    def a_bank_changes_its_mind(self, number: int, told: bool) -> None:
        """It gives back what it had taken, or takes what it had left."""
        decided = [each for each in self.till.books.disputes() if each.status != "open"]
        if not decided:  # it has taken up anew what it had decided, and nobody here has heard of it
            return
        case = decided[number % len(decided)]
        self.till.books.decide(case.id, won=case.status == "lost")
        if told:
            self._tell_of(case.id)

    @step("bank open", "bank won", number=which, part=st.booleans(), told=st.booleans())
    def a_bank_says_otherwise(self, number: int, part: bool, told: bool) -> None:
        """It wants another amount, or takes up anew what it had decided for the vendors."""
        known = [each for each in self.till.books.disputes() if each.status != "lost"]
        case = known[number % len(known)]
        paid = self.till.books.fetch("payment", case.payment)
        assert paid is not None
        amount = 1 + paid.amount // 3 if part else paid.amount
        if self.till.books.correct(case.id, amount=amount) and told:
            self._tell_of(case.id)

    def _tell_of(self, dispute_id: str) -> None:
        case = self.till.books.fetch_dispute(dispute_id)
        assert case is not None
        self.words += 1
        event = self.till.told(case, self.words)
        self.press(payments.receive, event, by=SYSTEM, gateway="mock", body="{}")
        self.press(flows.apply, WebhookDelivery.objects.get(event_id=event.event_id))
