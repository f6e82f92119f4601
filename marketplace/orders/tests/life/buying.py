"""What buyers and staff do before money comes, and how orders end unpaid or are called off."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition

from core.resources import operations
from marketplace.carts import actions as carts
from marketplace.carts.models import CartLine
from marketplace.orders import actions
from marketplace.orders.models import DraftOrder, Order, VendorOrder
from marketplace.orders.pieces import SomePieces
from marketplace.orders.resources import DraftOrderLines, DraftOrders
from marketplace.orders.tests.factories import ADDRESS, buyer_of
from marketplace.orders.tests.life.world import CODES, PLACES, STAFF, SYSTEM, WHY, World, step, which

goods = st.integers(0, 2)
some = st.lists(goods, min_size=1, max_size=3, unique=True)
codes = st.sampled_from(("", *CODES))
UNSENT = ("vendororder to_accept", "vendororder to_ship", "vendororder part_shipped")
places = st.sampled_from(tuple(PLACES))


class Buying(World):
    """Carts, drafts, orders; and orders called off."""

    @precondition(World.has_room)
    @step(
        who=st.integers(0, 1), wanted=some, count=st.integers(1, 2), code=codes, country=places, collect=st.booleans()
    )
    def order(self, who: int, wanted: list[int], count: int, code: str, country: str, collect: bool) -> None:
        self.buy(who, wanted, count, code, country, collect=collect)

    @precondition(World.has_room)
    @step(who=st.integers(0, 1), number=goods, less=st.booleans(), code=codes)
    def change_the_cart(self, who: int, number: int, less: bool, code: str) -> None:
        by = buyer_of(self.buyers[who])
        line = self.one(CartLine, number, cart__user=self.buyers[who])
        if less and line is not None:
            self.press(carts.remove, line.pk, by=by)
        else:
            self.press(carts.add, self.goods[number].pk, by=by)
        if code and less:
            self.press(carts.remove_coupon, code, by=by)
        elif code:
            self.press(carts.add_coupon, code, by=by)

    @precondition(World.has_room)
    @step(who=st.integers(0, 1), country=places)
    def order_the_cart(self, who: int, country: str) -> None:
        where = ADDRESS | {"country": country, "town": PLACES[country]}
        self.press(actions.place_order, by=buyer_of(self.buyers[who]), **where)

    @precondition(World.has_room)
    @step(who=st.integers(0, 1), wanted=some, code=codes, country=places)
    def draft(self, who: int, wanted: list[int], code: str, country: str) -> None:
        said = {"customer": self.buyers[who], **ADDRESS, "country": country, "coupon": self.coupons.get(code)}
        draft = self.press(operations.create, DraftOrders, said, by=SYSTEM)
        for number in wanted:
            line = {"draft": draft, "variant": self.goods[number], "quantity": 1}
            self.press(operations.create, DraftOrderLines, line, by=SYSTEM)

    @step("draftorder draft", number=which, drop=st.booleans())
    def draft_ends(self, number: int, drop: bool) -> None:
        draft = self.one(DraftOrder, number, state="draft")
        if draft is None:
            return
        if not drop:
            self.press(actions.accept_changes, draft.pk, by=STAFF)
        self.press(actions.drop if drop else actions.place_draft, draft.pk, by=STAFF)

    @step("order pending", number=which)
    def expire(self, number: int) -> None:
        self.press(actions.expire, self.one(Order, number, payment_state="pending").pk, by=SYSTEM)

    @step("order pending", "order paid", "order part_refunded", number=which, by_staff=st.booleans())
    def cancel(self, number: int, by_staff: bool) -> None:
        order = self.one(Order, number)
        self.press(actions.cancel, order.pk, by=STAFF if by_staff else buyer_of(order.customer), reason=WHY)

    @step("order paid", "order part_refunded", number=which)
    def refund_all(self, number: int) -> None:
        self.press(actions.refund, self.one(Order, number).pk, by=STAFF, reason=WHY)

    @step("vendororder to_accept", "vendororder to_ship", number=which)
    def cancel_a_share(self, number: int) -> None:
        self.press(
            actions.cancel_share,
            self.one(VendorOrder, number, state__in=("to_accept", "to_ship")).pk,
            by=STAFF,
            reason=WHY,
        )

    @step(
        "vendororder to_accept",
        "vendororder to_ship",
        "vendororder part_shipped",
        number=which,
        line=which,
        count=st.integers(1, 2),
        restock=st.booleans(),
        by_buyer=st.booleans(),
    )
    def cancel_some(self, number: int, line: int, count: int, restock: bool, by_buyer: bool) -> None:
        share = self.one(VendorOrder, number, state__in=("to_accept", "to_ship", "part_shipped"))
        lines = list(share.lines.order_by("pk"))
        pieces = [SomePieces(variant_id=lines[line % len(lines)].variant_id, quantity=count)]
        if by_buyer:
            by = buyer_of(share.order.customer)
            self.press(actions.cancel_items, share.order_id, by=by, lines=pieces, reason=WHY)
        else:
            self.press(actions.cancel_lines, share.pk, by=STAFF, lines=pieces, reason=WHY, restock=restock)
