"""More listings of those that there are, made by the database itself: for tests, which need many soon and no history of them."""

from django.db import connection

from marketplace.catalog.models import Category, Listing
from marketplace.demo.growing import copying
from marketplace.search.models import Entry, KnownWord
from marketplace.vendors.models import Vendor

#: Columns that differ from listing to listing. Everything else is as in the one that it is made of. `n` says which copy it is.
#: The newest words and places come round again as before, so each page of the newest is like any other.
OWN = {
    "id": "id + n * {span}",
    "slug": "slug || '-' || n",
    "handle": "lpad(to_hex(id + n * {span}), 10, 'g')",
    "reference": "'copy-' || (id + n * {span})",
    "approved_at": "approved_at + n * interval '{seconds} seconds'",
    "latitude": "latitude + sin(id * 7 + n) * 0.02",
    "longitude": "longitude + cos(id * 11 + n) * 0.02",
    "price_minor": "price_minor + n",
}
#: A rare word stays as rare as it is, at any size.
KEPT_RARE = "replace({}, '{rare}', 'once')"


def multiply(times: int, *, rare: str) -> int:
    """Have so many times as many listings (PostgreSQL), each with its search entry. Returns how many there are then."""
    count = Listing.objects.count()
    own = {name: text.format(span=count, seconds=count * 2) for name, text in OWN.items()}
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        _copy(cursor, Listing._meta.db_table, own, times)
        texts = {name: KEPT_RARE.format(f'"{name}"', rare=rare) for name in ("title", "body")}
        _copy(cursor, Entry._meta.db_table, {"listing_id": f"listing_id + n * {count}", **texts}, times, less=("id",))
        cursor.execute(f"UPDATE {KnownWord._meta.db_table} SET cached_listings = cached_listings * %s", [times])  # noqa: S608
    copying.rest(Listing)
    copying.take_stock(Vendor, Category, Listing, Entry, KnownWord)
    return count * times


def _copy(cursor: object, table: str, own: dict[str, str], times: int, *, less: tuple[str, ...] = ()) -> None:
    cursor.execute(  # type: ignore[attr-defined]
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    names = [name for (name,) in cursor.fetchall() if name not in less]  # type: ignore[attr-defined]
    values = ", ".join(own.get(name, f'"{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    cursor.execute(  # type: ignore[attr-defined]
        f"INSERT INTO {table} ({listed}) SELECT {values} FROM {table}, generate_series(1, {times - 1}) AS n ORDER BY n, {table}.id"  # noqa: S608  names and numbers
    )
