"""What the doctor asks of payments: can each gateway be asked."""

from contextlib import suppress
from uuid import uuid4

from django.conf import settings

from core import context
from core.doctor import Ill, examines
from marketplace.payments import gateways


@examines("gateways", "Correct the gateway's address and secret.")
def answering_gateways() -> str:
    """Each knows us, and has never heard of a payment that we make up."""
    if settings.EMBEDDED and not settings.MOCK_GATEWAY_URL and gateways.names() == ["mock"]:
        return "The demo brings a mock gateway along."
    for name in gateways.names():
        try:
            _ask(gateways.gateway_of(name))
        except gateways.GatewayFault as fault:
            raise Ill(
                f"The gateway {name} does not answer as it should ({type(fault).__name__}).",
                "Correct its address and secret, or look whether it runs.",
            ) from None
    asked = ", ".join(gateways.names())
    return f"Asked and answering: {asked}." if asked else "None: nobody can pay here."


def _ask(gateway: gateways.Gateway) -> None:
    """What costs nothing and needs both address and secret: a payment that nobody made."""
    made_up = uuid4().hex.upper()
    if gateway.find(key=f"doctor-{made_up}", since=context.now()) is None:
        with suppress(gateways.NotThere):
            gateway.fetch(made_up[:20])
