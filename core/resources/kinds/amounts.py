"""Money in a typed document: an amount in minor units and the currency that the definition names as its unit."""

import re
from typing import TYPE_CHECKING, Any

from core.money import LARGEST, Money
from core.resources.kinds.faults import Fault

if TYPE_CHECKING:
    from core.resources.definitions import Definition


def checked(definition: "Definition", value: Any) -> dict[str, Any]:
    """The amount as it is stored. Fault for another currency than the definition's, and for one out of bounds."""
    amount = value.get("amount") if isinstance(value, dict) and set(value) == {"amount", "currency"} else None
    if type(amount) is not int or not 0 <= amount <= LARGEST:
        raise Fault("money", f"Send an amount in minor units and the currency {definition.unit}.")
    if value["currency"] != definition.unit:
        raise Fault("currency", f"Amounts here are in {definition.unit}.")
    if definition.minimum is not None and amount < definition.minimum:
        raise Fault("minimum", f"At least {Money(int(definition.minimum), definition.unit)}.")
    if definition.maximum is not None and amount > definition.maximum:
        raise Fault("maximum", f"At most {Money(int(definition.maximum), definition.unit)}.")
    return {"amount": amount, "currency": definition.unit}


def read_text(definition: "Definition", text: str) -> dict[str, Any]:
    """The amount that a person wrote in major units, with the currency or without."""
    bare = re.sub(rf"^{definition.unit}|{definition.unit}$", "", text.strip(), flags=re.IGNORECASE).strip()
    try:
        return {"amount": Money.from_major(bare, definition.unit).amount, "currency": definition.unit}
    except ValueError as fault:
        raise Fault("money", str(fault)) from None


def write_text(definition: "Definition", value: dict[str, Any]) -> str:
    return Money(value["amount"], value["currency"]).major()


def shown_text(definition: "Definition", value: dict[str, Any]) -> str:
    return Money(value["amount"], value["currency"]).text()


def property_of(definition: "Definition") -> dict[str, Any]:
    """Its JSON Schema."""
    bounds = {
        "minimum": 0 if definition.minimum is None else int(definition.minimum),
        "maximum": LARGEST if definition.maximum is None else int(definition.maximum),
    }
    return {
        "type": "object",
        "properties": {
            "amount": {"type": "integer", **bounds},
            "currency": {"type": "string", "const": definition.unit},
        },
        "required": ["amount", "currency"],
        "additionalProperties": False,
    }
