"""A webhook goes the whole way: from the mock gateway's process over HTTP into the table of what gateways said."""

import time
from typing import Any

import pytest

from marketplace.payments import flows
from marketplace.payments.mockgateway.control import GatewayProcess
from marketplace.payments.models import WebhookDelivery
from marketplace.payments.tests.factories import GATEWAY, started


def until_taken(gateway: GatewayProcess, count: int) -> bool:
    """Whether so many webhooks were taken in the end. A busy database may have had some sent again."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answers = [sent.answers for sent in gateway.webhooks()]
        if len(answers) == count and all(each and each[-1] == 200 for each in answers):
            return True
        time.sleep(0.2)
    return False


def until_refused(gateway: GatewayProcess) -> bool:
    """Whether the newest webhook was answered with 400."""
    deadline = time.monotonic() + 60
    while 400 not in gateway.webhooks()[-1].answers and time.monotonic() < deadline:
        time.sleep(0.2)
    return 400 in gateway.webhooks()[-1].answers


@pytest.mark.services  # SQLite in memory locks its tables against requests that come at once
@pytest.mark.django_db(transaction=True)
def test_what_the_gateway_tells_is_kept_once_however_often_and_forged_ones_are_not(
    live_server: Any, mock_gateway: GatewayProcess
) -> None:
    mock_gateway.switch(notify=f"{live_server.url}/api/hooks/mock", duplicate=5)
    payment = flows.charge(started(), source="tok_ok", by=GATEWAY)
    assert until_taken(mock_gateway, 5)
    (delivery,) = WebhookDelivery.objects.all()
    assert (delivery.gateway, delivery.kind, delivery.key) == ("mock", "payment.succeeded", payment.key)
    mock_gateway.switch(forged="future", duplicate=1)
    flows.charge(started(), source="tok_ok", by=GATEWAY)
    assert until_refused(mock_gateway)
    assert WebhookDelivery.objects.count() == 1
