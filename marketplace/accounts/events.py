"""What happens to accounts."""

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True)
class UserRegistered(Event):
    user_id: int


@dataclass(frozen=True)
class UserDeactivated(Event):
    user_id: int
    reason: str


@dataclass(frozen=True)
class UserReactivated(Event):
    user_id: int


@dataclass(frozen=True)
class RoleGiven(Event):
    user_id: int
    role: str


@dataclass(frozen=True)
class RoleTaken(Event):
    user_id: int
    role: str


@dataclass(frozen=True)
class PasswordChanged(Event):
    user_id: int
