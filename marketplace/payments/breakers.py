"""A breaker for each gateway (see core.breakers): no connection and no usable answer count against it, any answer clears it."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from core import breakers
from core.breakers import MOST, REST
from marketplace.payments.errors import GatewayUnavailable
from marketplace.payments.gateways import GatewayFault, NotTaken, NotThere


class Breaker(breakers.Breaker):
    """A gateway's breaker: it refuses in the words of payments."""

    def pass_through(self) -> None:
        """Ask before anything is claimed. Refuses with 503 `gateway_unavailable`, saying when to try again."""
        try:
            super().pass_through()
        except breakers.Resting as rest:
            raise GatewayUnavailable(retry_after=rest.retry_after) from None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Around a call to the gateway: no connection and no usable answer count against it, any answer clears it."""
        with self.judging((GatewayFault,), answers=(NotTaken, NotThere)):
            yield


_breakers: dict[str, Breaker] = defaultdict(Breaker)


def breaker_of(gateway: str) -> Breaker:
    """The breaker of a gateway in this process."""
    return _breakers[gateway]


def forget() -> None:
    """Close all of them: for tests, and for whoever knows that a gateway is back."""
    _breakers.clear()


__all__ = ["MOST", "REST", "Breaker", "breaker_of", "forget"]
