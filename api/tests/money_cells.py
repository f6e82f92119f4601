"""The table of the money matrix: what in the API is money, whose each row is, and with what each operation is tried."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db.models import Count, QuerySet

from core.resources.declaration import Resource
from core.resources.identity import id_of
from core.resources.registry import resources
from marketplace.accounts.models import User
from marketplace.vendors.models import Vendor

CONTRACTS = Path(__file__).parents[1] / "contracts"

#: Whose rows of money are for a vendor's people, by the column that says which vendor (of a job: whose it is).
OF_VENDOR = {
    "accounts": "vendor",
    "coupon-listings": "coupon__vendor",
    "coupons": "vendor",
    "credit-notes": "vendor",
    "deliveries": "shipment__vendor_order__vendor",
    "delivery-photos": "delivery__shipment__vendor_order__vendor",
    "dispute-entries": "dispute__vendor_order__vendor",
    "dispute-files": "dispute__vendor_order__vendor",
    "disputes": "vendor_order__vendor",
    "invoices": "vendor",
    "jobs": "actor_id",
    "line-fees": "line__vendor_order__vendor",
    "line-reductions": "vendor_order__vendor",
    "line-splits": "share__vendor",
    "order-lines": "vendor_order__vendor",
    "payout-accounts": "vendor",
    "payouts": "vendor",
    "postings": "account__vendor",
    "price-steps": "method__vendor",
    "redemptions": "coupon__vendor",
    "refund-parts": "vendor_order__vendor",
    "return-lines": "belongs_to__vendor_order__vendor",
    "returns": "vendor_order__vendor",
    "settlement-terms": "vendor",
    "shipment-lines": "shipment__vendor_order__vendor",
    "shipments": "vendor_order__vendor",
    "shipping-labels": "shipment__vendor_order__vendor",
    "shipping-methods": "vendor",
    "vendor-orders": "vendor",
    "wallets": "vendor",
    "zones": "vendor",
}
#: The same for a buyer's: the column that says which person.
OF_BUYER = {
    "addresses": "user",
    "cart": "cart__user",
    "credit-notes": "vendor_order__order__customer",
    "delivery-photos": "delivery__shipment__vendor_order__order__customer",
    "dispute-files": "dispute__vendor_order__order__customer",
    "disputes": "vendor_order__order__customer",
    "invoices": "vendor_order__order__customer",
    "orders": "customer",
    "payments": "payer",
    "returns": "vendor_order__order__customer",
}
#: What only those who run the market see at all: nobody else has a row of it.
OF_STAFF = {
    "addresses", "cart-lines", "carts", "chargebacks", "commission-rules", "draft-order-lines", "draft-orders", "journals",
    "money-moves", "orders", "payments", "payout-batches", "refund-request-lines", "refund-requests", "refunds",
    "statement-differences", "tax-countries", "tax-rates", "webhook-attempts", "webhooks",
}  # fmt: skip
#: Money without rows of its own: sums, and what makes or takes a file.
SUMS = {"analytics", "balance", "exports", "finance", "imports", "ledger", "payout-plan", "statement"}
#: What is no money. The matrices of rows try it (`test_conformance.py`, `test_leaks.py`).
ELSEWHERE = {
    "allowances", "attribute-groups", "attributes", "auth", "categories", "category-attributes", "column-memories", "contacts",
    "decisions", "definition-changes", "duplicates", "favourites", "held-roles", "images", "listings", "low-stock", "me",
    "members", "moderation", "options", "pinned-results", "price-changes", "revisions", "roles", "saved-searches", "search",
    "stock-moves", "stop-words", "synonyms", "unmet-searches", "users", "variant-options", "variant-values", "variants", "vendors",
}  # fmt: skip
MONEY = {
    "storefront": set(OF_BUYER),
    "vendor": set(OF_VENDOR) | SUMS,
    "operations": set(OF_VENDOR) | OF_STAFF | SUMS,
}

#: Of what resource a key in a path is, where that is not the first word of the path.
IN_PATH = {
    "file_id": "dispute-files",
    "line_id": "cart-lines",
    "photo_id": "delivery-photos",
    "share_id": "vendor-orders",
}
#: Of what resource a parameter's value is. A parameter that is neither here nor in PLAIN fails the matrix.
IN_QUERY = {
    "account": "accounts", "belongs_to": "returns", "coupon": "coupons", "delivery": "deliveries", "dispute": "disputes",
    "line": "order-lines", "listing": "listings", "method": "shipping-methods", "share": "vendor-orders",
    "shipment": "shipments", "subject": "orders", "variant": "variants", "vendor": "vendors", "vendor_order": "vendor-orders",
    "zone": "zones",
}  # fmt: skip
#: Words by which one may look for text that somebody else wrote.
WORDS = {"account_name", "carrier", "period", "q", "sku"}
#: Numbers, moments, and words out of a short list.
PLAIN = {
    "after", "asked_at_max", "asked_at_min", "assigned_at_max", "assigned_at_min", "at_max", "at_min", "borne_by",
    "category", "count", "currency", "cursor", "days", "due_at_max", "due_at_min", "expand", "fee", "fields",
    "gateway", "is_active", "is_default", "issued_at_max", "issued_at_min", "kind", "limit", "month", "only_refused",
    "opened_at_max", "opened_at_min", "order", "party", "payment_state", "placed_at_max", "placed_at_min",
    "prepared_at_max", "prepared_at_min", "schedule", "shipped_at_max", "shipped_at_min", "started_at_max",
    "started_at_min", "starts_at_max", "starts_at_min", "state", "status", "why",
}  # fmt: skip


@dataclass(frozen=True)
class Of:
    """In a body: a key of one's own row of this resource, in whose place a stranger's is sent."""

    resource: str


PIECES = [{"variant_id": Of("variants"), "quantity": 1}]
PRICE = {"amount": 100, "currency": "KES"}
PLACE = {"recipient": "Cleo", "phone": "+254712345678", "street": "12 Moi Avenue", "town": "Nairobi"}
COUPON = {"code": "CELL-TEN", "kind": "percent", "basis_points": 1000, "vendor_id": Of("vendors")}
ZONE = {"name": "A zone of the cell", "towns": ["Kisumu"], "countries": ["KE"], "vendor_id": Of("vendors")}
METHOD = {"name": "A way of the cell", "price": PRICE, "vendor_id": Of("vendors"), "zone_id": Of("zones")}
STEP = {"method_id": Of("shipping-methods"), "up_to": 7_000, "price": PRICE}
#: A valid body of each operation that takes one. An operation without fails the matrix.
BODIES: dict[str, dict[str, Any]] = {
    "vendor POST /coupon-listings": {"coupon_id": Of("coupons"), "listing_id": Of("listings")},
    "vendor POST /coupons": COUPON,
    "vendor POST /coupons/bulk": {"items": [COUPON]},
    "vendor PATCH /coupons/{coupon_id}": {"is_active": False},
    "vendor POST /disputes/{dispute_id}/answer": {"text": "It was whole."},
    "vendor POST /disputes/{dispute_id}/concede": {"reason": "It was broken."},
    "vendor POST /disputes/{dispute_id}/say": {"text": "It was whole.", "is_evidence": True},
    "vendor POST /exports": {"resource": "payouts", "format": "csv", "query": ""},
    "vendor POST /payout-accounts": {
        "vendor_id": Of("vendors"), "bank": "Equity", "holder": "A", "number": "123456", "currency": "KES",
    },
    "vendor POST /payouts": {"vendor_id": Of("vendors")},
    "vendor POST /price-steps": STEP,
    "vendor POST /price-steps/bulk": {"items": [STEP]},
    "vendor PATCH /price-steps/{price_step_id}": {"price": PRICE},
    "vendor POST /returns/{return_id}/approve": {"answer": "Send it."},
    "vendor POST /returns/{return_id}/receive": {"lines": [PIECES[0] | {"restock": 1}]},
    "vendor POST /returns/{return_id}/refuse": {"reason": "It was worn."},
    "vendor POST /shipping-methods": METHOD,
    "vendor POST /shipping-methods/bulk": {"items": [METHOD]},
    "vendor PATCH /shipping-methods/{shipping_method_id}": {"note": "Changed.", "zone_id": Of("zones")},
    "vendor POST /vendor-orders/{vendor_order_id}/cancel": {"reason": "Out of it."},
    "vendor POST /vendor-orders/{vendor_order_id}/cancel_lines": {"reason": "Out of it.", "lines": PIECES},
    "vendor POST /vendor-orders/{vendor_order_id}/ship": {
        "carrier": "Sendy", "lines": [{"line_id": Of("order-lines"), "quantity": 1}],
    },
    "vendor POST /wallets": {"vendor_id": Of("vendors"), "currency": "KES"},
    "vendor POST /wallets/{wallet_id}/top_up": {"amount_minor": 100},
    "vendor POST /zones": ZONE,
    "vendor POST /zones/bulk": {"items": [ZONE]},
    "vendor PATCH /zones/{zone_id}": {"name": "Renamed"},
    "storefront POST /addresses": {"label": "Home", **PLACE},
    "storefront PATCH /addresses/{address_id}": {"label": "Moved"},
    "storefront POST /cart/coupons": {"code": "NO-SUCH"},
    "storefront POST /cart/lines": {"variant_id": Of("variants"), "quantity": 1},
    "storefront PATCH /cart/lines/{line_id}": {"quantity": 1},
    "storefront POST /cart/merge": {"cart": "no-such-cart"},
    "storefront POST /cart/quote": {
        "address_id": Of("addresses"), "shipping": [{"vendor_id": Of("vendors"), "method_id": Of("shipping-methods")}],
    },
    "storefront POST /disputes/{dispute_id}/say": {"text": "It is broken.", "is_evidence": False},
    "storefront POST /disputes/{dispute_id}/withdraw": {"reason": "It works now."},
    "storefront POST /orders": {
        "address_id": Of("addresses"), "shipping": [{"vendor_id": Of("vendors"), "method_id": Of("shipping-methods")}],
    },
    "storefront POST /orders/{order_id}/cancel": {"reason": "Changed my mind."},
    "storefront POST /orders/{order_id}/cancel_items": {"reason": "Changed my mind.", "lines": PIECES},
    "storefront POST /orders/{order_id}/disputes": {"share": Of("vendor-orders"), "why": "broken", "text": "It is broken."},
    "storefront POST /orders/{order_id}/returns": {"why": "broken", "lines": PIECES},
    "storefront POST /payments": {"order": Of("orders"), "source": "tok_ok"},
}  # fmt: skip
#: Keys that belong to nobody: of what everybody sees.
EVERYBODYS = {"category_id"}


@dataclass(frozen=True)
class Cell:
    """One operation of the documents, on money."""

    audience: str
    method: str
    path: str
    parameters: tuple[dict[str, Any], ...] = ()
    schema: dict[str, Any] | None = None
    document: dict[str, Any] = field(default_factory=dict, repr=False)
    takes_a_file: bool = False

    @property
    def name(self) -> str:
        return f"{self.audience} {self.method} {self.path}"

    @property
    def resource(self) -> str:
        return self.path.split("/")[1]

    @property
    def keys(self) -> list[tuple[str, str]]:
        """The keys in the path, each with the resource of which it is."""
        named = [part[1:-1] for part in self.path.split("/") if part.startswith("{")]
        return [(name, IN_PATH.get(name, self.resource)) for name in named]

    def asks_for(self) -> dict[str, dict[str, Any]]:
        """The parameters of the query."""
        return {each["name"]: each for each in self.parameters if each["in"] == "query"}

    def keys_in_body(self) -> set[str]:
        """The names in the body's schema that are keys of rows."""
        return {name for name in _names(self.schema, self.document) if name.endswith("_id")}


