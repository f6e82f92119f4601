"""SQLite: an FTS5 table over the entries, and one of three-letter pieces over the known words; triggers keep both."""

from django.db import DatabaseError, connection, transaction

from marketplace.search.backends.language import Clause, Part, Zone

COLUMNS = {Zone.TITLE: "{title} : ", Zone.FACTS: "{title facts} : ", Zone.ALL: ""}


class SQLite:
    """Words by FTS5: the index that comes with Python."""

    def condition(self, key: str, clauses: tuple[Clause, ...], *, but_titled: bool) -> str:
        less = " EXCEPT SELECT listing_id FROM search_index_entry WHERE title = %s" if but_titled else ""
        return f"{key} IN (SELECT rowid FROM search_words WHERE search_words MATCH %s{less})"  # noqa: S608  names

    def query(self, clauses: tuple[Clause, ...]) -> str:
        return " OR ".join(
            f"({_part(each.has)})" if each.lacks is None else f"(({_part(each.has)}) NOT ({_part(each.lacks)}))"
            for each in clauses
        )

    def near(self, word: str, most: int) -> list[tuple[str, int]]:
        padded = f"  {word} "
        pieces = " OR ".join(f'"{padded[place : place + 3]}"' for place in range(len(padded) - 2))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT known.word, known.cached_listings FROM search_pieces JOIN search_index_knownword AS known"
                " ON known.id = search_pieces.rowid WHERE search_pieces MATCH %s AND known.cached_listings > 0"
                " ORDER BY search_pieces.rank LIMIT %s",
                [pieces, most],
            )
            return [(found, count) for found, count in cursor.fetchall()]

    def trouble(self) -> str:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("INSERT INTO search_words(search_words) VALUES ('integrity-check')")
        except DatabaseError as fault:
            return f"The index of words differs from the entries ({fault})."
        return ""

    def repair(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO search_words(search_words) VALUES ('rebuild')")
            cursor.execute("DELETE FROM search_pieces")
            cursor.execute(
                "INSERT INTO search_pieces(rowid, word) SELECT id, '  ' || word || ' ' FROM search_index_knownword"
            )


def _part(part: Part) -> str:
    """Every word, the last perhaps begun. Words are letters and digits, so the quotes hold."""
    *whole, last = part.asked.words
    words = [f'"{word}"' for word in whole] + [f'"{last}"' + (" *" if part.asked.begun else "")]
    return f"{COLUMNS[part.zone]}({' AND '.join(words)})"
