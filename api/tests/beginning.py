"""The people of a production that has just begun: an admin, a vendor's owner, and one category to post in."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from api.tests.rehearsal import MarketRehearsal

PASSWORD = "market-of-the-rehearsal"
#: What the queue held when Redis went is handed over again within five minutes: docs/deploy.md.
TOLD_WITHIN = 310


@dataclass
class Person:
    """Somebody with an account."""

    client: httpx.Client
    token: str
    user_id: int
    vendor_id: int | None = None

    def call(self, method: str, path: str, body: Any = None, *, expect: int = 200, **more: Any) -> Any:
        answer = self.client.request(
            method, f"/api{path}", json=body, headers={"Authorization": f"Bearer {self.token}"}, **more
        )
        assert answer.status_code == expect, answer.text
        return answer.json()

    @contextmanager
    def listening(self, production: MarketRehearsal) -> Iterator[ClientConnection]:
        """An open socket of theirs."""
        with connect(f"{production.sockets_url}/ws/updates", proxy=None) as socket:
            socket.send(json.dumps({"token": self.token}))
            assert hear(socket) == {"type": "ready"}
            yield socket


def hear(socket: ClientConnection) -> Any:
    return json.loads(socket.recv(timeout=TOLD_WITHIN))


def register(production: MarketRehearsal, name: str, **more: Any) -> Person:
    client = production.client()
    body = {"full_name": name.title(), "email": f"{name}@soko.example", "password": PASSWORD} | more
    answer = client.post("/api/v1/auth/register", json=body)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    return Person(client, told["access_token"], told["user_id"], told.get("vendor_id"))


@dataclass
class Market:
    """Who is there, and where things are put."""

    admin: Person
    owner: Person
    category_id: int

    def listing(self, title: str) -> int:
        """A listing that waits to be judged."""
        body = {
            "title": title,
            "description": "Carries two hundred kilograms and is easy on the legs.",
            "category_id": self.category_id,
            "price": {"amount": 1_450_000, "currency": "KES"},
            "modes": ["contact"],
        }
        made = self.owner.call("POST", "/vendor/v1/listings", body, expect=201)
        self.owner.call("POST", f"/vendor/v1/listings/{made['id']}/submit")
        return made["id"]

    def approve(self, listing_id: int) -> None:
        self.admin.call("POST", f"/operations/v1/listings/{listing_id}/approve")


def begin(production: MarketRehearsal) -> Market:
    """A market of three, as an operator begins one: the first super admin is appointed on the command line."""
    admin = register(production, "ada")
    production.manage("appoint", "ada@soko.example")
    owner = register(production, "omar", as_vendor={"name": "Omar's Bikes", "phone": "0712345678"})
    admin.call("POST", f"/operations/v1/vendors/{owner.vendor_id}/verify")
    made = admin.call("POST", "/operations/v1/categories", {"name": "Bicycles", "slug": "bicycles"}, expect=201)
    return Market(admin, owner, made["id"])
