"""A method's prices as people read them."""

from core.money import Money
from marketplace.shipping.models import PriceStep, ShippingMethod


def prices(method: ShippingMethod) -> str:
    """All that a method may cost: "up to 1 kg KES 200.00; up to 5 kg KES 350.00; above KES 600.00; free from KES 5,000.00"."""
    said = []
    if method.kind == ShippingMethod.Kind.TABLE:
        steps = sorted(method.steps.all(), key=lambda step: step.up_to)
        said += [f"up to {_measured(method, step)} {_cost(step.price)}" for step in steps]
        said.append(f"above {_cost(method.price)}" if said else _cost(method.price))
    elif method.kind == ShippingMethod.Kind.CARRIER:
        said.append(f"as its carrier asks, else {_cost(method.price)}")
    else:
        said.append(_cost(method.price))
    if method.free_from is not None:
        said.append(f"free from {method.free_from}")
    return "; ".join(said)[:2000]


def _measured(method: ShippingMethod, step: PriceStep) -> str:
    if method.measure == ShippingMethod.Measure.VALUE:
        return str(Money(step.up_to, method.price_currency))
    return weight(step.up_to)


def _cost(price: Money) -> str:
    return str(price) if price.amount else "free"


def weight(grams: int) -> str:
    """As people read it: "800 g", "2 kg", "2.5 kg"."""
    if grams < 1000:
        return f"{grams} g"
    whole, rest = divmod(grams, 1000)
    return f"{whole:,}.{rest:03d}".rstrip("0") + " kg" if rest else f"{whole:,} kg"
