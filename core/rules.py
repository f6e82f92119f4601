"""Who may do what to which rows: a rule turns an Actor into a Q; what is not said is nobody's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from core import compiled
from core.audiences import OPERATIONS, STOREFRONT, VENDOR, Audience
from core.errors import Denied, Missing

Rule = Callable[[Any], Q]
NO_ROWS = Q(pk__in=())


@dataclass(frozen=True)
class Actor:
    """Who is acting, through which audience, with which rights. Built anew from the database for each request and task."""

    user_id: int | None = None
    name: str = "nobody"
    audience: Audience = STOREFRONT
    roles: frozenset[str] = frozenset()
    grants: frozenset[str] = frozenset()
    memberships: Mapping[int, frozenset[str]] = field(default_factory=dict)
    on_behalf_of: int | None = None
    is_system: bool = False
    is_narrow: bool = False  # has a part in operations, and sees there only what a rule gives by its grant

    anonymous: ClassVar["Actor"]

    @classmethod
    def system(cls, why: str) -> Self:
        """The platform itself acting, for the reason given: allowed everything, and audited under that name."""
        return cls(name=f"system: {why}", audience=OPERATIONS, is_system=True)

    @property
    def is_signed_in(self) -> bool:
        return self.user_id is not None

    def has(self, grant: str) -> bool:
        """Does a role give this operations grant?"""
        return self.is_system or grant in self.grants

    def tenants_where(self, grant: str = "") -> frozenset[int]:
        """Keys of the tenants in which the actor is a member, with this grant if one is named."""
        return frozenset(key for key, grants in self.memberships.items() if not grant or grant in grants)

    def narrowed_to(self, audience: Audience) -> Self:
        """The same person as this audience sees them: rights of the other audiences are left behind."""
        return replace(
            self,
            audience=audience,
            roles=self.roles if audience is OPERATIONS else frozenset(),
            grants=self.grants if audience is OPERATIONS else frozenset(),
            memberships=self.memberships if audience is VENDOR else {},
            is_narrow=self.is_narrow and audience is OPERATIONS,
        )


Actor.anonymous = Actor()


def actor_of(user: Any, audience: Audience) -> Actor:
    """The actor of a Django user in an audience, by the builder that `settings.ACTOR_BUILDER` names.

    The builder is told the audience, so that it reads nothing that would be left behind.
    """
    return _builder(settings.ACTOR_BUILDER)(user, audience).narrowed_to(audience)


@lru_cache
def _builder(path: str) -> Callable[[Any, Audience], Actor]:
    return import_string(path)


def everyone(actor: Actor) -> Q:
    """All rows, for whoever reaches this audience at all; none for whoever has but a narrow part in it."""
    return NO_ROWS if actor.is_narrow else Q()


def nobody(_actor: Actor) -> Q:
    """No row."""
    return NO_ROWS


def signed_in(actor: Actor) -> Q:
    """All rows, for anyone who is signed in."""
    return Q() if actor.is_signed_in or actor.is_system else NO_ROWS


def granted(grant: str, rows: Rule = everyone) -> Rule:
    """These rows (all, unless said), for those whose role has the operations grant."""

    def rule(actor: Actor) -> Q:
        return rows(actor) if actor.has(grant) else NO_ROWS

    rule.__name__, rule.__doc__ = f"granted_{grant}", f"Those granted {grant}."
    return rule


def either(*rules: Rule) -> Rule:
    """Rows that any of the rules gives."""

    def rule(actor: Actor) -> Q:
        found: Q | None = None
        for each in rules:
            rows = each(actor)
            if not rows:  # all rows: Django would drop an empty Q from an OR, and leave only the others
                return rows
            if rows != NO_ROWS:
                found = rows if found is None else found | rows
        return NO_ROWS if found is None else found

    rule.__doc__ = " Or: ".join(each.__doc__ or each.__name__ for each in rules)
    return rule


def both(*rules: Rule) -> Rule:
    """Rows that all of the rules give."""

    def rule(actor: Actor) -> Q:
        found = Q()
        for each in rules:
            found &= each(actor)
        return found

    rule.__doc__ = " And: ".join(each.__doc__ or each.__name__ for each in rules)
    return rule


@dataclass(frozen=True)
class Rows:
    """One audience's rules for one model. `change`, `delete` and the verbs reach only rows that `view` shows."""

    view: Rule = nobody
    create: Rule = nobody
    change: Rule = nobody
    delete: Rule = nobody
    verbs: Mapping[str, Rule] = field(default_factory=dict)

    def rule(self, deed: str) -> Rule:
        if deed in ("view", "create", "change", "delete"):
            return getattr(self, deed)
        return self.verbs.get(deed, nobody)


@dataclass(frozen=True)
class Policy:
    """Who sees, makes, changes, deletes and presses what, per audience; an audience that is not named has no rows."""

    storefront: Rows = Rows()
    vendor: Rows = Rows()
    operations: Rows = Rows()

    def rows(self, audience: Audience) -> Rows:
        return getattr(self, audience.word)

    def q(self, actor: Actor, deed: str = "view") -> Q:
        """The rows on which the actor may do the deed: "view", "create", "change", "delete" or a verb."""
        if actor.is_system:
            return Q()
        rows = self.rows(actor.audience)
        found = rows.rule(deed)(actor)
        return found if deed in ("view", "create") else found & rows.view(actor)

    def may_ever(self, actor: Actor, deed: str) -> bool:
        """Could there be any row on which the actor may do the deed? Used for menus and empty forms."""
        return self.q(actor, deed) != NO_ROWS and not _is_empty(self.q(actor, deed))


def _is_empty(q: Q) -> bool:
    """Is this Q certain to match nothing (a `pk__in=()` or `x__in=<empty>` that nothing else widens)?"""
    if not q.children:
        return False
    verdicts = [_is_empty(each) if isinstance(each, Q) else _empty_lookup(each) for each in q.children]
    verdict = all(verdicts) if q.connector == Q.OR else any(verdicts)
    return verdict and not q.negated


def _empty_lookup(child: Any) -> bool:
    if not isinstance(child, tuple):
        return False
    name, value = child
    return name.endswith("__in") and isinstance(value, tuple | list | set | frozenset) and not value


CLOSED = Policy()


def policy_of(model: type[models.Model]) -> Policy:
    """The model's policy; one that declares none is closed to everybody."""
    return getattr(model, "policy", CLOSED)


def scope[M: models.Model](actor: Actor, model: type[M], deed: str = "view") -> QuerySet[M]:
    """The rows of the model on which the actor may do the deed. Every list, count, form choice and export starts here."""
    return model._default_manager.filter(policy_of(model).q(actor, deed))


def allows(actor: Actor, deed: str, row: models.Model) -> bool:
    """May the actor do the deed to this very row, as the database has it now?"""
    return reaches(actor, type(row), row.pk, deed)


def reaches(actor: Actor, model: type[models.Model], key: Any, deed: str = "view") -> bool:
    """Is there a row of this key on which the actor may do the deed, as the database has it now?"""
    return compiled.holds(model, policy_of(model).q(actor, deed), key)


def require(actor: Actor, deed: str, row: models.Model) -> None:
    """Refuse with 404 a row the actor may not see, with 403 a deed the actor may not do to it."""
    if allows(actor, deed, row):
        return
    if deed != "view" and allows(actor, "view", row):
        raise Denied()
    raise Missing()
