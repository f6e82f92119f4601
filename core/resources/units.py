"""Units that people write for one another: "62,000 mi" where kilometres are kept. Factors: NIST SP 811 (2008), appendix B.

A table instead of a library: pint brings a registry, a parser and four packages for what sixty exact numbers say.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from core.memo import for_good

#: Quantity -> unit -> how many of the first unit it is. Exact by definition but where the source rounds (acre is exact).
FACTORS: dict[str, dict[str, str]] = {
    "length": {
        "m": "1", "km": "1000", "cm": "0.01", "mm": "0.001", "mi": "1609.344", "yd": "0.9144", "ft": "0.3048",
        "in": "0.0254",
    },
    "mass": {"kg": "1", "g": "0.001", "mg": "0.000001", "t": "1000", "lb": "0.45359237", "oz": "0.028349523125"},
    "volume": {
        "l": "1", "ml": "0.001", "cl": "0.01", "cc": "0.001", "m³": "1000", "gal": "3.785411784",
        "imp gal": "4.54609", "pt": "0.473176473", "fl oz": "0.0295735295625",
    },
    "area": {
        "m²": "1", "cm²": "0.0001", "km²": "1000000", "ha": "10000", "acres": "4046.8564224", "sq ft": "0.09290304",
        "sq mi": "2589988.110336",
    },
    "speed": {"km/h": "1", "m/s": "3.6", "mph": "1.609344", "kn": "1.852"},
    "power": {"W": "1", "kW": "1000", "hp": "745.69987158227022", "PS": "735.49875"},
    "energy": {"Wh": "1", "kWh": "1000", "J": "0.000277777777777777778", "kJ": "0.277777777777777778"},
    "charge": {"mAh": "1", "Ah": "1000"},
    "pressure": {"bar": "1", "kPa": "0.01", "psi": "0.06894757293168361"},
    "time": {"s": "1", "min": "60", "h": "3600", "days": "86400", "weeks": "604800"},
    "calendar": {"months": "1", "years": "12"},
    "storage": {"GB": "1", "MB": "0.001", "TB": "1000"},
    "frequency": {"Hz": "1", "kHz": "1000", "MHz": "1000000", "GHz": "1000000000"},
}  # fmt: skip
SAME = {
    "litre": "l", "litres": "l", "liter": "l", "liters": "l", "m2": "m²", "sqm": "m²", "m3": "m³", "cm2": "cm²", "km2": "km²",
    "sqft": "sq ft", "ft2": "sq ft", "acre": "acres", "miles": "mi", "mile": "mi", "lbs": "lb", "inch": "in",
    "inches": "in", "kph": "km/h", "kmh": "km/h", "hectares": "ha", "hectare": "ha", "gallons": "gal", "gallon": "gal",
    "feet": "ft", "foot": "ft", "month": "months", "year": "years", "day": "days", "week": "weeks", "watts": "W", '"': "in",
}  # fmt: skip
PLACES = Decimal("0.0001")
LARGEST_POWER = 18


@dataclass(frozen=True)
class Unit:
    """A unit that a number may be written in, and how many of the kept unit it is."""

    word: str
    factor: Decimal


@for_good
def convertible(unit: str) -> tuple[Unit, ...]:
    """Every unit that may be written where this one is kept, itself first; itself alone where it is not in the table."""
    for table in FACTORS.values():
        if unit in table:
            kept = Decimal(table[unit])
            others = [Unit(word, Decimal(factor) / kept) for word, factor in table.items() if word != unit]
            return (Unit(unit, Decimal(1)), *others)
    return (Unit(unit, Decimal(1)),) if unit else ()


@for_good
def _spelled(unit: str) -> dict[str, Unit]:
    """Each spelling, as it is first and then in small letters, with its unit."""
    found: dict[str, Unit] = {}
    for each in convertible(unit):
        found[each.word] = each
    for spelling in (str.lower,):
        for each in convertible(unit):
            found.setdefault(spelling(each.word), each)
    for other, word in SAME.items():
        if word in found:
            found.setdefault(other, found[word])
    return found


def unit_of(unit: str, suffix: str) -> Unit | None:
    """The unit that a suffix names where `unit` is kept; None for one that is no measure of the same quantity."""
    known = _spelled(unit)
    return known.get(suffix) or known.get(suffix.lower())


def converted(number: Decimal, by: Unit, *, whole: bool) -> Decimal:
    """The number in the kept unit: exact where it was written so, else to four decimals, or to the nearest whole one."""
    if by.factor == 1:
        return number
    found = number * by.factor
    if found.adjusted() > LARGEST_POWER:
        return found  # no document holds it, so nobody sees its decimals
    return found.quantize(Decimal(1) if whole else PLACES, rounding=ROUND_HALF_UP)
