"""All settings, from the environment, in labelled sections. Two profiles: embedded (default) and production."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from core import env
from core.admin.theme import UNFOLD  # noqa: F401  the look of the admin, its name among it, is a setting of Unfold
from core.partners import *  # noqa: F403  gateways, carriers, tax providers
from core.partners import EMBEDDED, PROFILE  # noqa: F401

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(env.text("SOKO_VAR") or BASE_DIR / "var")

# --- Profile ---------------------------------------------------------------------------------------------------------
DEMO = env.flag("SOKO_DEMO")
DEMO_PASSWORD = env.text("SOKO_DEMO_PASSWORD", "soko-demo-market")
DEBUG = env.flag("SOKO_DEBUG")
# The embedded profile serves one machine from one process; its keys are of no use elsewhere. Production refuses them.
SECRET_KEY = env.secret("SOKO_SECRET_KEY", "embedded-only-" + "k" * 50 if EMBEDDED else "") or "unset"
TOKEN_KEY = env.secret("SOKO_TOKEN_KEY", "embedded-only-" + "t" * 50 if EMBEDDED else "")
ALLOWED_HOSTS = env.words("SOKO_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1],testserver" if EMBEDDED else "")
CSRF_TRUSTED_ORIGINS = env.words("SOKO_TRUSTED_ORIGINS")

# How this site is reached from outside, for links in mail.
_own_host = f"https://{ALLOWED_HOSTS[0]}" if ALLOWED_HOSTS and not EMBEDDED else "http://127.0.0.1:8000"
ADDRESS = (env.text("SOKO_ADDRESS") or _own_host).rstrip("/")

# --- The market ------------------------------------------------------------------------------------------------------
DEFAULT_CURRENCY = env.text("SOKO_CURRENCY", "KES")
DEFAULT_COUNTRY = env.text("SOKO_COUNTRY", "KE")
LISTING_DAYS = env.number("SOKO_LISTING_DAYS", 90, least=1, most=3650)
REMIND_DAYS = env.number("SOKO_REMIND_DAYS", 7, least=0, most=90)
UNPAID_ORDERS = env.number("SOKO_UNPAID_ORDERS", 10, least=1, most=1_000)
RETURN_DAYS = env.number("SOKO_RETURN_DAYS", 14, least=0, most=3_650)
DISPUTE_DAYS = env.number("SOKO_DISPUTE_DAYS", 30, least=0, most=3_650)
DISPUTE_HOURS = env.number("SOKO_DISPUTE_HOURS", 72, least=1, most=2_160)
REFUND_APPROVAL = env.words("SOKO_REFUND_APPROVAL")
AUTO_DELIVER_DAYS = env.number("SOKO_AUTO_DELIVER_DAYS", 14, least=0, most=365)
ORDER_MINUTES = env.number("SOKO_ORDER_MINUTES", 30, least=1, most=10_080)
PHONE_ORDER_HOURS = env.number("SOKO_PHONE_ORDER_HOURS", 48, least=1, most=720)
GUEST_CART_DAYS = env.number("SOKO_GUEST_CART_DAYS", 30, least=1, most=365)
DUPLICATE_PERCENT = env.number("SOKO_DUPLICATE_PERCENT", 70, least=30, most=100)
CONTACT_RETENTION_DAYS = env.number("SOKO_CONTACT_RETENTION_DAYS", 400, least=1, most=3650)

# --- The ledger ------------------------------------------------------------------------------------------------------
HOLD_DAYS = env.number("SOKO_HOLD_DAYS", 7, least=0, most=365)
UNDELIVERED_DAYS = env.number("SOKO_UNDELIVERED_DAYS", 30, least=1, most=365)
PAYOUT_GATEWAY = env.choice("SOKO_PAYOUT_GATEWAY", "mock" if EMBEDDED else "offline", ("offline", "mock"))
TAX_REMITTED_BY = env.choice("SOKO_TAX_REMITTED_BY", "vendor", ("vendor", "market"))

# --- Applications ----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "core",
    "core.admin",
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.inlines",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "ninja",
    "ninja_jwt",
    "simple_history",
    "import_export",
    "tree_queries",
    "corsheaders",
    "phonenumber_field",
    "django_tasks_db",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "core.jobs",
    "marketplace.accounts",
    "marketplace.vendors",
    "marketplace.catalog",
    "marketplace.payments",
    "marketplace.taxes",
    "marketplace.shipping",
    "marketplace.coupons",
    "marketplace.carts",
    "marketplace.orders",
    "marketplace.ledger",
    "marketplace.payouts",
    "marketplace.contacts",
    "marketplace.engagement",
    "marketplace.moderation",
    "marketplace.search",
    "marketplace.duplicates",
    "marketplace.analytics",
    "marketplace.finance",
    "marketplace.demo",
    "api",
]
# Django apps of your own, found on the Python path: docs/guide.md adds one.
INSTALLED_APPS += env.words("SOKO_APPS")
MIDDLEWARE = [
    "core.middleware.RequestIds",
    "core.metrics.Observed",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "core.middleware.ApiManners",
    "core.response_cache.ResponseCache",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "core.urls"
WSGI_APPLICATION = "core.wsgi.application"
ASGI_APPLICATION = "core.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "core" / "admin" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.csp",
            ],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Database --------------------------------------------------------------------------------------------------------
DATABASE_URL = env.secret("DATABASE_URL") or f"sqlite:///{VAR / 'soko.sqlite3'}"
DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL)}
_options = DATABASES["default"].setdefault("OPTIONS", {})
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    VAR.mkdir(parents=True, exist_ok=True)  # a fresh clone has no place for the file yet
    # One writer at a time that waits its turn, and readers that never do: measured in the decision on SQLite.
    _options |= {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;",
    }
    DATABASES["default"] |= {"CONN_MAX_AGE": None, "TEST": {"NAME": env.text("SOKO_TEST_SQLITE") or None}}
else:
    DATABASES["default"] |= {"CONN_MAX_AGE": env.number("SOKO_CONN_MAX_AGE", 60), "CONN_HEALTH_CHECKS": True}
    _options |= {
        # Statements asked often are planned once a connection: only those whose values the server binds can be.
        "server_side_binding": True,
        "prepare_threshold": 5,
        "connect_timeout": 3,
        "options": f"-c statement_timeout={env.number('SOKO_STATEMENT_TIMEOUT_MS', 5_000)} -c lock_timeout=3000"
        " -c idle_in_transaction_session_timeout=10000"
        # Statements here are brief: compiling one, or sharing it between processes, costs more than it saves; and disks of this
        # century fetch a page from anywhere as soon as the next one.
        " -c jit=off -c max_parallel_workers_per_gather=0 -c random_page_cost=1.1",
    }
DATABASES["default"]["ATOMIC_REQUESTS"] = False

# --- Search ----------------------------------------------------------------------------------------------------------
OPENSEARCH_URL = env.address("SOKO_OPENSEARCH_URL")  # without one, the database alone answers
OPENSEARCH_PREFIX = env.name_part("SOKO_OPENSEARCH_PREFIX", "soko")
OPENSEARCH_SECONDS: float = env.number("SOKO_OPENSEARCH_SECONDS", 2, least=1, most=30)

# --- Cache, sessions, sockets, tasks ---------------------------------------------------------------------------------
REDIS_URL = env.secret("REDIS_URL")
CACHES: dict[str, dict[str, Any]]
CHANNEL_LAYERS: dict[str, dict[str, Any]]
if REDIS_URL:
    _redis = {"LOCATION": REDIS_URL, "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}}
    CACHES = {
        "default": {"BACKEND": "core.cache.ForgivingRedisCache", "KEY_PREFIX": "soko", **_redis},
        "sessions": {"BACKEND": "core.cache.BriefRedisCache", "KEY_PREFIX": "soko", **_redis},
        "public": {"BACKEND": "core.cache.ForgivingRedisCache", "KEY_PREFIX": "soko-public", **_redis},
    }
    # A socket waits five seconds at a time for news, so a silent connection is no broken one before that; one that Redis has
    # dropped meanwhile is made anew, once, before anybody is told.
    _layer = {"address": REDIS_URL, "socket_connect_timeout": 2, "socket_timeout": 15, "retry": Retry(NoBackoff(), 1)}
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [_layer], "prefix": "soko", "expiry": 30},
        }
    }
else:
    _memory = "django.core.cache.backends.locmem.LocMemCache"
    CACHES = {
        "default": {"BACKEND": _memory},
        "public": {"BACKEND": _memory, "LOCATION": "public", "OPTIONS": {"MAX_ENTRIES": 2_000}},
    }
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
# Of one process's memory another knows nothing: there, what is kept must not outlive a command that writes beside it by much.
PUBLIC_CACHE_SECONDS = env.number("SOKO_PUBLIC_CACHE_SECONDS", 86_400 if REDIS_URL else 60, least=0, most=86_400)
# So many texts of public cards and things each process keeps (PostgreSQL): about a kilobyte each, things with variants more.
KEPT_CARDS = env.number("SOKO_KEPT_CARDS", 5_000, least=0, most=1_000_000)
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db" if REDIS_URL else "django.contrib.sessions.backends.db"
SESSION_CACHE_ALIAS = "sessions" if REDIS_URL else "default"
SESSION_COOKIE_AGE = 14 * 24 * 3600
_task_backends = {
    "database": "django_tasks_db.DatabaseBackend",
    "celery": "core.queueing.CeleryTaskBackend",
    "immediate": "django.tasks.backends.immediate.ImmediateBackend",
}
TASK_QUEUE = env.choice("SOKO_TASKS", "database" if EMBEDDED else "celery", tuple(_task_backends))
TASKS = {"default": {"BACKEND": _task_backends[TASK_QUEUE], "QUEUES": ["default"]}}
CELERY_BROKER_URL = env.secret("SOKO_BROKER_URL") or REDIS_URL

# --- People and tokens -----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
ACTOR_BUILDER = "marketplace.vendors.actors.actor_of"
AUTHENTICATION_BACKENDS = ["marketplace.accounts.backends.EmailOrPhone"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
# Every key is said: django-ninja-jwt would read unprefixed environment variables for those that are not.
NINJA_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=env.number("SOKO_ACCESS_MINUTES", 15, least=1, most=1440)),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=env.number("SOKO_REFRESH_DAYS", 30, least=1, most=365)),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "UPDATE_LAST_LOGIN": False,
    "ALGORITHM": "HS256",
    "SIGNING_KEY": TOKEN_KEY,
    "VERIFYING_KEY": "",
    "AUDIENCE": "soko",
    "ISSUER": "soko",
    "JWK_URL": None,
    "LEEWAY": 0,
    "USER_ID_FIELD": "id",
    "USER_ID_CLAIM": "user_id",
    "AUTH_TOKEN_CLASSES": ("ninja_jwt.tokens.AccessToken",),
    "TOKEN_TYPE_CLAIM": "token_type",
    "JTI_CLAIM": "jti",
    "JSON_ENCODER": None,
    "USER_AUTHENTICATION_RULE": "ninja_jwt.authentication.default_user_authentication_rule",
    "TOKEN_USER_CLASS": "ninja_jwt.models.TokenUser",
    "SLIDING_TOKEN_LIFETIME": timedelta(minutes=1),
    "SLIDING_TOKEN_REFRESH_LIFETIME": timedelta(minutes=1),
    "SLIDING_TOKEN_REFRESH_EXP_CLAIM": "refresh_exp",
    "TOKEN_OBTAIN_PAIR_INPUT_SCHEMA": "",
    "TOKEN_OBTAIN_PAIR_REFRESH_INPUT_SCHEMA": "",
    "TOKEN_OBTAIN_SLIDING_INPUT_SCHEMA": "",
    "TOKEN_OBTAIN_SLIDING_REFRESH_INPUT_SCHEMA": "",
    "TOKEN_BLACKLIST_INPUT_SCHEMA": "",
    "TOKEN_VERIFY_INPUT_SCHEMA": "",
}

# --- Where pictures are ----------------------------------------------------------------------------------------------
# Pictures may be fetched from a network that holds copies (a CDN), from a bucket, or from here.
MEDIA_ADDRESS = env.text("SOKO_MEDIA_ADDRESS").rstrip("/")
MEDIA_URL = f"{MEDIA_ADDRESS}/" if MEDIA_ADDRESS else "/media/"
MEDIA_ROOT = Path(env.text("SOKO_MEDIA") or VAR / "media")
MEDIA_BUCKET = env.text("SOKO_MEDIA_BUCKET")
MEDIA_ENDPOINT = env.text("SOKO_MEDIA_ENDPOINT").rstrip("/")
MEDIA_REGION = env.text("SOKO_MEDIA_REGION", "us-east-1")

# --- Web -------------------------------------------------------------------------------------------------------------
NINJA_NUM_PROXIES = env.number("SOKO_PROXIES", 0 if EMBEDDED else -1, least=-1, most=5)
# Multiplies every rate limit: for fuzzing and benchmarks of the machine itself.
LIMITS_FACTOR = env.number("SOKO_LIMITS_FACTOR", 1, least=1)
# A rehearsal: production's processes serving nobody but this machine, with stand-ins and crash points allowed.
REHEARSAL = env.flag("SOKO_REHEARSAL")
CRASH_AT = env.text("SOKO_CRASH_AT")
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
METRICS_TOKEN = env.secret("SOKO_METRICS_TOKEN")  # /metrics is not there without one
UPLOAD_LIMIT = 10_485_760
IMPORT_LIMIT = 52_428_800
CORS_ALLOWED_ORIGINS = env.words("SOKO_CORS_ORIGINS")
CORS_ALLOWED_ORIGIN_REGEXES = [r"^https?://(localhost|127\.0\.0\.1)(:\d+)?$"] if EMBEDDED else []
CORS_URLS_REGEX = r"^/api/.*$"
CORS_ALLOW_HEADERS = [
    "accept", "accept-language", "authorization", "content-type", "if-match", "if-none-match", "idempotency-key", "x-cart-token",
    "x-request-id",
]  # fmt: skip
CORS_EXPOSE_HEADERS = [
    "ETag", "Link", "Location", "X-Request-ID", "RateLimit", "RateLimit-Policy", "Retry-After", "Idempotent-Replayed",
]  # fmt: skip
CORS_PREFLIGHT_MAX_AGE = 3600
SECURE_CSP = {
    "default-src": ["'self'"],
    "script-src": ["'self'", "'unsafe-eval'"],  # Alpine, in the admin, evaluates its attributes
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:", "blob:", *env.origins(MEDIA_ADDRESS or MEDIA_ENDPOINT)],
    "worker-src": ["'self'", "blob:"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'self'"],
    "form-action": ["'self'"],
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
APPEND_SLASH = True
if not EMBEDDED:
    SECURE_SSL_REDIRECT = env.flag("SOKO_SSL_REDIRECT", True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.number("SOKO_HSTS_SECONDS", 31_536_000, least=0)
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

# --- Files -----------------------------------------------------------------------------------------------------------
STATIC_URL, STATIC_ROOT = "/static/", VAR / "static"
_bucket = {
    "BACKEND": "core.bucket.Bucket",
    "OPTIONS": {
        "bucket_name": MEDIA_BUCKET,
        "endpoint_url": MEDIA_ENDPOINT or None,
        "region_name": MEDIA_REGION,
        "access_key": env.secret("SOKO_MEDIA_KEY") or None,
        "secret_key": env.secret("SOKO_MEDIA_SECRET") or None,
        "address": MEDIA_ADDRESS,
    },
}
# Files of jobs lie beside the pictures; of one that is read, no more than this is in memory.
_of_jobs = {**_bucket, "OPTIONS": {**_bucket["OPTIONS"], "location": "imports", "max_memory_size": 4 * 2**20}}  # type: ignore[dict-item]
_here = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
STORAGES = {
    "default": _bucket if MEDIA_BUCKET else _here,
    **({"jobs": _of_jobs} if MEDIA_BUCKET else {}),  # else in VAR, which web and worker share
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if EMBEDDED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = EMBEDDED

# --- Mail ------------------------------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.text("SOKO_MAIL_FROM", "Soko <market@soko.example>")
MAILERS = {
    "default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if EMBEDDED
    else {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": env.text("SOKO_SMTP_HOST", "localhost"),
            "port": env.number("SOKO_SMTP_PORT", 587),
            "username": env.text("SOKO_SMTP_USER"),
            "password": env.secret("SOKO_SMTP_PASSWORD"),
            "use_tls": env.flag("SOKO_SMTP_TLS", True),
            "timeout": 5,
        },
    }
}

# --- Language and time -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = env.text("SOKO_TIME_ZONE", "UTC")
USE_I18N = USE_TZ = True

# --- Libraries -------------------------------------------------------------------------------------------------------
PHONENUMBER_DEFAULT_REGION = DEFAULT_COUNTRY
PHONENUMBER_DB_FORMAT = "E164"
SIMPLE_HISTORY_REVERT_DISABLED = True
IMPORT_EXPORT_USE_TRANSACTIONS = False
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("app",)
HEADLESS_TOKEN_STRATEGY = "marketplace.accounts.adapter.Tokens"
ACCOUNT_ADAPTER = "marketplace.accounts.adapter.Accounts"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "phone", "password1*"]  # its form is closed; registering is our own action
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PHONE_VERIFICATION_ENABLED = False
ACCOUNT_RATE_LIMITS = False  # core.limits counts, atomically
LOGGING_CONFIG = None  # core.logs configures logging when the platform starts
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # HSTS for subdomains and preloading: not ours to promise
