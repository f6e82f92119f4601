"""The asynchronous door: everything in one process in the embedded profile, sockets in production."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

from core.checks import refuse_half_configured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
pages = get_asgi_application()
refuse_half_configured()

from api.ws.routing import sockets  # noqa: E402  it imports models, which are there only now

application = ProtocolTypeRouter({"http": pages, "websocket": sockets})
