"""A demo that takes payments through the mock gateway has one of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from core.companions import accompanies
from marketplace.payments import gateways
from marketplace.payments.mockgateway.control import GatewayProcess


def gateway_books() -> Path:
    """Where the demo's gateway keeps what it took and gave back, beside the database that tells of the same."""
    return Path(settings.VAR) / "mock-gateway.jsonl"


@accompanies("Gateway")
@contextmanager
def mock_gateway(base: str) -> Iterator[str]:
    """Starts one on a free port, with its payments kept beside the database, unless the settings say where one runs."""
    if "mock" not in gateways.names() or settings.MOCK_GATEWAY_URL:
        yield settings.MOCK_GATEWAY_URL
        return
    gateway = GatewayProcess(
        secret=settings.MOCK_GATEWAY_SECRET,
        notify=f"{base}/api/hooks/mock",
        file=gateway_books(),
    )
    gateway.start()
    settings.MOCK_GATEWAY_URL = gateway.url
    try:
        yield gateway.url
    finally:
        gateway.stop()
