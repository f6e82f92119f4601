"""Structured logs: JSON lines in production, readable lines when embedded; secrets and phone numbers never appear."""

import logging
import logging.config
import re
from collections.abc import MutableMapping
from typing import Any

import structlog
from django.conf import settings

SECRET_KEYS = re.compile(
    r"password|secret|token|authorization|cookie|api_?key|access|refresh|phone|whatsapp|address", re.I
)
PHONE = re.compile(r"\+?\d[\d\s().-]{7,}\d")
BEARER = re.compile(r"(?i)bearer\s+[\w.-]+|eyJ[\w-]{8,}\.[\w-]+\.[\w-]+")
HIDDEN = "[hidden]"


def redact(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide values under telling keys, and what looks like a token or a phone number anywhere."""
    for key, value in list(event.items()):
        if key not in ("timestamp", "request_id"):
            event[key] = _redacted(key, value)
    return event


def _redacted(key: str, value: Any) -> Any:
    if SECRET_KEYS.search(key):
        return HIDDEN
    if isinstance(value, str):
        return PHONE.sub(HIDDEN, BEARER.sub(HIDDEN, value))
    if isinstance(value, dict):
        return {name: _redacted(str(name), each) for name, each in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_redacted(key, each) for each in value]
    return value


def configure() -> None:
    """Send our logs and the libraries' through the same processors."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    last = structlog.dev.ConsoleRenderer(colors=False) if settings.EMBEDDED else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "structured": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
            "root": {"handlers": ["stderr"], "level": "WARNING"},
            "loggers": {
                "api": {"level": "INFO"},
                "request": {"level": "WARNING" if settings.EMBEDDED else "INFO"},  # a line for each request
                "django.request": {"level": "ERROR"},  # refusals are answers, not faults
                "uvicorn.error": {"level": "WARNING"},
            },
        }
    )
