"""Passwords: judged by Django's validators, with their sentences at the field that was sent."""

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError

from core.errors import FieldError
from marketplace.accounts.errors import WeakPassword
from marketplace.accounts.models import User


def judge(password: str, user: User, *, pointer: str = "/password") -> None:
    """Refuse (422 `weak_password`) a password that is short, common, all digits or too like the person."""
    try:
        password_validation.validate_password(password, user)
    except ValidationError as fault:
        raise WeakPassword(
            errors=[FieldError(pointer, each.code or "invalid", " ".join(each.messages)) for each in fault.error_list]
        ) from None
