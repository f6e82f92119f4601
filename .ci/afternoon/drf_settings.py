"""Stock settings over the product's tables, for the afternoon with Django REST framework."""

from afternoon.settings import *  # noqa: F403

INSTALLED_APPS += ["rest_framework"]  # noqa: F405
ROOT_URLCONF = "afternoon.drf_urls"
REST_FRAMEWORK = {
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "PAGE_SIZE": 24,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["afternoon.drf_tokens.ByToken"],
}
