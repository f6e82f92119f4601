"""PostgreSQL: a column of lexemes that follows from the entry, under a GIN index; and trigrams of the known words."""

from django.db import connection

from marketplace.search.backends.language import Clause, Part


class PostgreSQL:
    """Words by tsvector and GIN, likeness by pg_trgm."""

    def condition(self, key: str) -> str:
        return f"{key} IN (SELECT listing_id FROM search_index_entry WHERE lexemes @@ %s::tsquery)"  # noqa: S608  a column's name

    def query(self, clauses: tuple[Clause, ...]) -> str:
        return " | ".join(
            f"({_part(each.has)})" if each.lacks is None else f"(({_part(each.has)}) & !({_part(each.lacks)}))"
            for each in clauses
        )

    def near(self, word: str, most: int) -> list[tuple[str, int]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT word, cached_listings FROM search_index_knownword WHERE cached_listings > 0"
                " ORDER BY word <-> %s::text LIMIT %s",
                [word, most],
            )
            return [(found, count) for found, count in cursor.fetchall()]

    def trouble(self) -> str:
        return ""  # a generated column cannot differ from what it is generated from

    def repair(self) -> None:
        """Nothing to do: the database itself keeps the column."""


def _part(part: Part) -> str:
    """Every word, the last perhaps begun. Words are letters and digits, so the quotes hold."""
    *whole, last = part.asked.words
    letter = part.zone.value
    words = [f"'{letter}{word}'" for word in whole] + [f"'{letter}{last}'" + (":*" if part.asked.begun else "")]
    return " & ".join(words)
