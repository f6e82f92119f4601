"""What a vendor has, as the vendor and as finance read it."""

from ninja import Schema
from pydantic import ConfigDict, Field

from core.resources.plans import plain
from core.resources.types import LARGEST_ID, SignedMoney
from marketplace.ledger.queries import Standing

PARTS = ("pending", "available", "reserved", "paying", "total")


class BalanceOut(Schema):
    """What a vendor has in one currency. Below zero, `available` is a debt: it is taken from what comes next."""

    model_config = ConfigDict(title="VendorBalance")

    vendor_id: int = Field(ge=1, le=LARGEST_ID)
    pending: SignedMoney = Field(description="Of sales whose hold is not over.")
    available: SignedMoney = Field(description="May be paid out.")
    reserved: SignedMoney = Field(description="Held back while somebody disputes it.")
    paying: SignedMoney = Field(description="On its way to the vendor.")
    total: SignedMoney


def balance_out(vendor_id: int, standing: Standing) -> dict[str, object]:
    """A balance as JSON."""
    return {"vendor_id": vendor_id, **{name: plain(getattr(standing, name)) for name in PARTS}}
