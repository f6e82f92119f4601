"""What always holds of carts."""

from django.db.models import Q, QuerySet

from core.invariants import invariant
from marketplace.carts.models import MOST_OF_ONE, CartLine


@invariant("I-C2", owner="carts")
def impossible_lines() -> QuerySet:
    """A line of a cart has between one and 999 pieces, and a price that is not below zero; a user has one cart, by the database."""
    impossible = Q(quantity__lt=1) | Q(quantity__gt=MOST_OF_ONE) | Q(seen_price_minor__lt=0)
    return CartLine.objects.filter(impossible).order_by("pk").values_list("pk", flat=True)
