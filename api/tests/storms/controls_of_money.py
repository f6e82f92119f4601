"""Guards of money taken away: see controls.py. Those of processes that die are handed to the processes that take the steps."""

from typing import Any

from api.tests.storms.controls import Control, Looking


class RefundsLookedAtFirst(Looking):
    """What is left of an order is read, with nothing held, and its money promised when others have read it, too."""

    looks = "storm_refund_looks"

    def ready(self) -> None:
        from django.db.models import F  # what follows needs the models, which are there only now

        from core import actions
        from marketplace.orders import unreturned
        from marketplace.orders.actions import requesting
        from marketplace.orders.models import Order, VendorOrder
        from marketplace.payments.actions import refunding
        from marketplace.payments.models import Payment

        locked, lock = actions.locked, refunding.lock

        def not_held(model: Any) -> Any:
            return model._default_manager.all() if model in (Order, VendorOrder) else locked(model)

        def looked_first(_order: Any, shares: Any) -> Any:
            found = unreturned.refundable_of(shares)
            self.wait_for_the_others()
            return found

        def promised(payment: Payment, minor: int) -> bool:
            Payment.objects.filter(pk=payment.pk).update(held_minor=F("held_minor") + minor)
            payment.refresh_from_db(fields=["held_minor", "captured_minor"])
            return True

        assert lock is actions.lock
        actions.locked = not_held
        requesting.hold_refundable = looked_first
        refunding.hold = promised


class BanksNotAsked(Control):
    """Money is given back without a look at whether the buyer's bank has it already."""

    def ready(self) -> None:
        from marketplace.orders.actions import giving_back, requesting  # as above

        giving_back.refuse_what_banks_took = requesting.refuse_what_banks_took = lambda shares: None


class VendorsNotHeld(Looking):
    """What vendors have is read, with none of them held, and set aside when others have read it, too."""

    looks = "storm_payout_looks"

    def ready(self) -> None:
        from marketplace.payouts.actions import preparing  # as above

        set_aside = preparing._payout

        def looked_first(batch: Any, line: Any) -> bool:
            self.wait_for_the_others()
            return set_aside(batch, line)

        preparing.held = lambda vendors: None
        preparing._payout = looked_first


class KeysOfTheMoment(Control):
    """Whoever asks the gateway does so under a key of the moment, and whoever finds something begun does not ask about it."""

    def ready(self) -> None:
        from core import references  # as above
        from marketplace.payments.gateways.mock import MockGateway

        for name in ("charge", "refund", "transfer"):
            asked = getattr(MockGateway, name)

            def anew(gateway: Any, *, key: str, asked: Any = asked, **named: Any) -> Any:
                return asked(gateway, key=references.new("KEY"), **named)

            setattr(MockGateway, name, anew)
        for name in ("find", "find_refund", "find_transfer"):
            setattr(MockGateway, name, lambda _gateway, **_named: None)


class PaidBeforeAsked(Control):
    """A payout is written down as paid, and then the gateway is asked."""

    def ready(self) -> None:
        from core.faults import here  # as above
        from marketplace.payments.gateways import Answer
        from marketplace.payouts import actions, flows

        asked = flows._ask

        def written_first(gateway: Any, payout: Any) -> Any:
            said = Answer("succeeded", gateway_id=f"ours-{payout.pk}", amount=payout.amount, subject=payout.reference)
            actions.record(payout.pk, by=flows._by(payout), answer=said)
            here("payout.after_record")
            return asked(gateway, payout)

        flows._ask = written_first


class GoodsBackAtOnce(Control):
    """What is called off goes back on the shelf in a transaction of its own, before the rest of it is done."""

    def ready(self) -> None:
        from concurrent.futures import ThreadPoolExecutor  # as above

        from core.faults import here
        from marketplace.catalog.actions import stock
        from marketplace.orders.actions import shelf

        def alone(moves: Any) -> None:
            for each in moves:
                with ThreadPoolExecutor(1) as other:  # a thread has a connection of its own, and so a transaction
                    other.submit(stock.move_stock, each).result()
                here("goods.after_stock")

        shelf.take_goods = alone
