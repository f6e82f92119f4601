"""The catalogue's tables."""

from marketplace.catalog.models.allowances import Allowance
from marketplace.catalog.models.attributes import Attribute, Option
from marketplace.catalog.models.categories import Category
from marketplace.catalog.models.changes import ChangedValue, DefinitionChange
from marketplace.catalog.models.images import Image
from marketplace.catalog.models.listings import Listing
from marketplace.catalog.models.lowstock import LowStock
from marketplace.catalog.models.options import VariantOption, VariantValue
from marketplace.catalog.models.placements import AttributeGroup, CategoryAttribute
from marketplace.catalog.models.prices import PriceChange
from marketplace.catalog.models.revisions import Revision
from marketplace.catalog.models.stock import Stock, StockMove, Variant

__all__ = [
    "Allowance",
    "Attribute",
    "AttributeGroup",
    "Category",
    "CategoryAttribute",
    "ChangedValue",
    "DefinitionChange",
    "Image",
    "Listing",
    "LowStock",
    "Option",
    "PriceChange",
    "Revision",
    "Stock",
    "StockMove",
    "Variant",
    "VariantOption",
    "VariantValue",
]
