#!/usr/bin/env python3
"""Exits with 0 when gunicorn in this container answers that it is well: asked by Docker, compose and whoever schedules it."""

import os
import urllib.request

HOST = os.environ.get("SOKO_ALLOWED_HOSTS", "127.0.0.1").split(",")[0].strip()
REQUEST = urllib.request.Request(
    "http://127.0.0.1:8000/healthz", headers={"Host": HOST, "X-Forwarded-Proto": "https"}
)  # as nginx would ask
STRAIGHT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # to this machine, wherever a proxy is
STRAIGHT.open(REQUEST, timeout=4).close()
