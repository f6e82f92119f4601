"""Start-up checks of the configuration: production refuses to start half-configured, and says what is missing."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

THIS_MACHINE = {"127.0.0.1", "localhost"}
#: Gateway → what it cannot do without: the settings, whose variables have SOKO_ before them.
GATEWAYS_NEED = {
    "stripe": ("STRIPE_SECRET", "STRIPE_WEBHOOK_SECRET"),
    "chapa": ("CHAPA_SECRET", "CHAPA_WEBHOOK_SECRET"),
    "paypal": ("PAYPAL_CLIENT", "PAYPAL_SECRET", "PAYPAL_WEBHOOK"),
}
#: Gateway → the setting and the beginning or a part of its value that move no real money.
PLAY_MONEY = {
    "stripe": ("STRIPE_SECRET", "_test_"),
    "chapa": ("CHAPA_SECRET", "_TEST"),
    "paypal": ("PAYPAL_URL", "sandbox"),
}


def check_configuration(**_options: Any) -> list[checks.CheckMessage]:
    """All faults of the settings as they are."""
    return [*_always(), *([] if settings.EMBEDDED else _production())]


def refuse_half_configured() -> None:
    """Raise ImproperlyConfigured, naming each fault. For servers and workers: they run no system checks by themselves."""
    faults = check_configuration()
    if faults:
        raise ImproperlyConfigured("\n".join(["Refusing to start.", *(str(each) for each in faults)]))


def _error(number: int, words: str, hint: str) -> checks.Error:
    return checks.Error(words, hint=hint, id=f"core.E{number:03d}")


def _always() -> Iterator[checks.CheckMessage]:
    database = settings.DATABASES["default"]
    if database.get("ATOMIC_REQUESTS"):
        yield _error(
            1,
            "ATOMIC_REQUESTS is on.",
            "Turn it off: refusals are answered inside the view, so it would commit half a write.",
        )
    if database["ENGINE"].endswith("sqlite3") and database.get("OPTIONS", {}).get("transaction_mode") != "IMMEDIATE":
        yield _error(
            2,
            "SQLite does not begin its transactions IMMEDIATE.",
            'Set OPTIONS["transaction_mode"] = "IMMEDIATE": writers then wait.',
        )
    if len(settings.TOKEN_KEY) < 32 or settings.TOKEN_KEY == settings.SECRET_KEY:
        yield _error(
            3,
            "The token key is short, or is the secret key.",
            "Set SOKO_TOKEN_KEY to 32 random characters or more.",
        )
    if settings.PASSWORD_HASHERS[0].rsplit(".", 1)[-1] not in ("PBKDF2PasswordHasher", "QuickHasher"):
        yield _error(4, "PBKDF2 is not the first password hasher.", "Put PBKDF2PasswordHasher first.")
    if settings.NINJA_JWT["ALGORITHM"] not in ("HS256", "HS512", "RS256", "ES256"):
        yield _error(5, "Access tokens are signed with an algorithm that is not allowed.", "Use HS256.")
    if "mock" in settings.GATEWAYS and len(settings.MOCK_GATEWAY_SECRET) < 32:
        yield _error(
            6,
            "The mock gateway's secret is short, so anybody could say that a payment succeeded.",
            "Set SOKO_MOCK_GATEWAY_SECRET to 32 random characters or more.",
        )
    for name in settings.GATEWAYS:
        for setting in GATEWAYS_NEED.get(name, ()):
            if not getattr(settings, setting):
                yield _error(
                    7,
                    f"Payments are taken through {name}, and its {setting} is not said.",
                    f"Set SOKO_{setting}, or take {name} out of SOKO_GATEWAYS.",
                )


def _production() -> Iterator[checks.CheckMessage]:
    if len(settings.SECRET_KEY) < 40 or settings.SECRET_KEY.startswith("embedded-only"):
        yield _error(
            10, "There is no secret key.", "Set SOKO_SECRET_KEY (or SOKO_SECRET_KEY_FILE) to 50 random characters."
        )
    if settings.TOKEN_KEY.startswith("embedded-only"):
        yield _error(
            11,
            "Access tokens are signed with the embedded profile's key.",
            "Set SOKO_TOKEN_KEY to 32 random characters or more.",
        )
    if settings.DEBUG:
        yield _error(12, "DEBUG is on.", "Unset SOKO_DEBUG.")
    if settings.DEMO:
        yield _error(13, "The demo market is on: everybody knows its passwords.", "Unset SOKO_DEMO.")
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        yield _error(14, "Any host name is answered.", "Set SOKO_ALLOWED_HOSTS to the names of this site.")
    if settings.NINJA_NUM_PROXIES is None or settings.NINJA_NUM_PROXIES < 0:
        yield _error(
            15,
            "How many proxies stand in front is not said.",
            "Set SOKO_PROXIES (0 for none), or rate limits could be evaded.",
        )
    if "postgresql" not in settings.DATABASES["default"]["ENGINE"]:
        yield _error(16, "The database is not PostgreSQL.", "Set DATABASE_URL=postgres://…")
    if "locmem" in str(settings.CACHES["default"]["BACKEND"]).lower():
        yield _error(17, "The cache is local to each process.", "Set REDIS_URL=redis://…")
    if settings.TASK_QUEUE == "immediate":
        yield _error(18, "Tasks run inside requests.", "Set SOKO_TASKS=celery.")
    if settings.TASK_QUEUE == "celery" and not settings.CELERY_BROKER_URL:
        yield _error(19, "Celery has no broker.", "Set SOKO_BROKER_URL or REDIS_URL.")
    if settings.REHEARSAL and not set(settings.ALLOWED_HOSTS) <= THIS_MACHINE:
        yield _error(
            23, "This is a rehearsal, and it answers other hosts than this machine's.", "Unset SOKO_REHEARSAL."
        )
    if settings.CRASH_AT and not settings.REHEARSAL:
        yield _error(24, "A crash point is set.", "Unset SOKO_CRASH_AT.")
    if settings.LIMITS_FACTOR != 1 and not settings.REHEARSAL:
        yield _error(20, "Rate limits are multiplied.", "Unset SOKO_LIMITS_FACTOR.")
    if settings.CORS_ALLOWED_ORIGIN_REGEXES:
        yield _error(21, "Local origins may call the API.", "List your storefronts in SOKO_CORS_ORIGINS.")
    if 0 < len(settings.METRICS_TOKEN) < 16:
        yield _error(22, "The token of /metrics can be guessed.", "Set SOKO_METRICS_TOKEN to 16 characters or more.")
    if "mock" in settings.GATEWAYS and not settings.REHEARSAL:
        yield _error(25, "Payments go through the mock gateway: nobody would pay.", "Take mock out of SOKO_GATEWAYS.")
    yield from _real_gateways()


def _real_gateways() -> Iterator[checks.CheckMessage]:
    used = [name for name in settings.GATEWAYS if name in GATEWAYS_NEED]
    if used and not settings.PAYMENT_RETURN_URL:
        yield _error(
            26,
            "Payers who confirm a payment at a gateway would not find back.",
            "Set SOKO_PAYMENT_RETURN_URL to the page of your storefront that shows how a payment stands.",
        )
    for name in [] if settings.REHEARSAL else used:
        if not getattr(settings, f"{name.upper()}_URL").startswith("https://"):
            yield _error(
                27,
                f"{name} is asked without encryption: everybody on the way reads its secret.",
                f"Unset SOKO_{name.upper()}_URL.",
            )
        setting, sign = PLAY_MONEY[name]
        if sign in getattr(settings, setting):
            yield _error(
                28, f"{name} is asked for play money: nobody would pay.", f"Set SOKO_{setting} for real payments."
            )