def cells(audience: str) -> Iterator[Cell]:
    """Every operation on money in one audience's document. A path that has no place in this table is an AssertionError."""
    document = json.loads((CONTRACTS / f"{audience}.json").read_text())
    for address, verbs in document["paths"].items():
        path = address.partition("/v1")[2]
        word = path.split("/")[1]
        assert word in MONEY[audience] | ELSEWHERE, f"{address}: say in money_cells.py whether it is money, and whose."
        if word not in MONEY[audience]:
            continue
        for method in sorted(set(verbs) & {"get", "post", "put", "patch", "delete"}):
            said = verbs[method]
            content = said.get("requestBody", {}).get("content", {})
            sent, is_file = content.get("application/json", {}).get("schema"), "multipart/form-data" in content
            yield Cell(audience, method.upper(), path, tuple(said.get("parameters", ())), sent, document, is_file)


def _names(schema: Any, document: dict[str, Any]) -> Iterator[str]:
    if isinstance(schema, list):
        for each in schema:
            yield from _names(each, document)
    elif isinstance(schema, dict):
        if "$ref" in schema:
            yield from _names(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
        yield from schema.get("properties", {})
        for word in ("properties", "items", "anyOf", "oneOf", "allOf"):
            inner = schema.get(word)
            yield from _names(list(inner.values()) if word == "properties" and inner else inner, document)


BY_PATH: dict[str, type[Resource]] = {}


def resource_at(path: str) -> type[Resource]:
    """The declaration behind a word of a path; lines of a cart are declared as such."""
    BY_PATH.update({each.path: each for each in resources() if each.model._meta.app_label != "core"})
    return BY_PATH["cart-lines" if path == "cart" else path]


@dataclass(frozen=True)
class Side:
    """One side of the matrix: a vendor, who owns it, and who buys from it."""

    vendor: Vendor
    owner: User
    buyer: User

    def rows(self, resource: str, audience: str) -> QuerySet:
        """This side's rows of a resource, by the columns of this table and not by any rule."""
        rows = resource_at(resource).model._default_manager.order_by("-pk")
        if resource == "listings":
            return rows.filter(vendor=self.vendor)
        if resource == "variants":  # what sells best first: of that there are orders in every state
            return rows.filter(vendor=self.vendor).annotate(sold=Count("order_lines")).order_by("-sold", "-pk")
        if resource == "vendors":
            return rows.filter(pk=self.vendor.pk)
        if resource == "jobs":
            return rows.filter(actor_id=self.owner.pk)
        if resource in ("cart-lines", "cart"):
            return rows.filter(cart__user=self.buyer)
        if resource in OF_BUYER and (audience == "storefront" or resource not in OF_VENDOR):
            return rows.filter(**{OF_BUYER[resource]: self.buyer})
        return rows.filter(**{OF_VENDOR[resource]: self.vendor}) if resource in OF_VENDOR else rows

    def ids(self, resource: str, audience: str, most: int = 12) -> list[int | str]:
        """By what these rows are known outside, the newest first."""
        return [id_of(row) for row in self.rows(resource, audience)[:most]]
