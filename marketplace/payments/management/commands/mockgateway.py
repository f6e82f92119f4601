"""`manage.py mockgateway`: a payment gateway to develop and rehearse against."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.payments.mockgateway.__main__ import serve


class Command(BaseCommand):
    help = "Serve a mock payment gateway on 127.0.0.1. It moves no money."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8020)
        parser.add_argument("--notify", default="", help="where webhooks go: http://127.0.0.1:8000/api/hooks/mock")
        parser.add_argument("--file", type=Path, default=None, help="where payments are kept between two runs")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.EMBEDDED or settings.REHEARSAL):
            raise CommandError("A mock gateway has no place in production: it would let anybody pay with nothing.")
        if not settings.MOCK_GATEWAY_SECRET:
            raise CommandError("Set SOKO_MOCK_GATEWAY_SECRET, here and where the market runs.")
        try:
            serve(
                secret=settings.MOCK_GATEWAY_SECRET,
                port=options["port"],
                notify=options["notify"],
                file=options["file"],
            )
        except OSError:
            raise CommandError(f"Port {options['port']} on 127.0.0.1 is taken; choose another with --port.") from None
