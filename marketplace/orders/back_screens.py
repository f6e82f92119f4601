"""What the pages of a return, a refund request and a dispute show: what it is about, in figures, by line, and what was said."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.admin import words
from core.admin.actors import admin_actor
from core.audiences import OPERATIONS
from core.money import Money
from core.resources.admin.rows import Button, buttons, legal_verbs, row_url
from core.resources.registry import resource_of
from core.rules import Actor, allows, scope
from marketplace.orders import back_shapes, states
from marketplace.orders.actions.deciding import waits_for_second
from marketplace.orders.actions.evidencing import takes_files
from marketplace.orders.actions.requesting import who_waits
from marketplace.orders.models import (
    Dispute,
    DisputeEntry,
    DisputeFile,
    LineReduction,
    OrderLine,
    RefundPart,
    RefundRequest,
    Return,
    VendorOrder,
)
from marketplace.payments.models import Refund
from marketplace.payments.screens import Glance, Note, link


@dataclass(frozen=True)
class BackLine:
    """One line of what goes back, in words."""

    row: OrderLine | None
    title: str
    below: str
    much: Any


@dataclass(frozen=True)
class Paper:
    """A file that was shown in a dispute."""

    link: str
    title: str
    who: str
    is_image: bool
    at: Any


@dataclass(frozen=True)
class Voice:
    """One thing that was said in a dispute."""

    at: Any
    who: str
    tone: str
    kind: SafeString
    text: str


VOICES = {"buyer": "info", "vendor": "warning", "market": "", "gateway": "danger"}
KINDS = {"message": "", "evidence": "success", "record": "info"}
TODO = {
    "requested": "Say whether it may come back.",
    "approved": "When it has arrived, say what came and what of it can be sold again: its money goes back then.",
    "received": "It has arrived, and its money is on its way back.",
    "awaiting_vendor": "The vendor has to answer by then, or the buyer gets the money.",
    "awaiting_market": "Soko decides who gets the money.",
}
REQUEST_TODO = {"asked": "A second person has to allow it.", "approved": "It was allowed: its money goes back."}


def _verbs(row: Any, actor: Actor) -> list[Button]:
    resource = resource_of(type(row))
    return buttons(row, legal_verbs(actor, resource, [row])[row.pk]) if resource is not None else []


def _share(share: VendorOrder, actor: Actor) -> Glance:
    seen = scope(actor, VendorOrder).filter(pk=share.pk).exists()
    return Glance("Vendor order", link(row_url(share) if seen else "", share.reference), [share.vendor.name])


def _refund(refund: Refund | None, actor: Actor) -> list[Glance]:
    if refund is None or not scope(actor, Refund).filter(pk=refund.pk).exists():
        return []
    state = words.state(Refund.moves, refund)
    return [Glance("Refund", link(row_url(refund), refund.reference), [refund.amount, state])]


def _goes_back(refund: Refund | None) -> list[Glance]:
    """How much goes back to the buyer, for a vendor: it is of its own part alone, though the refund is finance's to see."""
    return [Glance("Goes back to the buyer", refund.amount)] if refund is not None else []


def of_return(row: Return, actor: Actor) -> dict[str, Any]:
    """The page of a return."""
    came = {each.line_id: each for each in row.received.all()}
    lines = []
    for each in row.lines.select_related("line").order_by("pk"):
        got = came.get(each.line_id)
        below = f"{got.quantity} came, {got.restocked} back on the shelf" if got else each.line.variant_title
        lines.append(BackLine(each.line, each.line.title, below, f"{each.quantity} of {each.line.quantity}"))
    return {
        "todo": TODO.get(row.state, ""),
        "verbs": _verbs(row, actor),
        "tone": states.RETURN.tones[row.state],
        "glance": [
            Glance("State", words.state(states.RETURN, row)),
            Glance("Why", row.get_why_display(), [row.note]),
            _share(row.vendor_order, actor),
            *([Glance("Answer", row.answer)] if row.answer else []),
            *(_refund(row.refund, actor) or _goes_back(row.refund)),
        ],
        "lines": lines,
    }


