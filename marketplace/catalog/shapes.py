"""The shapes in which the catalogue's computed values are answered."""

from typing import Annotated, Any, Literal

from django.core.files.storage import default_storage
from pydantic import BaseModel, ConfigDict, Field

from core import context
from core.resources import documents
from core.resources.types import Id, Money, whole
from core.rules import Actor
from marketplace.catalog import effects, prices, rules
from marketplace.catalog.actions.options import MOST_OPTIONS, MOST_VALUES, MOST_VARIANTS
from marketplace.catalog.modes import MODES
from marketplace.catalog.showing import FORMATS

Count = whole(0, 2**31 - 1)
Pixels = whole(0, 100_000)
Modes = Annotated[list[Literal[tuple(MODES)]], Field(max_length=len(MODES))]  # type: ignore[misc, valid-type]


class Rendition(BaseModel):
    """One size of an image, in each format."""

    model_config = ConfigDict(extra="forbid")

    width: Pixels  # type: ignore[valid-type]
    height: Pixels  # type: ignore[valid-type]
    avif: str = Field(max_length=400, description="Empty for pictures that were drawn without it.")
    webp: str = Field(max_length=400)
    jpeg: str = Field(max_length=400)


class Srcset(BaseModel):
    """All sizes of an image by format, as the `srcset` of a `<source>` or `<img>` has them; offer them in this order."""

    model_config = ConfigDict(extra="forbid")

    avif: str = Field(max_length=4_000, description="Empty where a size of it is missing.")
    webp: str = Field(max_length=4_000)
    jpeg: str = Field(max_length=4_000)


class Photo(BaseModel):
    """One image of a listing with its sizes, smallest first."""

    model_config = ConfigDict(extra="forbid")

    id: Id  # type: ignore[valid-type]
    alt_text: str = Field(max_length=200)
    width: Pixels  # type: ignore[valid-type]
    height: Pixels  # type: ignore[valid-type]
    colour: str = Field(max_length=7, description="Its main colour, to show while it loads.")
    renditions: list[Rendition] = Field(max_length=10)
    srcset: Srcset


def photo(card: dict[str, Any]) -> dict[str, Any]:
    """An image as answered: addresses in place of names in the store."""
    sizes = [
        {
            "width": each["width"],
            "height": each["height"],
            **{kind: default_storage.url(each[kind]) if each.get(kind) else "" for kind in FORMATS},
        }
        for each in card["renditions"]
    ]
    return {**card, "renditions": sizes, "srcset": {kind: _srcset(sizes, kind) for kind in FORMATS}}


def _srcset(sizes: list[dict[str, Any]], kind: str) -> str:
    """Each size of a format with its width; nothing where one is missing, lest a browser make do with the others."""
    if not all(each[kind] for each in sizes):
        return ""
    return ", ".join(f"{each[kind]} {each['width']}w" for each in sizes)


def was_price(listing: Any) -> Any:
    """What it cost before it was reduced, where that may be said now."""
    return listing.was_price(context.now())


def was_price_of(variant: Any) -> Any:
    """The same of a variant."""
    return prices.was_of(variant, variant.listing, at=context.now())


def photos(listing: Any) -> list[dict[str, Any]]:
    """Every live image of a listing, in order."""
    return [photo(each) for each in listing.cached_gallery]


def first_photo(listing: Any) -> dict[str, Any] | None:
    """The image that stands for a listing in lists."""
    return photo(listing.cached_gallery[0]) if listing.cached_gallery else None


def reference(move: Any, actor: Actor) -> str:
    """The order that moved stock; empty where none did, or where the actor may not see orders."""
    return move.reference if move.reference and rules.may_know_order(actor, move) else ""


def reason(move: Any, actor: Actor) -> str:
    """Why stock was moved. What was said to an order is for those who may see orders."""
    return move.reason if not move.reference or rules.may_know_order(actor, move) else ""


def renditions(image: Any) -> list[dict[str, Any]]:
    """The sizes of one image."""
    return photo(image.card())["renditions"]


def srcset(image: Any) -> dict[str, str]:
    """The sizes of one image by format."""
    return photo(image.card())["srcset"]


def is_changing(listing: Any) -> bool:
    """Do proposed changes of it wait for a moderator?"""
    return any(each.status == "pending" for each in listing.revisions.all())


def free(variant: Any) -> int:
    """How many of a variant can be bought now."""
    stock = getattr(variant, "stock", None)
    return stock.free if stock is not None else 0


def is_available(variant: Any) -> bool:
    return free(variant) > 0


def on_hand(variant: Any) -> int:
    stock = getattr(variant, "stock", None)
    return stock.on_hand if stock is not None else 0


def reserved(variant: Any) -> int:
    stock = getattr(variant, "stock", None)
    return stock.reserved if stock is not None else 0


class ValueOfOption(BaseModel):
    """One value of an option, such as M."""

    model_config = ConfigDict(extra="forbid", title="VariantValueRef")

    id: Id  # type: ignore[valid-type]
    name: str = Field(max_length=40)


