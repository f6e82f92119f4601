"""Stock settings over the product's tables."""

from core.settings import *  # noqa: F403

INSTALLED_APPS += ["afternoon"]  # noqa: F405
ROOT_URLCONF = "afternoon.urls"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "allauth.account.middleware.AccountMiddleware",  # allauth does not start without it
]
