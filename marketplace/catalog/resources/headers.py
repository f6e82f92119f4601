"""The headers of other shop systems' product files, and everyday names, as the columns of listings and variants.

Shopify: "Using CSV files to import and export products" in its help center
(https://help.shopify.com/en/manual/products/import-export/using-csv). A product's first line has its title; the lines of
its other variants and images repeat the handle and leave the title empty. In its newer template "URL handle", "Description"
and "Price" stand for "Handle", "Body (HTML)" and "Variant Price".

WooCommerce: "Product CSV Import Schema"
(https://github.com/woocommerce/woocommerce/wiki/Product-CSV-Import-Schema). The type of a line says whether it is a
product or a variation of one; categories are paths such as "Clothing > Shirts", several of them with commas between.
"""

from core.resources.headers import Dialect

SHOPIFY = Dialect(
    name="Shopify",
    known_by=("Handle", "Title", "Variant Price"),
    columns={
        "Handle": "reference",
        "Title": "title",
        "Body (HTML)": "description",
        "Product Category": "category",
        "Variant Price": "price",
    },
    markup=frozenset({"Body (HTML)"}),
    paths=frozenset({"Product Category"}),
    skip_blank=("Title",),
)
SHOPIFY_NOW = Dialect(
    name="Shopify",
    known_by=("URL handle", "Title", "Price"),
    columns={
        "URL handle": "reference",
        "Title": "title",
        "Description": "description",
        "Product category": "category",
        "Price": "price",
    },
    markup=frozenset({"Description"}),
    paths=frozenset({"Product category"}),
    skip_blank=("Title",),
)
WOOCOMMERCE = Dialect(
    name="WooCommerce",
    known_by=("Type", "SKU", "Name", "Regular price"),
    columns={
        "SKU": "reference",
        "Name": "title",
        "Description": "description",
        "Categories": "category",
        "Regular price": "price",
    },
    markup=frozenset({"Description"}),
    paths=frozenset({"Categories"}),
    skip_where={"Type": ("variation",)},
)

SHOPIFY_VARIANTS = Dialect(
    name="Shopify",
    known_by=("Handle", "Variant SKU", "Variant Price"),
    columns={
        "Variant SKU": "sku",
        "Handle": "listing",
        "Option1 Value": "title",
        "Variant Price": "price",
        "Variant Inventory Qty": "on_hand",
        "Variant Grams": "weight_grams",
    },
    skip_blank=("Variant SKU",),
)
WOOCOMMERCE_VARIANTS = Dialect(
    name="WooCommerce",
    known_by=("Type", "SKU", "Name", "Regular price"),
    columns={
        "SKU": "sku",
        "Name": "title",
        "Parent": "listing",
        "Regular price": "price",
        "Stock": "on_hand",
        "Low stock amount": "low_stock_at",
        "Position": "position",
    },
    skip_blank=("SKU",),
    skip_where={"Type": ("variable", "grouped", "external")},
)

LISTING_NAMES = {
    "title": ("Name", "Product", "Product name", "Product title", "Item", "Item name", "Headline"),
    "description": ("Details", "Text", "Body", "Long description", "Product description"),
    "price": ("Amount", "Cost", "Selling price", "Unit price", "Regular price", "Asking price"),
    "price_currency": ("Currency", "Currency code", "Price currency"),
    "category": ("Product category", "Type", "Section", "Department", "Categories"),
    "reference": (
        "SKU",
        "Code",
        "Item code",
        "Product code",
        "Article",
        "Article number",
        "Ref",
        "Handle",
        "External id",
    ),
    "city": ("Town", "Location", "Place"),
    "latitude": ("Lat",),
    "longitude": ("Lng", "Lon", "Long"),
    "modes": ("Mode", "How it sells", "Selling mode"),
}
VARIANT_NAMES = {
    "sku": ("Code", "Item code", "Article", "Article number", "Stock keeping unit"),
    "on_hand": ("Qty", "Quantity", "Stock", "In stock", "Counted", "Inventory", "Inventory quantity"),
    "price": ("Amount", "Selling price", "Unit price", "Regular price"),
    "title": ("Name", "Variant", "Variation"),
    "stock_reason": ("Reason", "Why"),
    "low_stock_at": ("Low stock", "Low stock amount", "Reorder at", "Reorder point"),
    "weight_grams": ("Grams", "Weight", "Weight (g)"),
    "is_active": ("Active", "Enabled"),
}
