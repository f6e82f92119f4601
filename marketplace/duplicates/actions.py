"""Compare a listing with those like it, and keep what a moderator says of a pair."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from hashlib import blake2b

from django.db import IntegrityError

from core import context
from core.actions import action
from core.jobs.models import Job
from core.jobs.running import start
from core.rules import Actor
from marketplace.duplicates import queries, states
from marketplace.duplicates.models import Band, Duplicate, Sketch
from marketplace.duplicates.sketches import Likeness, Traits, likeness, rare

COMPARING = "duplicates.compare"


@action(label="Look for duplicates", audited=False)
def compare_all(*, by: Actor) -> Job:
    """Queue a job that compares every listing with those like it."""
    return start(COMPARING, by=by, title="Look for possible duplicates", params={})


def compare(keys: Iterable[int], *, by: Actor) -> int:
    """Sketch these listings and compare each with those that share a band. Returns how many pairs are alike.

    What has not changed since it was sketched is passed over, which costs three queries for all; safe to repeat.
    """
    wanted = sorted(set(keys))
    traits = queries.traits_of(wanted)
    known = dict(Sketch.objects.filter(listing__in=wanted).values_list("listing_id", "digest"))
    changed = [key for key in wanted if (digest_of(traits[key]) if key in traits else None) != known.get(key)]
    return sum(_compared(key, traits.get(key), by) for key in changed)


def _compared(key: int, traits: Traits | None, by: Actor) -> int:
    if traits is None:
        forget(by=by, listing_id=key)
        return 0
    try:
        return int(compare_one(by=by, listing_id=key, traits=traits))
    except IntegrityError:  # somebody else has noted the same pair meanwhile, or the listing is gone
        return int(compare_one(by=by, listing_id=key, traits=traits)) if queries.traits_of([key]) else 0


def digest_of(traits: Traits) -> str:
    """Differs where what is compared differs."""
    return blake2b(repr(traits).encode(), digest_size=16).hexdigest()


@action(label="Compare with others", audited=False)
def compare_one(*, by: Actor, listing_id: int, traits: Traits) -> int:
    """One listing's sketch, bands and pairs, in one transaction."""
    bands = queries.bands_of(traits)
    Sketch.objects.update_or_create(
        listing_id=listing_id, defaults={"digest": digest_of(traits), "made_at": context.now()}
    )
    Band.objects.filter(listing=listing_id).exclude(value__in=bands).delete()
    Band.objects.bulk_create([Band(value=each, listing_id=listing_id) for each in bands], ignore_conflicts=True)
    others = queries.traits_of(queries.candidates(listing_id, bands))
    own = replace(traits, pictures=rare(traits.pictures, others.values()))
    found = {key: likeness(own, other) for key, other in others.items()}
    alike = {key: each for key, each in found.items() if each.score >= queries.threshold()}
    settle(listing_id, alike, by=by, same_vendor={key for key in alike if others[key].vendor_id == traits.vendor_id})
    return len(alike)


@action(label="Compare no longer", audited=False)
def forget(*, by: Actor, listing_id: int) -> None:
    """A listing that is a draft again, or archived, is compared with nothing; what a moderator has said of it stays."""
    Band.objects.filter(listing=listing_id).delete()
    Sketch.objects.filter(listing=listing_id).delete()
    settle(listing_id, {}, by=by)


def settle(listing_id: int, alike: dict[int, Likeness], *, by: Actor, same_vendor: Collection[int] = ()) -> None:
    """Make the pairs of a listing what was found, in the order of their keys; what a moderator has said stays said.

    Part of comparing or forgetting it: one that nobody has judged and that is no longer alike is deleted.
    """
    known = {
        (each.original_id if each.listing_id == listing_id else each.listing_id): each
        for each in queries.pairs_of([listing_id]).select_related(None)
    }
    for key in sorted(known.keys() - alike.keys()):
        if known[key].status == "open":
            known[key].delete()
    for key, found in sorted(alike.items()):
        pair = known.get(key)
        if pair is None:
            note(by=by, pair=(listing_id, key), found=found, is_same_vendor=key in same_vendor)
        elif pair.status == "open":
            measure(pair.pk, by=by, found=found)


@action(label="Note a likeness", audited=False)
def note(*, by: Actor, pair: tuple[int, int], found: Likeness, is_same_vendor: bool) -> Duplicate:
    """Keep that two listings are alike, for a moderator to judge."""
    made = Duplicate(listing_id=max(pair), original_id=min(pair), is_same_vendor=is_same_vendor, **measured(found))
    made.save()
    return made


@action(label="Measure again", rule="mark_same", simple=True)
def measure(duplicate: Duplicate, *, by: Actor, found: Likeness) -> Duplicate:
    """Keep how alike the two are by now."""
    for name, value in measured(found).items():
        setattr(duplicate, name, value)
    return duplicate


def measured(found: Likeness) -> dict[str, int | bool]:
    """What a pair keeps of what was found."""
    return {
        "score": found.score,
        "words_score": found.words,
        "pictures_alike": found.pictures,
        "is_same_price": found.is_same_price,
    }


@action(label="The same", icon="content_copy", danger=True, simple=True)
def mark_same(duplicate: Duplicate, *, by: Actor) -> Duplicate:
    """Say that the two are the same thing, and never be asked again. Neither listing is changed: reject or archive it for that.

    Refuses with 409 `wrong_state` where that was said already.
    """
    states.DUPLICATE.move(duplicate, "mark_same")
    duplicate.judged_by = by.name[:120]
    return duplicate


@action(label="Not the same", icon="call_split", simple=True)
def mark_different(duplicate: Duplicate, *, by: Actor) -> Duplicate:
    """Say that the two are different things, and never be asked again. Refuses with 409 `wrong_state` where that was said already."""
    states.DUPLICATE.move(duplicate, "mark_different")
    duplicate.judged_by = by.name[:120]
    return duplicate
