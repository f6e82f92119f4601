"""What the market takes of each line, decided when it is ordered and kept from then on."""

from collections.abc import Mapping

from django.db.models import QuerySet

from core import compiled
from core.events import append_many
from core.money import Money
from marketplace.ledger import queries
from marketplace.ledger.commission import Sold, Terms, fees_of, winning
from marketplace.ledger.models import CommissionRule, LineCommission
from marketplace.orders.models import OrderLine


def base_of(line: OrderLine) -> Money:
    """What fees are taken of: the price less what the vendor itself took off. A discount of the market's own does not lower
    them, tax within the price counts, and tax on top of it does not."""
    return Money(line.total.amount - line.discount_minor + line.market_discount_minor, line.total.currency)


def freeze_commission(order_id: int) -> None:
    """Append what each fee takes of each line of a new order, by the rules of this moment. Appends facts and does nothing else."""
    rules = {each.pk: each for each in compiled.models_of(_every_rule)}
    if not rules:
        return
    terms = [each.terms for each in rules.values()]
    lines = list(OrderLine.objects.filter(order=order_id).select_related("listing", "vendor_order").order_by("pk"))
    by_category = any(each.category_id is not None for each in terms)
    paths = queries.paths_of({line.listing.category_id for line in lines}) if by_category else {}
    found = []
    for line in lines:
        path = paths.get(line.listing.category_id, ())
        sold = Sold(line.vendor_order.vendor_id, line.listing_id, path, line.total.currency)
        found += _facts(line, winning(terms, sold), rules)
    append_many(found)


def _facts(line: OrderLine, won: Mapping[str, Terms], rules: Mapping[int, CommissionRule]) -> list[LineCommission]:
    base = base_of(line)
    return [
        LineCommission(
            line=line, fee=fee, rule_id=won[fee].rule_id, words=rules[won[fee].rule_id].words[:200],
            currency=base.currency, base_minor=base.amount, amount_minor=amount.amount,
        )
        for fee, amount in fees_of(base, won).items()
    ]  # fmt: skip


def _every_rule() -> QuerySet[CommissionRule]:
    return CommissionRule.objects.all()
