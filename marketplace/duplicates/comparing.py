"""Two listings beside each other: their words with what both say, their pictures with what both show."""

from dataclasses import dataclass

from marketplace.catalog.models import Image, Listing
from marketplace.duplicates.models import Duplicate
from marketplace.duplicates.sketches import SHINGLE, pictures_alike, shingles, telling
from marketplace.search.text import words_of


@dataclass(frozen=True)
class Piece:
    """Some words as they were written, and whether the other listing has them too."""

    text: str
    is_shared: bool


@dataclass(frozen=True)
class Shown:
    """A picture, and whether the other listing has it too."""

    url: str
    words: str
    is_shared: bool


@dataclass(frozen=True)
class Side:
    """One of the two."""

    title: str
    listing: Listing
    description: tuple[Piece, ...]
    pictures: tuple[Shown, ...]


def sides(pair: Duplicate) -> tuple[Side, Side]:
    """The earlier one and the later one."""
    rows = Listing.objects.select_related("vendor", "category").in_bulk([pair.original_id, pair.listing_id])
    earlier, later = rows[pair.original_id], rows[pair.listing_id]
    shown = {each.pk: _images(each) for each in (earlier, later)}
    said = {each.pk: shingles((*words_of(each.title), *words_of(each.description))) for each in (earlier, later)}
    return (
        _side("There before", earlier, said[later.pk], shown[earlier.pk], shown[later.pk]),
        _side("Came later", later, said[earlier.pk], shown[later.pk], shown[earlier.pk]),
    )


def _images(listing: Listing) -> list[Image]:
    return list(Image.objects.filter(listing=listing, state="live", progress="ready").order_by("position", "pk"))


def _side(title: str, listing: Listing, theirs: frozenset[int], own: list[Image], others: list[Image]) -> Side:
    prints = telling(each.fingerprint for each in others)
    pictures = tuple(
        Shown(each.middle_url, each.alt_text, bool(pictures_alike(telling([each.fingerprint]), prints))) for each in own
    )
    return Side(title, listing, pieces(listing.description, theirs), pictures)


def pieces(text: str, theirs: frozenset[int]) -> tuple[Piece, ...]:
    """A text cut where what the other one says begins and ends: every word within three in a row that both have."""
    parts = text.split()
    folded = [words_of(each) for each in parts]
    flat = [(word, place) for place, words in enumerate(folded) for word in words]
    shared: set[int] = set()
    for start in range(len(flat) - SHINGLE + 1):
        run = flat[start : start + SHINGLE]
        if shingles([word for word, _place in run]) <= theirs:
            shared.update(place for _word, place in run)
    found: list[Piece] = []
    for place, part in enumerate(parts):
        is_shared = place in shared
        if found and found[-1].is_shared == is_shared:
            found[-1] = Piece(f"{found[-1].text} {part}", is_shared)
        else:
            found.append(Piece(part, is_shared))
    return tuple(found)
