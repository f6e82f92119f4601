"""The people of the demo market: who signs in, who sells, who works for whom, who only looks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from core.audiences import OPERATIONS, VENDOR
from core.rules import Actor, actor_of
from marketplace.accounts.models import User
from marketplace.demo import shipped
from marketplace.vendors import actions as vendors
from marketplace.vendors.models import Vendor

#: One sign-in for each role, `<role>@soko.example`.
CAST = ("customer", "owner", "member", "rival", "moderator", "finance", "support", "courier", "admin")


@dataclass(frozen=True)
class Shop:
    """A vendor of the fixture: what opens it, and what becomes of it ("verified", "pending", "rejected", "suspended")."""

    name: str
    owner: str
    fate: str
    said: Mapping[str, str]


def shops() -> list[Shop]:
    """The vendors of the fixture, in their order."""
    return [Shop(row["name"], row["owner"], row["fate"], row) for row in shipped.rows("vendors.csv")]


class Town:
    """Everybody by what they sign in with; asks the database once for each, from when they have a vendor on."""

    def __init__(self) -> None:
        self._actors: dict[str, Actor] = {}

    @cached_property
    def users(self) -> dict[str, User]:
        return {user.email or user.phone or "": user for user in User.objects.order_by("pk")}

    @cached_property
    def moderators(self) -> list[Actor]:
        """Those on the rota, the one of the cast first."""
        held = User.objects.filter(held__role__name="moderator").order_by("pk")
        return [actor_of(user, OPERATIONS) for user in held]

    @cached_property
    def _owners(self) -> dict[str, str]:
        return {shop.name: shop.owner for shop in shops()}

    def owner_of(self, vendor: str) -> Actor:
        """The owner of a vendor, by its name."""
        return self.actor(self._owners[vendor])

    def actor(self, login: str) -> Actor:
        """Somebody as they act for their vendor."""
        if login not in self._actors:
            self._actors[login] = actor_of(self.users[login], VENDOR)
        return self._actors[login]


def open_shop(shop: Shop, town: Town, *, at: datetime) -> Vendor:
    """Open a vendor as its owner does, and say where it is."""
    owner = town.users[shop.owner]
    said = shop.said
    return vendors.open_vendor(
        owner.pk, by=actor_of(owner, VENDOR), at=at, name=shop.name, description=said["description"], phone=said["phone"],
        whatsapp=said["whatsapp"], email=said["email"], city=said["city"], country=said["country"], currency=said["currency"],
    )  # fmt: skip


def team_of(shop: Shop) -> list[tuple[str, list[str]]]:
    """Who works for a vendor besides its owner: what they sign in with, and their grants."""
    return [
        (row["email"], row["grants"].split("|")) for row in shipped.rows("members.csv") if row["vendor"] == shop.name
    ]
