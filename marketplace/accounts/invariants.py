"""What always holds of accounts and sign-ins."""

from collections.abc import Iterator

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from core.invariants import invariant
from marketplace.accounts.grants import EVERYTHING
from marketplace.accounts.models import Role, SignIn, User

E164 = r"^\+[1-9][0-9]{6,14}$"


@invariant("I-U1", owner="accounts")
def people_twice_or_misspelt() -> Iterator[int]:
    """An e-mail address belongs to one person, in lower case; a phone number is spelled as in +254712345678."""
    twice = (
        User.objects.exclude(email=None)
        .values(low=Lower("email"))
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
        .values("low")
    )
    doubled = Q(low__in=twice)
    misspelt = ~Q(email=None) & ~Q(email=Lower("email")) | ~Q(phone=None) & ~Q(phone__regex=E164)
    yield from (
        User.objects.annotate(low=Lower("email")).filter(doubled | misspelt).order_by("pk").values_list("pk", flat=True)
    )


@invariant("I-U2", owner="accounts")
def living_sign_ins_of_the_deactivated() -> QuerySet:
    """Nobody who was deactivated is signed in anywhere."""
    alive = SignIn.objects.filter(ended_at=None, expires_at__gt=timezone.now(), user__is_active=False)
    return alive.order_by("pk").values_list("pk", flat=True)


@invariant("I-U4", owner="accounts")
def roles_with_unknown_grants() -> Iterator[int]:
    """Every grant of every role is in the vocabulary."""
    yield from (role.pk for role in Role.objects.order_by("pk") if not set(role.grants) <= EVERYTHING)
