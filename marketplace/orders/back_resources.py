"""What goes back, declared: refund requests for finance, returns and disputes for all three sides, pieces that were given up."""

from core.audiences import ALL, OPERATIONS, STOREFRONT, VENDOR
from core.resources.declaration import ANY_OF, EXACT, RANGE, F, Look, Resource
from core.resources.identity import Reference
from core.resources.types import text
from marketplace.orders import back_shapes as shapes
from marketplace.orders.actions import deciding, disputing, requesting, returning
from marketplace.orders.models import (
    Dispute,
    DisputeEntry,
    DisputeFile,
    LineReduction,
    RefundRequest,
    RefundRequestLine,
    Return,
    ReturnLine,
)

TEAM = VENDOR | OPERATIONS
NAMED = {
    "order": F(read=STOREFRONT, compute=shapes.order_reference, type=Reference,
               needs=("vendor_order__order__reference",), help="The order that it is about."),
    "share": F(read=STOREFRONT, compute=shapes.share_reference, type=Reference, needs=("vendor_order__reference",),
               help="The vendor's part of it."),
    "vendor_name": F(read=STOREFRONT | OPERATIONS, compute=shapes.vendor_name, type=text(80),
                     needs=("vendor_order__vendor__name",)),
    "vendor_order": F(read=TEAM, filter=EXACT, expand=True),
}  # fmt: skip


class LineReductions(Resource):
    model, group, icon = LineReduction, "Orders", "remove_shopping_cart"
    child = True
    fields = {
        "vendor_order": F(read=TEAM, filter=EXACT, expand=True),
        "line": F(read=TEAM, filter=EXACT, expand=True),
        "kind": F(read=TEAM, filter=ANY_OF),
        "quantity": F(read=TEAM),
        "restocked": F(read=TEAM, help="So many of them went back on the shelf."),
        "reason": F(read=TEAM),
        "at": F(read=TEAM, filter=RANGE),
        "actor_name": F(read=TEAM),
    }
    look = Look(columns=("line", "kind", "quantity", "restocked", "reason", "at"))


class RefundRequests(Resource):
    model, group, icon = RefundRequest, "Money", "approval_delegation"
    public_by = "reference"
    fields = {
        "reference": F(read=OPERATIONS, search=True, help="The same as `id`."),
        "vendor_order": F(read=OPERATIONS, filter=EXACT, expand=True),
        "state": F(read=OPERATIONS, filter=ANY_OF),
        "amount": F(read=OPERATIONS),
        "reason": F(read=OPERATIONS),
        "lines": F(
            read=OPERATIONS,
            compute=shapes.requested_lines,
            type=shapes.RequestedLines,
            needs=("lines__line",),
            card=False,
        ),
        "asked_at": F(read=OPERATIONS, order=True, filter=RANGE),
        "asked_by_name": F(read=OPERATIONS),
        "decided_by_name": F(read=OPERATIONS),
        "decision": F(read=OPERATIONS, help="Why it was refused or withdrawn."),
        "refund": F(read=OPERATIONS, expand=True, help="What came of it."),
    }
    verbs = (requesting.approve, requesting.refuse, requesting.withdraw)
    order = ("-asked_at", "-id")
    transfer = False
    look = Look(
        columns=("reference", "vendor_order", "amount", "state", "asked_by_name", "asked_at"),
        filters=("state", "asked_at"),
        empty="Nobody has asked for a refund by line yet.",
        help="Refunds that finance asked for by line. Some wait for a second person.",
    )


class RefundRequestLines(Resource):
    model, group, icon = RefundRequestLine, "Money", "list"
    child = True
    fields = {
        "request": F(read=OPERATIONS, filter=EXACT, expand=True),
        "line": F(read=OPERATIONS, filter=EXACT, expand=True),
        "quantity": F(read=OPERATIONS),
        "amount": F(read=OPERATIONS),
        "restock": F(read=OPERATIONS),
    }
    look = Look(columns=("request", "line", "quantity", "amount", "restock"))


class Returns(Resource):
    model, group, icon = Return, "Orders", "assignment_return"
    public_by = "reference"
    fields = {
        "reference": F(read=TEAM, search=True, help="The same as `id`."),
        **NAMED,
        "state": F(read=ALL, filter=ANY_OF),
        "state_since": F(read=ALL),
        "why": F(read=ALL, filter=ANY_OF),
        "note": F(read=ALL, help="In the buyer's own words."),
        "answer": F(read=ALL, help="How to send it back, or why it was refused."),
        "lines": F(
            read=ALL,
            compute=shapes.returned_lines,
            type=shapes.ReturnedLines,
            needs=("lines__line", "received"),
            card=False,
        ),
        "asked_at": F(read=ALL, order=True, filter=RANGE),
        "received_at": F(read=ALL),
        "refund": F(read=OPERATIONS, expand=True),
    }
    verbs = (returning.approve, returning.refuse, returning.receive, returning.withdraw, returning.close)
    off = dict.fromkeys(("storefront", "vendor", "operations"), ("pick",))
    order = ("-asked_at", "-id")
    transfer = False
    look = Look(
        columns=("reference", "vendor_order", "why", "state", "asked_at"),
        filters=("state", "why", "asked_at"),
        empty="Nobody has sent anything back yet.",
    )


