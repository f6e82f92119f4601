"""A whole market rehearsed on this machine: the processes of production, and the mock gateway that takes its payments."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.testing.production import Rehearsal, rehearsal_folder
from marketplace.payments.mockgateway.control import GatewayProcess

SECRET = "rehearsal-of-the-gateway-secret-" + "5" * 8


class MarketRehearsal(Rehearsal):
    """A Rehearsal whose `gateway` is at hand, to be switched, stopped and killed like everything else."""

    def __init__(self, folder: Path, **environment: str) -> None:
        super().__init__(folder, **environment)
        self.gateway = GatewayProcess(
            secret=SECRET, port=self.spare_port, notify=f"{self.base_url}/api/hooks/mock", file=folder / "gateway.json"
        )
        self.environment |= {
            "SOKO_GATEWAYS": "mock",
            "SOKO_MOCK_GATEWAY_URL": self.gateway.url,
            "SOKO_MOCK_GATEWAY_SECRET": SECRET,
        }

    def start(self, **changed: str) -> None:
        self.gateway.start()
        super().start(**changed)

    def stop(self) -> None:
        super().stop()
        self.gateway.stop()


@contextmanager
def rehearsed(**environment: str) -> Iterator[MarketRehearsal]:
    """A market that runs until the block ends."""
    with rehearsal_folder() as folder:
        made = MarketRehearsal(folder, **environment)
        try:
            made.start()
            yield made
        finally:
            made.stop()
