"""The synchronous door: what the production profile serves HTTP through."""

import os

from django.core.wsgi import get_wsgi_application

from core.checks import refuse_half_configured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
application = get_wsgi_application()
refuse_half_configured()
