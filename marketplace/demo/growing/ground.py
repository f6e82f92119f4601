"""What a grown market stands on: its vendors, its tree of categories, the attributes of those, and its words."""

from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Any

from core import deeds
from core.resources import documents
from core.resources.definitions import Kind
from core.testing import writing_as_system
from marketplace.accounts.models import User
from marketplace.catalog.models import Attribute, Category, CategoryAttribute, Option
from marketplace.vendors.models import Member, Vendor

SEED = 20261121
VENDORS, ROOTS, BRANCHES, LEAVES = 200, 8, 5, 5
OWNER = "grower@soko.example"
CONSONANTS, VOWELS = "bdfgklmnprstvz", "aeiou"
WORDS = 20_000
#: By their places in the vocabulary about one listing in ten has the first. Twenty listings have the second, at any size.
COMMON_PLACE, RARE = 30, "zephyrite"
RARE_NUMBERS = frozenset(range(0, 8_000, 400))
CITIES = {
    "Nairobi": (-1.286, 36.817), "Mombasa": (-4.043, 39.668), "Kisumu": (-0.102, 34.762), "Nakuru": (-0.303, 36.080),
    "Eldoret": (0.514, 35.270), "Thika": (-1.033, 37.069), "Malindi": (-3.219, 40.117), "Kitale": (1.019, 35.002),
    "Garissa": (-0.453, 39.646), "Nyeri": (-0.417, 36.951), "Meru": (0.047, 37.649), "Machakos": (-1.518, 37.263),
}  # fmt: skip
BRANDS = ("Amani", "Baraka", "Chui", "Duma", "Faru", "Kifaru", "Ndovu", "Nyota", "Pundamilia", "Simba", "Tai", "Twiga")
CONDITIONS = ("New", "Used", "Refurbished")
FEATURES = ("Warranty", "Delivery", "Boxed", "Serviced", "Receipt", "Spare parts")


def _vocabulary() -> tuple[str, ...]:
    """Words that can be spoken, the frequent ones first; none a letter away from many others."""
    chance, found = Random(SEED), dict[str, None]()
    while len(found) < WORDS:
        syllables = chance.choice((2, 3, 3, 4))
        found["".join(chance.choice(CONSONANTS) + chance.choice(VOWELS) for _ in range(syllables))] = None
    return tuple(found)


VOCABULARY = _vocabulary()
#: Zipf's: the word at the nth place is used an nth as often.
FREQUENCIES = tuple(accumulate(1 / (place + 3) for place in range(WORDS)))
COMMON = next(word for word in VOCABULARY[COMMON_PLACE:] if len(word) >= 8)
MISSPELT = COMMON[:3] + COMMON[4] + COMMON[3] + COMMON[5:]


@dataclass(frozen=True)
class Ground:
    """What listings are made of. `deed` is whose work they are said to be."""

    owner: User
    vendors: tuple[Vendor, ...]
    leaves: tuple[int, ...]
    deed: Any

    @property
    def root(self) -> Category:
        """The category whose subtree is asked for."""
        return Category.objects.get(slug="hall-0")


def laid() -> Ground:
    """The ground of this database: laid now, or found as it was laid before."""
    owner = User.objects.filter(email=OWNER).first()
    if owner is None:
        with writing_as_system("grow the market"):
            owner = _lay()
        documents.bump()
    return Ground(
        owner=owner,
        vendors=tuple(Vendor.objects.filter(slug__startswith="grown-").order_by("pk")),
        leaves=tuple(Category.objects.filter(slug__startswith="shelf-").order_by("pk").values_list("pk", flat=True)),
        deed=Vendor.history.filter(slug="grown-0").values_list("deed", flat=True).first(),  # type: ignore[attr-defined]
    )


def _saved[M](row: M) -> M:
    row.save(force_insert=True)  # type: ignore[attr-defined]
    return row


def _lay() -> User:
    owner = _saved(User(full_name="Grower", email=OWNER, password="!"))
    for number in range(VENDORS):
        vendor = _saved(
            Vendor(
                name=f"{VOCABULARY[number].capitalize()} Traders",
                slug=f"grown-{number}",
                status="verified",
                phone="+254712345678",
                city=tuple(CITIES)[number % len(CITIES)],
            )
        )
        _saved(Member(vendor=vendor, user=owner, is_owner=True))
    roots = [_category(f"Hall {number}", None, number) for number in range(ROOTS)]
    for root in roots:
        for number in range(BRANCHES):
            branch = _category(f"Aisle {root.position}-{number}", root, number)
            for leaf in range(LEAVES):
                _category(f"Shelf {root.position}-{number}-{leaf}", branch, leaf)
    _attributes(roots)
    assert deeds.current() is not None
    return owner


def _category(name: str, parent: Category | None, position: int) -> Category:
    return _saved(Category(name=name, slug=name.lower().replace(" ", "-"), parent=parent, position=position))


def _attributes(roots: list[Category]) -> None:
    said: tuple[tuple[str, Kind, tuple[str, ...], dict[str, Any]], ...] = (
        ("brand", Kind.CHOICE, BRANDS, {}),
        ("condition", Kind.CHOICE, CONDITIONS, {}),
        ("year", Kind.NUMBER, (), {"minimum": 1990, "maximum": 2026, "is_integer": True}),
        ("features", Kind.MULTI_CHOICE, FEATURES, {}),
    )
    for position, (code, kind, options, more) in enumerate(said):
        attribute = _saved(Attribute(code=code, label=code.capitalize(), kind=kind.value, **more))
        for place, label in enumerate(options):
            _saved(Option(attribute=attribute, code=label.lower().replace(" ", "_"), label=label, position=place))
        for root in roots:
            _saved(CategoryAttribute(category=root, attribute=attribute, is_facet=True, position=position))
