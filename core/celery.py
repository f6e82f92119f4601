"""Celery, in production: carries what django.tasks enqueues."""

import os
import sys
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init
from django.core.exceptions import ImproperlyConfigured

from core.checks import refuse_half_configured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
app = Celery("soko")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    task_ignore_result=True,
    task_time_limit=1800,
    broker_transport_options={"visibility_timeout": 7200, "socket_connect_timeout": 1},
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    beat_schedule={
        "relay": {"task": "soko.relay", "schedule": 2.0, "options": {"expires": 10}},
        "tick": {"task": "soko.tick", "schedule": 5.0, "options": {"expires": 10}},
    },
)


@setup_logging.connect
def keep_our_logs(**_told: Any) -> None:
    """Celery configures no logging: `core.logs` has."""


@worker_init.connect
@beat_init.connect
def refuse_to_start(**_told: Any) -> None:
    """End a worker whose configuration is refused; Celery would only log any other exception, and work on."""
    try:
        refuse_half_configured()
    except ImproperlyConfigured as refusal:
        sys.exit(str(refusal))


@app.task(name="soko.run")
def run(path: str, arguments: list, named: dict) -> None:
    """Call the function of a django.tasks task, named by its path."""
    from django.utils.module_loading import import_string

    import_string(path).func(*arguments, **named)


@app.task(name="soko.relay")
def relay_outbox() -> None:
    """Hand what waits in the outbox to the queue."""
    from core.relay import relay

    relay()


@app.task(name="soko.tick")
def tick() -> None:
    """Hand due scheduled functions to the queue."""
    from core.schedule import tick as tick_now

    tick_now()
