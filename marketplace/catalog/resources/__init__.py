"""The catalogue, declared."""

from marketplace.catalog.resources.catalogue import Allowances, Categories, Listings, PriceChanges, former_category
from marketplace.catalog.resources.definitions import (
    AttributeGroups,
    Attributes,
    CategoryAttributes,
    DefinitionChanges,
    Options,
)
from marketplace.catalog.resources.goods import LowStocks, StockMoves, VariantOptions, Variants, VariantValues
from marketplace.catalog.resources.proposals import Images, Revisions

__all__ = [
    "Allowances",
    "AttributeGroups",
    "Attributes",
    "Categories",
    "CategoryAttributes",
    "DefinitionChanges",
    "Images",
    "Listings",
    "LowStocks",
    "Options",
    "PriceChanges",
    "Revisions",
    "StockMoves",
    "VariantOptions",
    "VariantValues",
    "Variants",
    "former_category",
]
