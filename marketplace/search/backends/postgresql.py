"""PostgreSQL: a column of lexemes that follows from the entry, under a GIN index; and trigrams of the known words."""

from django.db import connection

from core import estimates
from marketplace.search.backends.language import Clause, Part

#: A word that so large a part of the entries has is frequent: a page of it is found sooner among the newest listings than by
#: gathering all that have it. Of any other, the index gathers all, and they are few.
FREQUENT = 0.01


class PostgreSQL:
    """Words by tsvector and GIN, likeness by pg_trgm."""

    def condition(self, key: str, clauses: tuple[Clause, ...], *, but_titled: bool) -> str:
        """The planner guesses at least one in 200 rows for a word that it does not know, and for a page of the newest would read
        listing after listing until it meets one. So only of words that are frequent for certain may it choose; `OFFSET 0` makes it
        ask the index of all others first.
        """
        fence = "" if self.share(clauses) >= FREQUENT else " OFFSET 0"
        less = " AND title <> %s" if but_titled else ""
        return f"{key} IN (SELECT listing_id FROM search_index_entry WHERE lexemes @@ %s::tsquery{less}{fence})"  # noqa: S608  names

    def share(self, clauses: tuple[Clause, ...]) -> float:
        """The part of the entries that meets the clauses for certain, however the words go together: two brands may each be frequent
        and never stand in one text."""
        if len(clauses) != 1:
            return 0.0
        has, lacks = clauses[0].has, clauses[0].lacks
        left_out = min(self._shares_of(lacks)) if lacks is not None else 0.0
        shares = self._shares_of(has)
        return sum(shares) - (len(shares) - 1) - left_out

    def _shares_of(self, part: Part) -> list[float]:
        return [self._share(f"{part.zone.value}{word}") for word in part.asked.words]

    def _share(self, lexeme: str) -> float:
        share = estimates.elements("search_index_entry", "lexemes").get(lexeme, 0.0)
        return share if share >= FREQUENT else 0.0

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
