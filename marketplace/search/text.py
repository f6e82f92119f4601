"""What a word is: the one folding and splitting of text, done here so that every backend indexes and asks for the same words."""

from dataclasses import dataclass
from unicodedata import category, normalize

LONGEST_WORD = 40
LONGEST_TITLE = 500
MOST_WORDS = 8  # of a query; what comes after them is left out
SHORTEST_BEGUN = 2
SHORTEST_CORRECTED = 4
APOSTROPHES = dict.fromkeys(map(ord, "'’ʼ‘`´"))


def words_of(text: str) -> list[str]:
    """The words of a text: lower case, without accents and other marks, compatibility forms made plain; letters and digits only.

    An apostrophe joins: "Omar's" is one word. A word is cut after 40 characters.
    """
    plain = normalize("NFKD", normalize("NFKD", text.translate(APOSTROPHES)).casefold())
    letters = "".join(each if each.isalnum() else " " for each in plain if category(each)[0] != "M")
    return [word[:LONGEST_WORD] for word in letters.split()]


def folded(*texts: str) -> str:
    """The distinct words of some texts, in the order in which they come first."""
    return " ".join(dict.fromkeys(word for text in texts for word in words_of(text)))


def folded_title(text: str) -> str:
    """All words of a title in their order: what a query is compared with as a whole."""
    title = " ".join(words_of(text))
    return title if len(title) <= LONGEST_TITLE else title[:LONGEST_TITLE].rsplit(" ", 1)[0]


def phrases_of(text: str) -> list[tuple[str, ...]]:
    """The distinct phrases of a list with commas between, in their order, each as its words."""
    return list(dict.fromkeys(phrase for part in text.split(",") if (phrase := tuple(words_of(part)))))


@dataclass(frozen=True)
class Asked:
    """The words of a query. The last one may be only the beginning of a word (`begun`): people search while they type."""

    words: tuple[str, ...]
    begun: bool = True

    def __bool__(self) -> bool:
        return bool(self.words)

    def __str__(self) -> str:
        return " ".join(self.words)


def asked_of(text: str) -> Asked:
    """A query read from a text: its first eight distinct words. Falsy where there is none."""
    words = tuple(dict.fromkeys(words_of(text)))[:MOST_WORDS]
    return Asked(words, begun=bool(words) and len(words[-1]) >= SHORTEST_BEGUN)


def distance(one: str, other: str, most: int) -> int:
    """How many letters must be put in, left out, changed or swapped with their neighbour; `most` + 1 where it is more than that."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before, last = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, against in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return min(last[-1], most + 1)


def may_differ_by(word: str) -> int:
    """How many letters of a word may be wrong: none of a short one or of a number, one, or two of a long one."""
    if len(word) < SHORTEST_CORRECTED or any(each.isdigit() for each in word):
        return 0
    return 1 if len(word) < 7 else 2
