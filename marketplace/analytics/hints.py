"""What would make listings sell better, counted over a vendor's own: missing pictures, words, prices and numbers."""

from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Length

from core.rules import Actor, scope
from marketplace.catalog.models import Listing
from marketplace.vendors.models import Vendor

ENOUGH_WORDS = 80
LIVE = ("approved", "paused", "pending", "draft", "changes_requested")


@dataclass(frozen=True)
class Hint:
    """One thing to do, with how many listings (or vendors) it is about."""

    sentence: str
    count: int


def hints_of(actor: Actor) -> list[Hint]:
    """The hints that apply, the one about most listings first."""
    rows = scope(actor, Listing).filter(status__in=LIVE)
    found = [
        Hint("without a picture: buyers pass them by.", rows.filter(cached_gallery=[]).count()),
        Hint(
            "with less than 80 characters of description.",
            rows.annotate(_n=Length("description")).filter(_n__lt=ENOUGH_WORDS).count(),
        ),
        Hint("without a price.", rows.filter(price_minor=None).count()),
    ]
    silent = scope(actor, Vendor).filter(Q(phone=None) | Q(phone=""), Q(whatsapp=None) | Q(whatsapp="")).count()
    if silent:
        found.append(Hint("without a phone or WhatsApp number: nobody can call or write.", silent))
    return sorted((each for each in found if each.count), key=lambda each: -each.count)
