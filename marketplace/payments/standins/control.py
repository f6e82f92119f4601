"""The stand-ins in a process of their own, and the hand on their switches."""

from typing import Any, ClassVar

from marketplace.payments.mockgateway.control import GatewayProcess, Sent


class StandInProcess(GatewayProcess):
    """Started and ended as the mock gateway is; all its switches are one gateway's or the other's: `of` says whose."""

    module: ClassVar[str] = "marketplace.payments.standins"

    def settle(self, gateway_id: str, *, approve: bool = True) -> None:
        """The payer pays or consents on the gateway's page, or turns away; a refund arrives, or does not."""
        self._post("/_settle", {"id": gateway_id, "approve": approve})

    def told_by(self, of: str) -> list[Sent]:
        """The webhooks of one of them."""
        return [Sent(each["raw"].encode(), each["headers"], ()) for each in self._get("/_webhooks") if each["of"] == of]

    def moved_by(self, of: str) -> list[dict[str, Any]]:
        """Every movement of money of one of them, oldest first."""
        return [line for line in self._get("/_statement") if line["of"] == of]
