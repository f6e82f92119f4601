"""Makes the landing pages known when the admin is built."""

from marketplace.analytics import landing

__all__ = ["landing"]
