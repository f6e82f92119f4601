"""Sockets tell a person of their own things and nobody else, and close when the sign-in ends."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator

from api.ws import updates as sockets
from core import asgi, relay, updates
from core.models import OutboxDelivery
from core.rules import Actor
from marketplace.accounts import actions as accounts
from marketplace.accounts import tokens
from marketplace.cast import Goods, Person
from marketplace.catalog import actions as catalog
from marketplace.catalog.tests import factories
from marketplace.orders import actions as orders
from marketplace.orders.tests.factories import paid, shares_of
from marketplace.vendors.models import Vendor
from marketplace.vendors.tests.factories import make_member

pytestmark = pytest.mark.django_db(transaction=True)
OWN = [(b"host", b"testserver"), (b"origin", b"http://testserver")]


@pytest.fixture(autouse=True)
def _own_layer(settings: Any) -> None:
    """Workers that share a Redis must not hear each other."""
    layer = dict(settings.CHANNEL_LAYERS["default"])
    if "CONFIG" in layer:
        layer["CONFIG"] = layer["CONFIG"] | {"prefix": uuid4().hex}
    settings.CHANNEL_LAYERS = {"default": layer}
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}


class Socket(ApplicationCommunicator):
    """A client's end."""

    def __init__(self, path: str = "/ws/updates", headers: list[tuple[bytes, bytes]] = OWN) -> None:
        path, _, query = path.partition("?")
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": query.encode(),
            "headers": headers,
            "subprotocols": [],
        }
        super().__init__(asgi.application, scope)

    async def connect(self) -> bool:
        """Whether it opens."""
        await self.send_input({"type": "websocket.connect"})
        return (await self.receive_output(timeout=5))["type"] == "websocket.accept"

    async def say(self, text: str) -> None:
        await self.send_input({"type": "websocket.receive", "text": text})

    async def open(self, token: str) -> None:
        assert await self.connect()
        await self.say(json.dumps({"token": token}))
        assert await self.hear() == {"type": "ready"}

    async def hear(self) -> Any:
        return json.loads((await self.receive_output(timeout=5))["text"])

    async def closed_with(self) -> int:
        ended = await self.receive_output(timeout=5)
        assert ended["type"] == "websocket.close"
        return ended["code"]

    async def disconnect(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(timeout=5)


def run(scene: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(scene())  # type: ignore[arg-type]


def token_of(person: Person) -> str:
    return tokens.start(person.user).access_token


def deliver() -> int:
    """Relay what waits, as the worker would; how many listeners were told."""
    relay.relay()
    return OutboxDelivery.objects.exclude(done_at=None).count()


def test_a_vendor_hears_that_its_listing_was_approved_and_its_rival_hears_nothing(
    owner: Person, rival: Person, moderator: Person
) -> None:
    listing = factories.listing(vendor=owner.vendor, category=factories.category(), status="pending")
    said = token_of(owner), token_of(rival)

    async def scene() -> None:
        mine, theirs = Socket(), Socket()
        await mine.open(said[0])
        await theirs.open(said[1])
        await sync_to_async(lambda: catalog.approve(listing, by=moderator.actor("operations")))()
        await sync_to_async(deliver)()
        assert await mine.hear() == {
            "type": "changed", "kind": "listing", "id": str(listing.pk), "state": "approved",
        }  # fmt: skip
        assert await theirs.receive_nothing()
        await mine.disconnect()
        await theirs.disconnect()

    run(scene)


def test_a_customer_hears_where_their_order_stands_and_each_vendor_hears_of_its_share(
    customer: Person, owner: Person, rival: Person, goods: Goods
) -> None:
    said = token_of(customer), token_of(owner)

    async def scene() -> None:
        buyer, seller = Socket(), Socket()
        await buyer.open(said[0])
        await seller.open(said[1])
        order = await sync_to_async(paid)(customer.user, {goods.mug: 1, goods.lamp: 1})
        mine, theirs = await sync_to_async(shares_of)(order)
        told = {"type": "changed", "kind": "order", "id": order.reference}
        await sync_to_async(deliver)()
        assert await buyer.hear() == told | {"state": "paid"}
        assert await seller.hear() == {
            "type": "changed", "kind": "vendor-order", "id": mine.reference, "state": "to_accept",
        }  # fmt: skip

        def send() -> None:
            orders.accept(mine.pk, by=owner.actor("vendor"))
            orders.ship(mine.pk, by=owner.actor("vendor"), carrier="G4S")
            orders.cancel_share(theirs.pk, by=rival.actor("vendor"), reason="Broken in the store.")
            deliver()

        await sync_to_async(send)()
        heard = [await buyer.hear(), await buyer.hear()]
        assert {each["id"] for each in heard} == {order.reference}
        assert await seller.receive_nothing(timeout=0.3)  # the rival's share is nobody else's news
        await buyer.disconnect()
        await seller.disconnect()

    run(scene)


def test_only_those_who_work_orders_hear_of_a_share(
    customer: Person, owner: Person, member: Person, goods: Goods
) -> None:
    worker = Person(make_member(cast(Vendor, owner.vendor), "work_orders").user)
    said = [token_of(each) for each in (owner, worker, member)]

    async def scene() -> None:
        sockets_of = [Socket() for _ in said]
        for socket, token in zip(sockets_of, said, strict=True):
            await socket.open(token)
        order = await sync_to_async(paid)(customer.user, {goods.mug: 1})
        await sync_to_async(deliver)()
        owns, works, edits = sockets_of
        told = {"type": "changed", "kind": "vendor-order", "id": f"{order.reference}-A", "state": "to_accept"}
        assert [await owns.hear(), await works.hear()] == [told, told]
        assert await edits.receive_nothing(timeout=0.3)
        for socket in sockets_of:
            await socket.disconnect()

    run(scene)


def test_somebody_who_is_deactivated_is_cut_off_at_once(customer: Person, admin: Person) -> None:
    said = token_of(customer)

    async def scene() -> None:
        socket = Socket()
        await socket.open(said)
        await sync_to_async(lambda: accounts.deactivate(customer.user, by=admin.actor("operations"), reason="spam"))()
        await sync_to_async(deliver)()
        assert await socket.closed_with() == sockets.UNAUTHENTICATED

    run(scene)


def test_a_sign_in_that_has_ended_hears_nothing_more(customer: Person) -> None:
    said = token_of(customer)

    async def scene() -> None:
        socket = Socket()
        await socket.open(said)
        await sync_to_async(tokens.end_all)(customer.user.pk, why="signed out")
        await sync_to_async(updates.tell)([customer.user.pk], kind="order", id="SK-1", state="paid")
        assert await socket.closed_with() == sockets.UNAUTHENTICATED

    run(scene)


def test_it_closes_at_the_tokens_end_unless_a_later_token_came(
    customer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = token_of(customer)
    really, seconds = tokens.held, iter([0.3, 0.5, 60.0])

    def living(raw: str) -> tokens.Held:
        held = really(raw)
        return tokens.Held(held.user_id, held.sign_in_id, time.time() + next(seconds))  # type: ignore[arg-type]

    monkeypatch.setattr(tokens, "held", living)

    async def scene() -> None:
        socket = Socket()
        await socket.open(said)
        assert await socket.closed_with() == sockets.UNAUTHENTICATED
        renewed = Socket()
        await renewed.open(said)
        await renewed.say(json.dumps({"token": said}))
        assert await renewed.hear() == {"type": "ready"}
        assert await renewed.receive_nothing(timeout=0.8)
        await renewed.disconnect()

    run(scene)


def test_without_a_token_in_time_it_closes(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "PATIENCE", 0.05)

    async def scene() -> None:
        socket = Socket()
        assert await socket.connect()
        assert await socket.closed_with() == sockets.UNAUTHENTICATED

    run(scene)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("hello", sockets.MALFORMED),
        ("[]", sockets.MALFORMED),
        ('{"token": 7}', sockets.MALFORMED),
        ('{"token": "x", "user_id": 1}', sockets.MALFORMED),
        ('{"token": "x"}', sockets.UNAUTHENTICATED),
        ('{"token": "a.b.c"}', sockets.UNAUTHENTICATED),
    ],
)
def test_what_is_no_token_closes_it(db: None, message: str, code: int) -> None:
    async def scene() -> None:
        socket = Socket()
        assert await socket.connect()
        await socket.say(message)
        assert await socket.closed_with() == code

    run(scene)


def test_a_refresh_token_opens_nothing_and_neither_does_a_token_in_the_address(customer: Person) -> None:
    pair = tokens.start(customer.user)

    async def scene() -> None:
        socket = Socket()
        assert await socket.connect()
        await socket.say(json.dumps({"token": pair.refresh_token}))
        assert await socket.closed_with() == sockets.UNAUTHENTICATED
        addressed = Socket(f"/ws/updates?token={pair.access_token}")
        assert await addressed.connect()
        await sync_to_async(updates.tell)([customer.user.pk], kind="order", id="SK-1", state="paid")
        assert await addressed.receive_nothing(timeout=0.3)
        await addressed.disconnect()

    run(scene)


def test_another_persons_token_does_not_take_a_socket_over(customer: Person, rival: Person) -> None:
    said = token_of(customer), token_of(rival)

    async def scene() -> None:
        socket = Socket()
        await socket.open(said[0])
        await socket.say(json.dumps({"token": said[1]}))
        assert await socket.closed_with() == sockets.UNAUTHENTICATED

    run(scene)


def test_who_talks_on_is_closed(customer: Person) -> None:
    said = token_of(customer)

    async def scene() -> None:
        socket = Socket()
        await socket.open(said)
        for _time in range(sockets.TALK - 1):
            await socket.say(json.dumps({"token": said}))
            assert await socket.hear() == {"type": "ready"}
        await socket.say(json.dumps({"token": said}))
        assert await socket.closed_with() == sockets.TOO_MUCH

    run(scene)


@pytest.mark.parametrize(
    ("origin", "opens"),
    [
        ("", True),
        ("http://testserver", True),
        ("https://shop.example", True),
        ("http://localhost:5173", False),
        ("https://evil.example", False),
        ("https://testserver.evil.example", False),
        ("https://shop.example.evil.example", False),
        ("null", False),
        ("http://[", False),
    ],
)
def test_only_our_own_pages_and_known_storefronts_open_one(settings: Any, origin: str, opens: bool) -> None:
    settings.CORS_ALLOWED_ORIGINS, settings.CORS_ALLOWED_ORIGIN_REGEXES = ["https://shop.example"], []
    headers = [OWN[0], *([(b"origin", origin.encode())] if origin else [])]
    assert sockets.origin_is_ours(headers) is opens

    async def scene() -> None:
        socket = Socket(headers=headers)
        assert await socket.connect() is opens
        if opens:
            await socket.disconnect()

    run(scene)


def test_there_is_no_other_socket() -> None:
    async def scene() -> None:
        assert await Socket("/ws/elsewhere").connect() is False

    run(scene)


def test_where_nobody_listens_telling_is_done_at_once(customer: Person, admin: Person) -> None:
    accounts.deactivate(customer.user, by=Actor.system("test"), reason="spam")
    assert deliver() >= 1
    assert not OutboxDelivery.objects.filter(done_at=None).exists()
