"""What a change of a definition would do to the listings there are: counted, with samples, and with what suggests itself."""

from collections import Counter
from dataclasses import dataclass, replace

import orjson
from django.db.models import QuerySet

from core.resources.definitions import CHOOSING, Kind, unasked
from marketplace.catalog.models import Category, DefinitionChange, Listing
from marketplace.catalog.models.changes import COMPLETE
from marketplace.catalog.models.shelves import shelves
from marketplace.catalog.redefining import ABSENT, BECOMES, KEEPS, LOSES, Rewriting

SHOWN, SUGGESTED = 20, 300


@dataclass(frozen=True)
class Sample:
    """One value that does not stay as it is: how many listings hold it, and what it becomes; empty: it is dropped."""

    value: str
    count: int
    becomes: str


@dataclass(frozen=True)
class Effect:
    """What a change does to listings, in numbers, with the commonest values that do not stay."""

    total: int
    becomes: int
    loses: int
    samples: tuple[Sample, ...]
    lacks: int = 0

    @property
    def sentence(self) -> str:
        """The effect in words."""
        some = f"{self.lacks:,} listings lack" if self.lacks != 1 else "1 listing lacks"
        lacks = f" {some} one; they stay, and are asked for it when they are next submitted." if self.lacks else ""
        if not self.becomes and not self.loses:
            return f"{self.total:,} listings hold a value, and all of them fit.{lacks}"
        return f"Of {self.total:,} listings that hold a value, {self.becomes:,} get another and {self.loses:,} lose it.{lacks}"


def effect_of(rewriting: Rewriting, rows: QuerySet | None = None) -> Effect:
    """What a rewriting does to the listings there are, or to these. Costs one pass over those that hold a value."""
    code = rewriting.old.code
    held = (Listing.objects.all() if rows is None else rows).filter(attributes__has_key=code)
    values = held.values_list(f"attributes__{code}", flat=True)
    counts = Counter(orjson.dumps(each) for each in values.iterator(2000))
    found: Counter[str] = Counter()
    samples: list[Sample] = []
    for raw, count in counts.most_common():
        value = orjson.loads(raw)
        fate = rewriting.of(value)
        found[fate.word] += count
        if fate.word != KEEPS and len(samples) < SUGGESTED:
            becomes = Rewriting(rewriting.new, rewriting.new, {}).text_of(fate.value) if fate.word == BECOMES else ""
            samples.append(Sample(rewriting.text_of(value), count, becomes))
    return Effect(sum(counts.values()), found[BECOMES], found[LOSES], tuple(samples))


def effect_of_change(change: DefinitionChange) -> Effect:
    """What applying a change would do now."""
    rewriting = change.rewriting()
    found = effect_of(rewriting, change.rows())
    if not change.is_required or change.category_id is None:
        return found
    count = lacking(change.category_id, rewriting.old.code)
    fate = rewriting.of(None)
    if fate.word != BECOMES or not count:
        return replace(found, lacks=count)
    given = Sample(ABSENT, count, Rewriting(rewriting.new, rewriting.new, {}).text_of(fate.value))
    return replace(found, total=found.total + count, becomes=found.becomes + count, samples=(given, *found.samples))


def lacking(category_id: int, code: str) -> int:
    """How many listings there and below are asked for an attribute, have been complete once, and have no value of it."""
    tree, count = shelves(), 0
    rows = Listing.objects.filter(category__in=Category.subtree_keys(category_id), status__in=COMPLETE)
    for place, document in (
        rows.exclude(attributes__has_key=code).values_list("category_id", "attributes").iterator(2000)
    ):
        count += code not in unasked(tree.definitions(place), document)
    return count


def effect(change: DefinitionChange) -> str:
    """What applying a change does, for the dialog that asks."""
    found = effect_of_change(change)
    said = ", ".join(f"{each.value} → {each.becomes or 'nothing'} ({each.count:,})" for each in found.samples[:SHOWN])
    return f"{found.sentence} {said}".strip()


def suggestions(rewriting: Rewriting, rows: QuerySet) -> dict[str, str]:
    """For each value that would be lost what it might become, the commonest first."""
    code, found = rewriting.old.code, {}
    values = rows.filter(attributes__has_key=code).values_list(f"attributes__{code}", flat=True)
    for raw, _count in Counter(orjson.dumps(each) for each in values.iterator(2000)).most_common():
        value = orjson.loads(raw)
        if rewriting.of(value).word == LOSES and not isinstance(value, list):
            text = rewriting.text_of(value)
            into = (
                text
                if rewriting.new.kind in CHOOSING and rewriting.old.kind is Kind.TEXT
                else rewriting.suggested(value)
            )
            if "=" not in text and "\n" not in text:
                found[text] = into
        if len(found) >= SUGGESTED:
            break
    return found
