"""Who asks, for Django REST framework."""

from rest_framework.authentication import BaseAuthentication, get_authorization_header

from marketplace.accounts import tokens


class ByToken(BaseAuthentication):
    """By the same tokens."""

    def authenticate(self, request):
        word, _, token = get_authorization_header(request).decode().partition(" ")
        return (tokens.bearer(token), token) if word.lower() == "bearer" else None
