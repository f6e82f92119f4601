"""What happens in the catalogue, in the past tense."""

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True)
class ListingSubmitted(Event):
    """A vendor asks for a listing to be judged."""

    listing_id: int


@dataclass(frozen=True)
class ListingApproved(Event):
    """Buyers see a listing from now on."""

    listing_id: int
    vendor_id: int
    waited_seconds: int


@dataclass(frozen=True)
class ListingRejected(Event):
    """A listing was refused; the vendor reads the reason."""

    listing_id: int
    vendor_id: int
    waited_seconds: int
    reason: str


@dataclass(frozen=True)
class ChangesRequested(Event):
    """A listing went back to its vendor, who reads what to change."""

    listing_id: int
    vendor_id: int
    waited_seconds: int
    reason: str


@dataclass(frozen=True)
class JudgementTakenBack(Event):
    """A listing was judged by mistake and waits again."""

    listing_id: int
    vendor_id: int
    reason: str


@dataclass(frozen=True)
class ListingArchived(Event):
    """A listing is gone for good."""

    listing_id: int


@dataclass(frozen=True)
class ListingExpired(Event):
    """A listing's time is over; its vendor may renew it."""

    listing_id: int


@dataclass(frozen=True)
class ListingsExpiring(Event):
    """The time of some of a vendor's listings is nearly over: told once for all of them, and once of each end."""

    vendor_id: int
    listing_ids: tuple[int, ...]


@dataclass(frozen=True)
class StockRanLow(Event):
    """Variants of a vendor have run low or sold out since the clock looked last: so many, and the first hundred of them."""

    vendor_id: int
    count: int
    variant_ids: tuple[int, ...]


@dataclass(frozen=True)
class RevisionProposed(Event):
    """A vendor proposes changes to a listing that buyers see."""

    revision_id: int
    listing_id: int


@dataclass(frozen=True)
class RevisionApplied(Event):
    """Proposed changes are live."""

    revision_id: int
    listing_id: int
    vendor_id: int
    waited_seconds: int


@dataclass(frozen=True)
class RevisionRejected(Event):
    """Proposed changes were refused; the listing stays as it was."""

    revision_id: int
    listing_id: int
    vendor_id: int
    waited_seconds: int
    reason: str


@dataclass(frozen=True)
class ImageReceived(Event):
    """A picture was uploaded, or is to be tried again: it waits to be drawn."""

    image_id: int


@dataclass(frozen=True)
class ImageDrawn(Event):
    """A picture of a listing can be shown."""

    image_id: int
    listing_id: int
