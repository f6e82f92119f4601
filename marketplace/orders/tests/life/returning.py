"""Goods and money go back: returns, refunds by line, by amount and of shipping, with a second person where one is needed."""

from hypothesis import strategies as st

from marketplace.orders import actions
from marketplace.orders.actions import requesting, returning
from marketplace.orders.models import RefundRequest, Return, VendorOrder
from marketplace.orders.pieces import ReceivedPieces, RefundedPieces, SomePieces
from marketplace.orders.tests.factories import buyer_of
from marketplace.orders.tests.life import truth
from marketplace.orders.tests.life.world import CLERK, LIVE, SECOND, STAFF, SYSTEM, WHY, World, step, which

ANSWERS = ("approve", "approve", "refuse", "withdraw", "close")


class Returning(World):
    """What buyers send back, and what finance gives back."""

    @step("vendororder delivered", number=which, line=which, count=st.integers(1, 2))
    def ask_return(self, number: int, line: int, count: int) -> None:
        share = self.one(VendorOrder, number, state="delivered")
        lines = list(share.lines.order_by("pk"))
        pieces = [SomePieces(variant_id=lines[line % len(lines)].variant_id, quantity=count)]
        order = share.order
        self.press(actions.ask_return, order.pk, by=buyer_of(order.customer), lines=pieces, why="broken")

    @step(
        "return requested",
        "return approved",
        "return received",
        number=which,
        verb=st.sampled_from(ANSWERS),
    )
    def answer_return(self, number: int, verb: str) -> None:
        said = {"reason": WHY} if verb in ("refuse", "close") else {}
        self.press(getattr(returning, verb), self.one(Return, number).pk, by=SYSTEM, **said)

    @step("return approved", number=which, restock=st.integers(0, 1))
    def receive_return(self, number: int, restock: int) -> None:
        row = self.one(Return, number, state="approved")
        line = row.lines.select_related("line").get()
        variant = line.line.variant_id
        pieces = [ReceivedPieces(variant_id=variant, quantity=line.quantity, restock=restock)]
        if self.press(returning.receive, row.pk, by=SYSTEM, lines=pieces):
            self.put_back[variant] += restock

    @step(*LIVE, number=which, line=which, count=st.integers(0, 2), minor=st.integers(0, 700), restock=st.integers(0, 1),
          shipping=st.booleans(), by_clerk=st.booleans())  # fmt: skip
    def refund_some(
        self, number: int, line: int, count: int, minor: int, restock: int, shipping: bool, by_clerk: bool
    ) -> None:
        share = self.one(VendorOrder, number, state__in=truth.LIVE)
        lines = list(share.lines.order_by("pk"))
        variant = lines[line % len(lines)].variant_id
        pieces = [RefundedPieces(variant_id=variant, quantity=count, amount_minor=minor, restock=min(restock, count))]
        by = CLERK if by_clerk else STAFF
        wanted = pieces if count or minor else []
        if self.press(actions.refund_lines, share.pk, by=by, lines=wanted, shipping=shipping, reason=WHY):
            self._shelved(RefundRequest.objects.latest("pk"))

    @step(*LIVE, number=which)
    def refund_the_shipping(self, number: int) -> None:
        share = self.one(VendorOrder, number, state__in=truth.LIVE)
        self.press(actions.refund_lines, share.pk, by=STAFF, shipping=True, reason=WHY)

    @step(
        "refundrequest asked",
        number=which,
        verb=st.sampled_from(("approve", "approve", "refuse", "withdraw")),
        by_same=st.booleans(),
    )
    def answer_request(self, number: int, verb: str, by_same: bool) -> None:
        asked = self.one(RefundRequest, number, state="asked")
        said = {"reason": WHY} if verb == "refuse" else {}
        by = STAFF if by_same else SECOND
        if self.press(getattr(requesting, verb), asked.pk, by=by, **said):
            asked.refresh_from_db()
            self._shelved(asked)

    def _shelved(self, asked: RefundRequest) -> None:
        """Pieces go on the shelf with the money, not when it is asked for."""
        if asked.state == "approved":
            for each in asked.lines.exclude(line=None).select_related("line"):
                self.put_back[each.line.variant_id] += each.restock
