"""Goods go out: whole or in parts, by couriers, by vendors, or counted as arrived by the clock."""

from hypothesis import strategies as st

from marketplace.orders import actions, queries
from marketplace.orders.actions.shipping import Pieces
from marketplace.orders.models import Delivery, Shipment, VendorOrder
from marketplace.orders.tests.life.world import STAFF, SYSTEM, WHY, World, step, which

COURIERS = ("pick_up", "hand_over", "fail")


class Sending(World):
    """Acceptance, parcels, couriers."""

    @step("vendororder to_accept", number=which)
    def accept(self, number: int) -> None:
        self.press(actions.accept, self.one(VendorOrder, number, state="to_accept").pk, by=STAFF)

    @step("vendororder to_ship", "vendororder part_shipped", number=which)
    def ship(self, number: int) -> None:
        share = self.one(VendorOrder, number, state__in=("to_ship", "part_shipped"))
        self.press(actions.ship, share.pk, by=STAFF, carrier="G4S")

    @step("vendororder to_ship", "vendororder part_shipped", number=which, line=which, count=st.integers(1, 2))
    def ship_some(self, number: int, line: int, count: int) -> None:
        share = self.one(VendorOrder, number, state__in=("to_ship", "part_shipped"))
        left = list(queries.left_to_ship(share))
        lines = [Pieces(line_id=left[line % len(left)].pk, quantity=count)]
        self.press(actions.ship, share.pk, by=STAFF, carrier="G4S", lines=lines)

    @step("shipment shipped", number=which, whole=st.booleans())
    def deliver(self, number: int, whole: bool) -> None:
        if whole:
            self.press(actions.deliver, self.one(VendorOrder, number).pk, by=STAFF)
        else:
            self.press(actions.deliver_parcel, self.one(Shipment, number, state="shipped").pk, by=STAFF)

    @step("shipment shipped", number=which)
    def give_to_a_courier(self, number: int) -> None:
        parcel = self.one(Shipment, number, state="shipped")
        self.press(actions.assign, parcel.pk, by=STAFF, courier_id=self.courier.pk)

    @step(
        "delivery assigned",
        "delivery picked_up",
        "delivery failed_attempt",
        number=which,
        verb=st.sampled_from(COURIERS),
    )
    def the_courier(self, number: int, verb: str) -> None:
        said = {"hand_over": {"received_by": "A neighbour"}, "fail": {"reason": WHY}}.get(verb, {})
        self.press(getattr(actions, verb), self.one(Delivery, number).pk, by=SYSTEM, **said)
