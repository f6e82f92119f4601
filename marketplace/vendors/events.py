"""What happens to vendors and their members."""

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True)
class VendorOpened(Event):
    vendor_id: int
    owner_id: int


@dataclass(frozen=True)
class VendorSubmitted(Event):
    vendor_id: int


@dataclass(frozen=True)
class VendorVerified(Event):
    vendor_id: int


@dataclass(frozen=True)
class VendorRejected(Event):
    vendor_id: int
    reason: str


@dataclass(frozen=True)
class VendorSuspended(Event):
    vendor_id: int
    reason: str


@dataclass(frozen=True)
class VendorReopened(Event):
    vendor_id: int


@dataclass(frozen=True)
class MemberAdded(Event):
    vendor_id: int
    user_id: int


@dataclass(frozen=True)
class MemberRemoved(Event):
    vendor_id: int
    user_id: int
