"""How alike two listings are, in pure sums: shingles of words, fingerprints of pictures, and the bands by which either is found.

Words: every three that follow each other are a shingle, and two texts are as alike as the share of shingles that they have in
common (Jaccard). The least of many hashes of a text's shingles (MinHash) agree in as many places as that share; four such
places together are a band, so that texts of 70 in 100 share one of sixteen bands in 99 of 100 cases, and texts of 20 in 3.

Pictures: a fingerprint says for 8 × 8 places whether it is brighter on the right, and for as many whether it is brighter below:
128 bits. Eight bands of 16 of them: where at most seven bits differ, a band is the same.
"""

import random
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import dhash

SHINGLE = 3
BANDS, ROWS = 16, 4
PRIME = (1 << 61) - 1
#: Under so many words a text says little: "Toyota Corolla 2015" is the title of many cars.
FEW_WORDS = 12
#: So many bits of 128 may differ between two copies of a picture, and so many must be set at all: a plain ground has none.
BITS_ALIKE = 10
LEAST_BITS = 12
MOST_PICTURES = 6
#: So many pictures alike are a copy, whatever the words say.
MANY_PICTURES, COPIED = 3, 0.8
#: A picture that so many others have is nobody's own.
COMMON = 4
HALF, LESS = 0.5, 0.65

_chance = random.Random(20261121)
_TURNS = [(_chance.randrange(1, PRIME), _chance.randrange(PRIME)) for _ in range(BANDS * ROWS)]


@dataclass(frozen=True)
class Traits:
    """What is compared of a listing: its words in their order, the numbers in its title, its pictures' fingerprints, what it costs,
    whose it is."""

    words: tuple[str, ...]
    numbers: tuple[str, ...]
    pictures: tuple[int, ...]
    price: tuple[int, str] | None
    vendor_id: int


@dataclass(frozen=True)
class Likeness:
    """How alike two listings are, in hundredths: altogether, in words, and how many pictures; `is_same_price` where both say one."""

    score: int
    words: int
    pictures: int
    is_same_price: bool


def shingles(words: Sequence[str]) -> frozenset[int]:
    """The hashes of every three words that follow each other; of a shorter text, of all its words."""
    last = max(1, len(words) - SHINGLE + 1)
    return frozenset(_hash(" ".join(words[place : place + SHINGLE])) for place in range(last)) if words else frozenset()


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=7).digest())


def text_bands(found: Collection[int]) -> list[int]:
    """The bands of a text's shingles, each a number that says which band it is, too."""
    if not found:
        return []
    least = [min((turn * each + shift) % PRIME for each in found) for turn, shift in _TURNS]
    return [_band(f"t{band}:{least[band * ROWS : band * ROWS + ROWS]}") for band in range(BANDS)]


def picture_bands(fingerprints: Iterable[int]) -> list[int]:
    """The bands of pictures' fingerprints."""
    return sorted({_band(f"p{part}:{each >> 16 * part & 0xFFFF}") for each in fingerprints for part in range(8)})


def _band(text: str) -> int:
    """A signed number of 64 bits, as a column takes it."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), signed=True)


def telling(fingerprints: Iterable[str]) -> tuple[int, ...]:
    """The fingerprints that tell one picture from another, each once: not those of plain grounds."""
    found = dict.fromkeys(int(each, 16) for each in fingerprints if each)
    return tuple(each for each in found if LEAST_BITS <= each.bit_count() <= 128 - LEAST_BITS)[:MOST_PICTURES]


def pictures_alike(some: Collection[int], others: Collection[int]) -> int:
    """How many of these pictures are among the others, each of which counts once."""
    left, count = list(others), 0
    for each in some:
        near = min(left, key=lambda other: dhash.get_num_bits_different(each, other), default=None)
        if near is not None and dhash.get_num_bits_different(each, near) <= BITS_ALIKE:
            left.remove(near)
            count += 1
    return count


def rare(pictures: Collection[int], others: Iterable[Traits]) -> tuple[int, ...]:
    """The pictures that few of these other listings have: one that many have is the maker's, and says nothing of who copies whom."""
    count = Counter(each for other in others for each in pictures if pictures_alike([each], other.pictures))
    return tuple(each for each in pictures if count[each] < COMMON)


def likeness(one: Traits, other: Traits) -> Likeness:
    """How alike two listings are.

    Words count whole, and less where there are few of them, where the titles name different numbers (sizes, years), or where a
    vendor's own listings differ in price and in every picture, as those of a dealer do who describes all cars in the same words.
    Pictures count as much as words where half of the words are alike; three of them count as a copy whatever the words say.
    """
    mine, theirs = shingles(one.words), shingles(other.words)
    shared = len(mine & theirs) / len(mine | theirs) if mine and theirs else 0.0
    same = pictures_alike(one.pictures, other.pictures)
    least = min(len(one.pictures), len(other.pictures))
    is_same_price = one.price is not None and one.price == other.price
    words = shared * (LESS if min(len(one.words), len(other.words)) < FEW_WORDS else 1.0)
    if least and not same and not is_same_price and one.vendor_id == other.vendor_id:
        words *= LESS
    score = max(words, (shared + same / least) / 2 if least and shared >= HALF else 0.0)
    if one.numbers != other.numbers:
        score *= LESS
    if same >= MANY_PICTURES:
        score = max(score, COPIED)
    return Likeness(percent(score), percent(shared), same, is_same_price)


def percent(share: float) -> int:
    return int(share * 100 + 0.5)