class OptionOfListing(BaseModel):
    """One thing in which the variants of a listing differ, such as Size, with its values."""

    model_config = ConfigDict(extra="forbid", title="VariantChoice")

    id: Id  # type: ignore[valid-type]
    name: str = Field(max_length=40)
    values: list[ValueOfOption] = Field(max_length=MOST_VALUES)


class VariantOfListing(BaseModel):
    """One variant that can be chosen, and the values by which it is chosen."""

    model_config = ConfigDict(extra="forbid", title="VariantOffer")

    id: Id  # type: ignore[valid-type]
    sku: str = Field(max_length=64)
    title: str = Field(max_length=80)
    price: Money | None = Field(description="What it costs: its own price, else the listing's.")
    was_price: Money | None = Field(description="What it cost before that was reduced, where it may be said.")
    is_available: bool
    value_ids: list[Id] = Field(max_length=MOST_OPTIONS, description="One value of each option; or none.")  # type: ignore[valid-type]


ValueIds = Annotated[list[Id], Field(max_length=MOST_OPTIONS)]  # type: ignore[valid-type]
Options = Annotated[list[OptionOfListing], Field(max_length=MOST_OPTIONS)]
Variants = Annotated[list[VariantOfListing], Field(max_length=MOST_VARIANTS)]


def options(listing: Any) -> list[dict[str, Any]]:
    """What a buyer chooses by, in declared order."""
    return [
        {
            "id": option.pk,
            "name": option.name,
            "values": [{"id": each.pk, "name": each.name} for each in in_order(option.values.all())],
        }
        for option in in_order(listing.variant_options.all())
    ]


def variants(listing: Any) -> list[dict[str, Any]]:
    """The active variants, each with what it costs and whether it is to be had."""
    return [
        {
            "id": each.pk,
            "sku": each.sku,
            "title": each.title,
            "price": money(each.price or listing.price),
            "was_price": money(prices.was_of(each, listing, at=context.now())),
            "is_available": is_available(each),
            "value_ids": each.value_ids,
        }
        for each in in_order(listing.variants.all())
        if each.is_active
    ]


def in_order(rows: Any) -> list[Any]:
    """Rows by the position that their vendor gave them."""
    return sorted(rows, key=lambda each: (each.position, each.pk))


def money(price: Any) -> dict[str, Any] | None:
    return {"amount": price.amount, "currency": price.currency} if price is not None else None


def value_ids(variant: Any) -> list[int]:
    return variant.value_ids


def stock_state(variant: Any) -> str:
    """Sold out, low or in stock, by what is free now."""
    left = free(variant)
    least = variant.vendor.low_stock_at if variant.low_stock_at is None else variant.low_stock_at
    return "sold_out" if left == 0 else "low" if left <= least else "in_stock"


def left_of(low: Any) -> int:
    """How many of a variant that runs low are free."""
    return free(low.variant)


def state_of(low: Any) -> str:
    """In which state a variant that was noted as low is now."""
    return stock_state(low.variant)


def proposed(revision: Any, actor: Actor) -> dict[str, Any]:
    """What a revision proposes, without attributes that the actor may not see."""
    found = dict(revision.proposed)
    if "attributes" in found:
        listing = revision.listing
        listing.category_id = found.get("category", listing.category_id)
        seen = {each.code for each in documents.seen_by(actor, listing.document_definitions())}
        found["attributes"] = {code: value for code, value in found["attributes"].items() if code in seen}
    return found


class EffectSample(BaseModel):
    """A value that does not stay: how many listings hold it, and what it becomes; empty, where it is dropped."""

    model_config = ConfigDict(extra="forbid")

    value: str = Field(max_length=500)
    count: Count  # type: ignore[valid-type]
    becomes: str = Field(max_length=500)


class Effect(BaseModel):
    """What a change of a definition does to listings."""

    model_config = ConfigDict(extra="forbid")

    sentence: str = Field(max_length=300)
    total: Count  # type: ignore[valid-type]
    becomes: Count  # type: ignore[valid-type]
    loses: Count  # type: ignore[valid-type]
    lacks: Count  # type: ignore[valid-type]
    samples: list[EffectSample] = Field(max_length=20)


def effect(change: Any) -> dict[str, Any] | None:
    """The effect of a change that still waits."""
    if change.status != "proposed":
        return None
    found = effects.effect_of_change(change)
    samples = [
        {"value": each.value[:500], "count": each.count, "becomes": each.becomes[:500]} for each in found.samples[:20]
    ]
    return {
        "sentence": found.sentence,
        "total": found.total,
        "becomes": found.becomes,
        "loses": found.loses,
        "lacks": found.lacks,
        "samples": samples,
    }


def smallest(photos: list[dict[str, Any]]) -> list[str]:
    """The address of the smallest rendition of each photo."""
    return [photo["renditions"][0]["webp"] for photo in photos if photo["renditions"]]
