"""The mock gateway sends money as well: see docs/mock-gateway.md."""

from marketplace.payments.gateways.mock import MockGateway, connect

__all__ = ["MockGateway", "connect"]
