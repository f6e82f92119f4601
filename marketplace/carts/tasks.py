"""What the clock does with carts: those of guests who never came back are forgotten."""

from datetime import timedelta

from django.conf import settings

from core import context
from core.schedule import scheduled
from marketplace.carts.models import Cart

AT_ONCE = 1_000


@scheduled("17 * * * *")
def forget_guests() -> int:
    """Delete carts of guests that nobody has changed for `SOKO_GUEST_CART_DAYS`. Returns how many; safe to run again."""
    before = context.now() - timedelta(days=settings.GUEST_CART_DAYS)
    old = Cart.objects.filter(user=None, changed_at__lt=before).order_by("changed_at")
    keys = list(old.values_list("pk", flat=True)[:AT_ONCE])
    Cart.objects.filter(pk__in=keys, user=None, changed_at__lt=before).delete()
    return len(keys)
