"""Tax, declared: rates, and the countries whose prices are told before or with it."""

from core.audiences import OPERATIONS
from core.resources.declaration import EXACT, RANGE, F, Look, Resource
from core.resources.types import text
from marketplace.taxes.models import TaxCountry, TaxRate

STAFF = OPERATIONS


class TaxRates(Resource):
    model, group, icon = TaxRate, "Money", "percent"
    fields = {
        "name": F(read=STAFF, write=STAFF, search=True, filter=EXACT),
        "country": F(read=STAFF, write=STAFF, filter=EXACT),
        "town": F(read=STAFF, write=STAFF, filter=EXACT, search=True),
        "province": F(read=STAFF, write=STAFF, filter=EXACT),
        "category": F(read=STAFF, write=STAFF, filter=EXACT, expand=True),
        "basis_points": F(read=STAFF, write=STAFF, filter=RANGE),
        "percent": F(
            read=STAFF,
            compute=lambda row: row.percent,
            type=text(12),
            needs=("basis_points",),
            help="The same, as people read it.",
        ),
        "covers_shipping": F(read=STAFF, write=STAFF, filter=EXACT),
        "valid_from": F(read=STAFF, write=STAFF),
        "valid_until": F(read=STAFF, write=STAFF),
    }
    order = ("country", "town", "id")
    look = Look(
        columns=("name", "percent", "country", "province", "town", "category", "valid_from"),
        filters=("country", "category", "name"),
        empty="Nothing is taxed.",
        help="What of a price is tax, by where it is sent and what it is. The nearest category counts, then the town, "
        "then the province, then the newest. Two taxes on one thing are one rate: their sum.",
    )


class TaxCountries(Resource):
    model, group, icon = TaxCountry, "Money", "public"
    fields = {
        "country": F(read=STAFF, write=STAFF, filter=EXACT),
        "prices_include_tax": F(read=STAFF, write=STAFF, filter=EXACT),
    }
    order = ("country", "id")
    key = ("country",)
    look = Look(
        columns=("country", "prices_include_tax"),
        empty="Prices hold their tax everywhere.",
        help="In a country that is not here, prices hold their tax.",
    )
