"""Variants made from the options of a listing, and matched to their values."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Annotated

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from pydantic import StringConstraints

from core import deeds, writing
from core.actions import action, locked
from core.errors import Duplicate, FieldError
from core.inputs import TEXT_PATTERN, Ask
from core.rules import Actor
from marketplace.catalog.actions.options import MOST_VARIANTS
from marketplace.catalog.errors import OptionsIncomplete, TooManyVariants, UnknownValues
from marketplace.catalog.models import Listing, Stock, Variant, VariantOption, VariantValue
from marketplace.catalog.models.options import BETWEEN
from marketplace.catalog.modes import BUY

LONGEST_SKU = 64
Values = tuple[VariantValue, ...]
Words = Annotated[
    str,
    StringConstraints(max_length=130, strip_whitespace=True, pattern=TEXT_PATTERN),
    Ask("Values", "One of each option, in their order, such as M / Red. Empty: it stands for none."),
]


@action(label="Generate variants", icon="grid_view", when=lambda listing: BUY in listing.modes)
def generate_variants(listing: Listing, *, by: Actor) -> Listing:
    """Make a variant, with a proposed SKU and empty stock, for each combination of the options' values that has none yet.

    Variants that are there stay, with price and stock: one whose title names a combination stands for it from now on, one that
    lacks a value of an option takes its first. Done again, it changes nothing. Refuses with 409 `options_incomplete` and
    `too_many_variants`.
    """
    held = list(locked(Variant).filter(listing=listing).order_by("pk"))
    options = held_options(listing.pk)
    if not options:
        raise OptionsIncomplete(missing="Give this listing an option first, such as size.")
    lacking = [str(option) for option, values in options if not values]
    if lacking:
        raise OptionsIncomplete(missing=f"Give {', '.join(lacking)} a value first.")
    count = 1
    for _option, values in options:
        count *= len(values)
    if count > MOST_VARIANTS:
        raise TooManyVariants(most=MOST_VARIANTS, count=count)
    wanted = {_combined(values): values for values in product(*(values for _option, values in options))}
    _match_held(held, wanted, options)
    missing = [values for key, values in wanted.items() if key not in {each.combination for each in held}]
    if len(held) + len(missing) > MOST_VARIANTS:
        raise TooManyVariants(most=MOST_VARIANTS, count=len(held) + len(missing))
    _make(listing, missing, after=max((each.position for each in held), default=0))
    return listing


def held_options(listing_id: int) -> list[tuple[VariantOption, list[VariantValue]]]:
    """The options of a listing with their values, in declared order, locked: none goes while variants are matched to them."""
    options = VariantOption.objects.filter(listing=listing_id).order_by("position", "pk")
    values = list(locked(VariantValue).filter(option__listing=listing_id).order_by("pk"))
    values.sort(key=lambda each: (each.position, each.pk))
    return [(option, [each for each in values if each.option_id == option.pk]) for option in options]


def _combined(values: Values) -> str:
    return Variant.combined(each.pk for each in values)


def _titled(values: Values) -> str:
    return BETWEEN.join(each.name for each in values)[:80].strip()


def _match_held(
    held: Sequence[Variant], wanted: dict[str, Values], options: list[tuple[VariantOption, list[VariantValue]]]
) -> None:
    """Match variants that are there: by title where they stand for nothing, completed where an option came after them."""
    by_title = {_titled(values).casefold(): key for key, values in wanted.items()}
    taken = {each.combination for each in held}
    for variant in held:
        if variant.combination in wanted:
            continue
        if variant.combination:
            standing = set(variant.value_ids)
            fitting = (next((v for v in values if v.pk in standing), values[0]) for _option, values in options)
            key = Variant.combined(each.pk for each in fitting)
        else:
            key = by_title.get(variant.title.casefold().strip(), "")
        if key and key not in taken:
            taken.add(key)
            variant.combination = key
            variant.save()


def _make(listing: Listing, missing: Sequence[Values], *, after: int) -> None:
    skus = proposed_skus(listing, missing)
    made = [
        Variant(
            listing=listing, sku=next(skus), title=_titled(values), combination=_combined(values), position=after + place
        )
        for place, values in enumerate(missing, start=1)
    ]  # fmt: skip
    if not made:
        return
    try:
        with transaction.atomic():
            writing.create_many(deeds.require(listing), made)
    except IntegrityError as fault:  # somebody took one of these SKUs at this very moment
        said = "One of the proposed SKUs has just been used; do it again."
        raise Duplicate(errors=[FieldError("/sku", "unique", said)]) from fault
    Stock.objects.bulk_create([Stock(variant=each) for each in made])


def proposed_skus(listing: Listing, wanted: Sequence[Values]) -> Iterator[str]:
    """For each combination a SKU that the vendor does not use: the listing's reference (else its handle) and the values."""
    base = (listing.reference or listing.handle.upper())[:36].strip()
    used = set(Variant.objects.filter(vendor=listing.vendor_id, sku__startswith=base).values_list("sku", flat=True))
    for values in wanted:
        # What has no Latin letters is told by its place among the values.
        marks = [slugify(each.name).upper() or str(each.position or each.pk) for each in values]
        stem = f"{base}-{'-'.join(marks)}"[: LONGEST_SKU - 5].rstrip("-")
        found, number = stem, 2
        while found in used:
            found, number = f"{stem}-{number}", number + 1
        used.add(found)
        yield found


@action(label="Match to values", icon="join_inner")
def match_values(variant: Variant, *, by: Actor, values: Words = "") -> Variant:
    """Say for which values of the listing's options a variant stands: "M / Red", in the order of the options; or none.

    Refuses with 422 `unknown_values` what names no value of each option, 409 `duplicate` where another variant stands for these.
    """
    options = held_options(variant.listing_id)
    names = [each.strip() for each in values.split(BETWEEN)] if values.strip() else []
    if not names:
        variant.combination = ""
        return variant
    if len(names) != len(options):
        wanted = BETWEEN.join(str(option) for option, _values in options)
        raise _unknown(f"Name one value of each option: {wanted}." if options else "The listing has no options.")
    chosen = []
    for name, (option, held) in zip(names, options, strict=True):
        found = next((each for each in held if each.name.casefold() == name.casefold()), None)
        if found is None:
            known = ", ".join(each.name for each in held[:10]) or "none yet"
            raise _unknown(f"{option} has these values: {known}.")
        chosen.append(found.pk)
    variant.combination = Variant.combined(chosen)
    others = Variant.objects.filter(listing=variant.listing_id, combination=variant.combination)
    if others.exclude(pk=variant.pk).exists():  # told at the field; of two at once the constraint refuses the second
        said = "Another variant of this listing stands for these values."
        raise Duplicate(errors=[FieldError("/values", "unique", said)])
    return variant


def _unknown(why: str) -> UnknownValues:
    return UnknownValues(why=why, errors=[FieldError("/values", "unknown", why)])
