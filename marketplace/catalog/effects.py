"""What a change of a definition would do to the listings there are: counted, with samples, and with what suggests itself."""

from collections import Counter
from dataclasses import dataclass, replace

import orjson
from django.db.models import QuerySet

from core.resources.definitions import CHOOSING, Kind, unasked
from marketplace.catalog.models import DefinitionChange, Listing
from marketplace.catalog.models.changes import COMPLETE
from marketplace.catalog.models.shelves import Shelves, shelves
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
    often = sorted(
        counts.items(), key=lambda each: (-each[1], len(each[0]), each[0])
    )  # in whatever order they were read
    for raw, count in often:
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
    """How many listings there and below are asked for an attribute, have been complete once, and have no value of it.

    One count in the database, but for places where the attribute waits for another: their documents are read.
    """
    tree = shelves()
    places = [key for key in tree.below(category_id) if not _is_hidden(tree, key, code, category_id)]
    waiting = [key for key in places if any(each.code == code and each.shown_if for each in tree.definitions(key))]
    rows = Listing.objects.filter(status__in=COMPLETE).exclude(attributes__has_key=code)
    count = rows.filter(category__in=set(places) - set(waiting)).count()
    documents = rows.filter(category__in=waiting).values_list("category_id", "attributes") if waiting else None
    for place, document in documents.iterator(2000) if documents is not None else ():
        count += code not in unasked(tree.definitions(place), document)
    return count


def _is_hidden(tree: Shelves, key: int, code: str, above: int) -> bool:
    """Does a category below another hide what that one asks for? The nearest that says anything decides."""
    for place in tree.path(key):
        if place == above or any(each.code == code for each in tree.own.get(place, ())):
            return False
        if code in tree.hidden.get(place, ()):
            return True
    return False


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
