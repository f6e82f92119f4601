"""`manage.py demo`: migrate, load the demo market if the database is empty, and serve everything in one process."""

import os
import signal
import socket
from typing import Any

import uvicorn
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from core.companions import accompanied
from core.worker import EmbeddedWorker

CAST = ("customer", "owner", "member", "rival", "moderator", "finance", "support", "courier", "admin")


class Command(BaseCommand):
    help = "Serve the demo market on 127.0.0.1: admin, API, documentation, queue and scheduler in one process."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))

    def handle(self, *args: Any, **options: Any) -> None:
        port = options["port"]
        if not settings.DEMO:
            raise CommandError("The demo needs SOKO_DEMO=1: it opens accounts whose password everybody knows.")
        if not settings.EMBEDDED:
            raise CommandError("The demo runs in the embedded profile only (SOKO_PROFILE=embedded).")
        refuse_taken(port)
        # Being told to end is the same as Ctrl-C; the server, once it runs, takes both itself and hands them on.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        base = f"http://127.0.0.1:{port}"
        try:
            with accompanied(base) as beside:
                self._prepare()
                self._say(base, beside)
                self._serve(port)
        except KeyboardInterrupt:
            pass
        self.stdout.write("Stopped.")

    def _prepare(self) -> None:
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        self.stdout.write("Preparing the database …")
        call_command("migrate", verbosity=0)
        if not get_user_model()._default_manager.exists():
            with transaction.atomic():  # half a market would never be completed
                call_command("seed_demo", sign_ins=False, stdout=self.stdout)

    def _serve(self, port: int) -> None:
        worker = EmbeddedWorker()
        worker.start()
        try:
            uvicorn.run(
                "core.asgi:application",
                host="127.0.0.1",
                port=port,
                log_level="warning",
                lifespan="off",
                access_log=False,
            )
        finally:
            worker.stop()

    def _say(self, base: str, beside: dict[str, str]) -> None:
        addresses = {
            "Admin": f"{base}/admin/",
            "Storefront": f"{base}/api/v1/listings",
            "API docs": f"{base}/api/docs/",
            "Health": f"{base}/healthz",
        } | beside
        lines = "".join(f"  {name:<12}{address}\n" for name, address in addresses.items())
        self.stdout.write(
            f"\n{lines}\n  Sign in as  {', '.join(f'{role}@soko.example' for role in CAST)}\n"
            f"  Password: {settings.DEMO_PASSWORD}\n\n  Ctrl-C stops it.\n"
        )
        self.stdout.flush()


def refuse_taken(port: int) -> None:
    """Refuse, in one sentence, a port that cannot be had."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise CommandError(f"Port {port} on 127.0.0.1 is taken; choose another with PORT=8001.") from None