def of_request(row: RefundRequest, actor: Actor) -> dict[str, Any]:
    """The page of a refund request."""
    lines = []
    for each in row.lines.select_related("line").order_by("pk"):
        pieces = (
            f"{each.quantity} piece{'' if each.quantity == 1 else 's'}, {each.restock} back on the shelf"
            if each.quantity
            else "Money alone"
        )
        lines.append(BackLine(each.line, each.line.title if each.line else "Shipping", pieces, each.amount))
    return {
        "todo": who_waits(row, actor) or REQUEST_TODO.get(row.state, ""),
        "verbs": _verbs(row, actor),
        "tone": states.REFUND_REQUEST.tones[row.state],
        "glance": [
            Glance("Amount", row.amount, large=True),
            Glance("Why", row.reason, [words.by(row.asked_by_name)]),
            Glance("State", words.state(states.REFUND_REQUEST, row), [words.by(row.decided_by_name), row.decision]),
            _share(row.vendor_order, actor),
            *_refund(row.refund, actor),
        ],
        "lines": lines,
    }


def of_dispute(row: Dispute, actor: Actor) -> dict[str, Any]:
    """The page of a dispute."""
    entries = DisputeEntry.objects.filter(dispute=row).order_by("pk")
    ends = format_html("Due {}", words.ago(row.due_at)) if row.state in states.DISPUTED else ""
    return {
        "note": _note(row, actor),
        "todo": TODO.get(row.state, row.decision),
        "verbs": _verbs(row, actor),
        "tone": states.DISPUTE.tones[row.state],
        "glance": [
            Glance("Disputed", row.amount, ["Held until it is decided"] if row.state in states.DISPUTED else [], large=True),
            Glance("State", words.state(states.DISPUTE, row), [ends]),
            Glance("Why", row.get_why_display(), [f"Wanted: {row.get_wanted_display().lower()}"]),
            _share(row.vendor_order, actor),
            *([Glance("Decision", row.decision)] if row.decision else []),
            *_refund(row.refund, actor),
        ],
        "voices": [
            Voice(
                each.at, words.by(back_shapes.who(each, row, actor)), VOICES[each.party],
                words.badge(each.get_kind_display(), KINDS[each.kind]), each.text,
            )
            for each in entries
        ],
        "files": [
            Paper(
                reverse("admin:orders_dispute_file", args=(row.pk, each.pk)), each.title,
                words.by(back_shapes.who(each, row, actor)), each.kind == DisputeFile.Kind.IMAGE, each.at,
            )
            for each in DisputeFile.objects.filter(dispute=row).order_by("pk")
        ],
        "file_link": reverse("admin:orders_dispute_files", args=(row.pk,)) if _may_show(row, actor) else "",
        "contacts": [
            BackLine(None, each.listing.title, each.get_channel_display(), words.ago(each.at))
            for each in back_shapes.contacts_of(row)
        ],
    }  # fmt: skip


def _note(row: Dispute, actor: Actor) -> Note | None:
    if row.gateway_dispute_id:
        return Note("The buyer's bank opened this: the bank decides it.", "warning")
    if actor.audience is not OPERATIONS or not waits_for_second(row):
        return None
    much = Money(row.verdict_minor or 0, row.amount.currency)
    return Note(
        f"{row.verdict_by_name} has decided for the buyer, {much}: it waits for a second person. {row.verdict_reason}",
        "warning",
    )


def _may_show(row: Dispute, actor: Actor) -> bool:
    return takes_files(row) and allows(actor, "say", row)


PAGES: dict[type, Callable[[Any, Actor], dict[str, Any]]] = {
    Return: of_return,
    RefundRequest: of_request,
    Dispute: of_dispute,
}


def page_of(request: Any, row: Any) -> dict[str, Any]:
    """The page of one of these, for whoever asks."""
    return PAGES[type(row)](row, admin_actor(request))


def parts_of(actor: Actor, refund: Refund) -> list[tuple[str, str, Money]]:
    """What a refund is made up of: whose, of what, how much."""
    rows = scope(actor, RefundPart).filter(refund=refund).select_related("line", "vendor_order__vendor").order_by("pk")
    found = []
    for part in rows:
        pieces = f"{part.quantity} × " if part.quantity else ""
        found.append(
            (part.vendor_order.vendor.name, f"{pieces}{part.line.title}" if part.line else "Shipping", part.amount)
        )
    return found


def reduced(lines: Sequence[OrderLine]) -> dict[int, str]:
    """By the key of each line of which pieces were given up: how many, and how."""
    found: dict[int, list[str]] = {}
    for each in LineReduction.objects.filter(line__in=[line.pk for line in lines]).order_by("pk"):
        found.setdefault(each.line_id, []).append(f"{each.quantity} {each.get_kind_display().lower()}")
    return {key: ", ".join(said) for key, said in found.items()}
