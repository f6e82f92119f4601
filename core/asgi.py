"""The asynchronous door: everything in one process in the embedded profile, sockets in production.

Pages and the API pass through the synchronous door here too, in threads that live on and keep their connection to the
database: a thread and a connection of its own for every request, as the asynchronous handler has it, cost more than most
requests do.
"""

import os
from typing import cast

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi_typing import WSGIApp
from channels.routing import ProtocolTypeRouter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
from core.wsgi import application as pages

# isort: split
from api.ws.routing import sockets  # it imports models, which are there only now

THREADS = 10

application = ProtocolTypeRouter(
    {"http": WSGIMiddleware(cast("WSGIApp", pages), workers=THREADS), "websocket": sockets}
)
