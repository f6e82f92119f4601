"""Whether everything still holds, asked of the invariants of stock, carts, orders and payments."""

from core import invariants

ASKED = ("I-S", "I-O", "I-P", "I-C")


def broken() -> dict[str, list[str]]:
    """The invariants that are broken now: name -> what breaks them."""
    names = [each.name for each in invariants.all_invariants() if each.name.startswith(ASKED)]
    return {
        each.invariant.name: [str(one) for one in each.sample] or [each.fault]
        for each in invariants.run(names)
        if not each.holds
    }