class ReturnLines(Resource):
    model, group, icon = ReturnLine, "Orders", "list"
    child = True
    fields = {
        "belongs_to": F(read=TEAM, filter=EXACT, expand=True),
        "line": F(read=TEAM, filter=EXACT, expand=True),
        "quantity": F(read=TEAM),
    }
    look = Look(columns=("belongs_to", "line", "quantity"))


class Disputes(Resource):
    model, group, icon = Dispute, "Orders", "gavel"
    public_by = "reference"
    fields = {
        "reference": F(read=TEAM, search=True, help="The same as `id`."),
        **NAMED,
        "state": F(
            read=ALL, filter=ANY_OF, help="`won` is won by the vendor, `lost` by the vendor too: then money goes back."
        ),
        "state_since": F(read=ALL),
        "amount": F(read=ALL, help="So much is disputed, and held."),
        "why": F(read=ALL, filter=ANY_OF),
        "wanted": F(read=ALL),
        "due_at": F(read=ALL, order=True, filter=RANGE, help="By then it has to be answered or decided."),
        "decision": F(read=ALL),
        "said": F(
            read=ALL,
            compute_for=shapes.said,
            type=shapes.AllSaid,
            needs=("entries", "vendor_order__vendor__name"),
            card=False,
        ),
        "files": F(
            read=ALL,
            compute_for=shapes.files,
            type=shapes.AllFiles,
            needs=("files", "vendor_order__vendor__name"),
            card=False,
            help="Pictures and PDFs that were shown.",
        ),
        "contacts": F(
            read=ALL,
            compute=shapes.contacts,
            type=shapes.AllContacts,
            needs=("vendor_order__order__customer",),
            card=False,
            help="When the buyer, signed in, asked for the vendor's number.",
        ),
        "opened_at": F(read=ALL, order=True, filter=RANGE),
        "gateway_dispute_id": F(read=OPERATIONS, search=True, filter=EXACT, help="What the gateway calls it."),
        "refund": F(read=OPERATIONS, expand=True),
        "verdict_minor": F(read=OPERATIONS, help="So much would go back, in minor units, by the first person's word."),
        "verdict_reason": F(read=OPERATIONS),
        "verdict_by_name": F(
            read=OPERATIONS,
            help="Who decided for the buyer. While the case is open, a second person has to do so, too.",
        ),
        "allowed_by_name": F(read=OPERATIONS, help="The second person, where one was needed."),
    }
    verbs = (
        disputing.answer,
        disputing.say,
        disputing.escalate,
        disputing.win,
        deciding.lose,
        deciding.concede,
        disputing.withdraw,
    )
    off = dict.fromkeys(("storefront", "vendor", "operations"), ("pick",))
    order = ("-opened_at", "-id")
    transfer = False
    look = Look(
        columns=("reference", "vendor_order", "why", "amount", "state", "due_at"),
        filters=("state", "why", "due_at"),
        empty="Nobody disputes anything.",
        help="Cases between buyer and vendor. The money is held until they are decided.",
    )


class DisputeEntries(Resource):
    model, group, icon = DisputeEntry, "Orders", "forum"
    child = True
    fields = {
        "dispute": F(read=TEAM, filter=EXACT, expand=True),
        "kind": F(read=TEAM, filter=ANY_OF),
        "party": F(read=TEAM, filter=ANY_OF),
        "text": F(read=TEAM),
        "at": F(read=TEAM),
    }
    look = Look(columns=("party", "kind", "text", "at"))


class DisputeFiles(Resource):
    model, group, icon = DisputeFile, "Orders", "attach_file"
    child = True
    fields = {
        "dispute": F(read=TEAM, filter=EXACT, expand=True),
        "kind": F(read=TEAM, filter=ANY_OF),
        "title": F(read=TEAM),
        "bytes": F(read=TEAM),
        "party": F(read=TEAM, filter=ANY_OF),
        "at": F(read=TEAM),
    }
    look = Look(columns=("party", "kind", "title", "bytes", "at"))
