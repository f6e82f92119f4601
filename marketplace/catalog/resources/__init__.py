"""The catalogue, declared."""

from marketplace.catalog.resources.catalogue import (
    Attributes,
    Categories,
    CategoryAttributes,
    Listings,
    Options,
    former_category,
)
from marketplace.catalog.resources.goods import LowStocks, StockMoves, VariantOptions, Variants, VariantValues
from marketplace.catalog.resources.proposals import Images, Revisions

__all__ = [
    "Attributes",
    "Categories",
    "CategoryAttributes",
    "Images",
    "Listings",
    "LowStocks",
    "Options",
    "Revisions",
    "StockMoves",
    "VariantOptions",
    "VariantValues",
    "Variants",
    "former_category",
]
