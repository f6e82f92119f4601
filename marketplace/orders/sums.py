"""Sums over rows that belong to another row, as columns of it: what the invariants of orders compare."""

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from marketplace.catalog.models import StockMove


def total_of(rows: QuerySet, key: str, column: str) -> Coalesce:
    """The sum of a column over the rows that belong to the outer one; 0 without any."""
    summed = rows.order_by().values(key).annotate(sum=Sum(column)).values("sum")
    return Coalesce(Subquery(summed, output_field=IntegerField()), Value(0))


def moved(column: str) -> Coalesce:
    """What the movements of an order changed of the stock of the outer line's variant."""
    moves = StockMove.objects.filter(variant=OuterRef("variant"), reference=OuterRef("order__reference"))
    return total_of(moves, "variant", column)


def counted(kind: str) -> Coalesce:
    """How many movements of a kind an order made with the outer line's variant."""
    moves = StockMove.objects.filter(variant=OuterRef("variant"), reference=OuterRef("order__reference"), kind=kind)
    found = moves.order_by().values("variant").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(found, output_field=IntegerField()), Value(0))
