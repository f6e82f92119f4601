"""The asynchronous door: one process that serves everything, as the embedded profile runs it."""

import os

from django.core.asgi import get_asgi_application

from core.checks import refuse_half_configured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
application = get_asgi_application()
refuse_half_configured()
