"""Users and roles for tests."""

from itertools import count
from typing import Any

from django.contrib.auth.hashers import make_password

from core.testing import writing_as_system
from marketplace.accounts.models import HeldRole, Role, User

PASSWORD = "a long enough passphrase"
_numbers = count(1)


def make_user(*roles: str, **values: Any) -> User:
    """Somebody with an account, holding these roles; their password is PASSWORD."""
    number = next(_numbers)
    said = {
        "full_name": f"Person {number}",
        "email": f"person{number}@soko.example",
        "password": make_password(PASSWORD),
        **values,
    }
    with writing_as_system():
        user = User(**said)
        user.save(force_insert=True)
        for role in roles:
            HeldRole(user=user, role=Role.objects.get(name=role)).save(force_insert=True)
    return user
