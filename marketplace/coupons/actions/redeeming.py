"""Orders use coupons: the facts lock nothing and come early; the counts come late, each a condition and a change in one.

Coupons go before stock and in the order of their keys, a coupon's count before its buyer's, so that nobody waits in a circle.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import F, Q

from core.events import append_many
from core.money import Money
from marketplace.coupons.errors import CouponUsedUp
from marketplace.coupons.models import CouponTally, CouponUserTally, Redemption
from marketplace.coupons.queries import given_back_by, held_by

Kind = Redemption.Kind
#: What a count must be for one more use.
ROOM = Q(limit=None) | Q(used__lt=F("limit"))


@dataclass(frozen=True)
class Use:
    """That a buyer's order uses a coupon, and what it takes off there."""

    coupon_id: int
    code: str
    per_user_limit: int | None
    user_id: int
    reference: str
    amount: Money


def note_uses(uses: Iterable[Use], kind: str = Kind.TAKEN) -> None:
    """Append the facts of these uses."""
    facts = []
    for each in uses:
        fact = Redemption(coupon_id=each.coupon_id, user_id=each.user_id, reference=each.reference, kind=kind)
        fact.amount = each.amount
        facts.append(fact)
    append_many(facts)


def take_uses(uses: Sequence[Use]) -> None:
    """Count these uses. Refuses with 409 `coupon_used_up` where a coupon, or its buyer, has none left."""
    for each in sorted(uses, key=lambda use: use.coupon_id):
        if not CouponTally.objects.filter(ROOM, coupon=each.coupon_id).update(used=F("used") + 1):
            raise CouponUsedUp(coupon=each.code)
        _take_of_user(each)


def _take_of_user(use: Use) -> None:
    mine = CouponUserTally.objects.filter(coupon=use.coupon_id, user=use.user_id)
    if mine.filter(ROOM).update(used=F("used") + 1):
        return
    first = CouponUserTally(coupon_id=use.coupon_id, user_id=use.user_id, limit=use.per_user_limit)
    CouponUserTally.objects.bulk_create([first], ignore_conflicts=True)
    if not mine.filter(ROOM).update(used=F("used") + 1):
        raise CouponUsedUp(coupon=use.code)


def give_back(reference: str) -> None:
    """An order has ended unpaid: whoever wants may have its uses. Does nothing a second time."""
    uses = [_use_of(row) for row in held_by(reference)]
    note_uses(uses, Kind.RETURNED)
    for each in uses:
        CouponTally.objects.filter(coupon=each.coupon_id).update(used=F("used") - 1)
        CouponUserTally.objects.filter(coupon=each.coupon_id, user=each.user_id).update(used=F("used") - 1)


def take_again(reference: str) -> None:
    """The money of an order that had ended has come after all: it uses its coupons again, at the price that was paid.

    Refuses with 409 `coupon_used_up` where others have taken them since. Run it inside of a savepoint.
    """
    uses = [_use_of(row) for row in given_back_by(reference)]
    note_uses(uses, Kind.TAKEN_AGAIN)
    take_uses(uses)


def _use_of(row: Redemption) -> Use:
    return Use(row.coupon_id, row.coupon.code, row.coupon.per_user_limit, row.user_id, row.reference, row.amount)
