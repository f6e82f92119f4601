"""What a change of a definition would do to the listings there are: counted, with samples, and with what suggests itself."""

from collections import Counter
from dataclasses import dataclass

import orjson

from core.resources.definitions import CHOOSING, Kind
from marketplace.catalog.models import DefinitionChange, Listing
from marketplace.catalog.redefining import BECOMES, KEEPS, LOSES, Rewriting

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

    @property
    def sentence(self) -> str:
        """The effect in words."""
        if not self.becomes and not self.loses:
            return f"{self.total:,} listings hold a value, and all of them fit."
        return f"Of {self.total:,} listings that hold a value, {self.becomes:,} get another and {self.loses:,} lose it."


def effect_of(rewriting: Rewriting) -> Effect:
    """What a rewriting does to the listings there are. Costs one pass over those that hold a value."""
    code = rewriting.old.code
    values = Listing.objects.filter(attributes__has_key=code).values_list(f"attributes__{code}", flat=True)
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


def effect(change: DefinitionChange) -> str:
    """What applying a change does, for the dialog that asks."""
    found = effect_of(change.rewriting())
    said = ", ".join(f"{each.value} → {each.becomes or 'nothing'} ({each.count:,})" for each in found.samples[:SHOWN])
    return f"{found.sentence} {said}".strip()


def suggestions(rewriting: Rewriting) -> dict[str, str]:
    """For each value that would be lost what it might become, the commonest first."""
    code, found = rewriting.old.code, {}
    values = Listing.objects.filter(attributes__has_key=code).values_list(f"attributes__{code}", flat=True)
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
