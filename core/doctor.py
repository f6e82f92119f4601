"""What a market needs to live, examined one by one: what is missing or wrong, in one sentence, with what to do about it."""

import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from sqlite3 import sqlite_version

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core import checks
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import mailers
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from core import limits, relay
from core.models import ScheduledJob
from core.schedule import CLOCK

SILENT = timedelta(minutes=2)  # after which whoever looks at the schedule has stopped
APART = timedelta(seconds=5)  # by which the clocks of two machines may differ
LATE = 300.0
FREE = 100 * 2**20
ANSWERS_IN = 3.0


@dataclass(frozen=True)
class Finding:
    """What was found of one thing. `remedy` says what to do where it is not well."""

    name: str
    is_well: bool
    sentence: str
    remedy: str = ""


class Ill(Exception):
    """What an examination found to be wrong, and what to do."""

    def __init__(self, sentence: str, remedy: str) -> None:
        super().__init__(sentence)
        self.sentence, self.remedy = sentence, remedy


_examinations: dict[str, tuple[Callable[[], str], str]] = {}


def examines(name: str, remedy: str) -> Callable[[Callable[[], str]], Callable[[], str]]:
    """Add an examination. It returns a sentence when all is well and raises Ill when not; any other fault is told with the
    remedy given here. A domain has its own in `examinations.py`.
    """

    def register(function: Callable[[], str]) -> Callable[[], str]:
        _examinations[name] = (function, remedy)
        return function

    return register


def examine() -> list[Finding]:
    """Everything, in order: what the rest depends on comes first, and nothing that fails stops the rest."""
    autodiscover_modules("examinations")
    return [*_configuration(), *(_examined(name) for name in _examinations)]


def _examined(name: str) -> Finding:
    function, remedy = _examinations[name]
    try:
        return Finding(name, True, function())
    except Ill as found:
        return Finding(name, False, found.sentence, found.remedy)
    except Exception as fault:  # each library has its own kind, and an examination must not end the others
        said = str(fault).strip().splitlines()[:1]
        return Finding(
            name, False, f"It cannot be examined ({type(fault).__name__}{': ' if said else ''}{''.join(said)}).", remedy
        )


def _configuration() -> list[Finding]:
    """The system checks, each fault with its own hint."""
    try:
        faults = checks.run_checks(include_deployment_checks=not settings.EMBEDDED, databases=["default"])
    except Exception as fault:  # checks may ask the database, which is examined next
        return [
            Finding("settings", False, f"They cannot be checked ({type(fault).__name__}).", "Mend the database first.")
        ]
    grave = [each for each in faults if not each.is_silenced() and each.level >= checks.WARNING]
    if not grave:
        return [Finding("settings", True, f"The {settings.PROFILE} profile is configured.")]
    return [Finding("settings", False, f"{each.id}: {each.msg}", str(each.hint or "")) for each in grave]


@examines("database", "Start the database (PostgreSQL 15 or newer), or correct DATABASE_URL.")
def database() -> str:
    """It answers. One that is too old, Django refuses."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if connection.vendor == "sqlite":
        return f"SQLite {sqlite_version} answers."
    return f"PostgreSQL {connection.pg_version // 10_000} answers."  # type: ignore[attr-defined]


@examines("migrations", "Mend the database first, as said above.")
def migrations() -> str:
    """All are applied."""
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        first = waiting[0][0]
        raise Ill(
            f"{len(waiting)} {'migration is' if len(waiting) == 1 else 'migrations are'} not applied,"
            f" {first.app_label}.{first.name} first.",
            "Run `python manage.py migrate`.",
        )
    return "All migrations are applied."


@examines("cache", "Start Redis, or correct REDIS_URL.")
def the_cache() -> str:
    """It keeps what it is given."""
    key = f"doctor:{uuid.uuid4().hex}"
    cache.add(key, "well", 10)  # `set` forgives
    if cache.get(key) != "well":
        raise Ill("The cache does not keep what it is given.", "Look at Redis' memory and its eviction policy.")
    return "Redis answers." if settings.REDIS_URL else "Each process has its own, in memory."


@examines("limits", "Start Redis, or correct REDIS_URL: without it nobody can sign in.")
def the_limits() -> str:
    """They count."""
    count, _ends = limits.counter().add(f"doctor:{uuid.uuid4().hex}", 10)
    if count != 1:
        raise Ill("The rate limiter does not count.", "Give REDIS_URL a database of its own.")
    return "Counted in Redis, for all processes." if settings.REDIS_URL else "Counted in this process."


@examines("sockets", "Start Redis, or correct REDIS_URL: open pages would hear of nothing.")
def sockets() -> str:
    """One process can tell another."""
    layer = get_channel_layer()

    async def there_and_back() -> str:
        channel = await layer.new_channel()
        await layer.send(channel, {"type": "doctor", "word": "well"})
        return (await layer.receive(channel))["word"]

    if async_to_sync(there_and_back)() != "well":
        raise Ill("Sockets are not told what they should be.", "Give REDIS_URL a database of its own.")
    return "Told through Redis." if settings.REDIS_URL else "Told inside the one process."


@examines("worker", "Start Redis, or correct SOKO_BROKER_URL.")
def worker() -> str:
    """Somebody carries background work."""
    if settings.TASK_QUEUE != "celery":
        return "The serving process carries background work itself."
    from core.celery import app  # Celery is only there where it carries the work

    with app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=ANSWERS_IN)
    found = app.control.inspect(timeout=ANSWERS_IN).ping() or {}
    if not found:
        raise Ill("No Celery worker answers.", "Start `celery --app core.celery worker`, or look at its log.")
    return f"{len(found)} Celery {'worker answers' if len(found) == 1 else 'workers answer'}."


@examines("scheduler", "Mend the database first, as said above.")
def scheduler() -> str:
    """Somebody looks at the schedule."""
    start = "`make demo` or `python manage.py worker`"
    start = start if settings.TASK_QUEUE != "celery" else "`celery --app core.celery beat` and a worker"
    looked = ScheduledJob.objects.filter(name=CLOCK).values_list("last_run_at", flat=True).first()
    if looked is None:
        raise Ill("Nobody has ever looked at the schedule.", f"Start {start}.")
    if timezone.now() - looked > SILENT:
        raise Ill(f"Nobody has looked at the schedule since {looked:%Y-%m-%d %H:%M} UTC.", f"Start {start}.")
    return "The schedule is looked at."


@examines("outbox", "Mend the database first, as said above.")
def outbox() -> str:
    """What happened is told on."""
    late = relay.lag()
    if late > LATE:
        raise Ill(
            f"An event has waited for {late / 60:.0f} minutes.",
            "Start the scheduler and a worker, and look at their logs.",
        )
    return "Events are told on."


@examines(
    "storage",
    "Let this key write to SOKO_MEDIA_BUCKET."
    if settings.MEDIA_BUCKET
    else "Let this user write to SOKO_MEDIA, and free space on its disk.",
)
def storage() -> str:
    """Uploads can be kept."""
    name = default_storage.save(f"doctor-{uuid.uuid4().hex}", ContentFile(b"well"))
    default_storage.delete(name)
    if settings.MEDIA_BUCKET:
        return "Uploads can be kept in the bucket."
    if shutil.disk_usage(settings.MEDIA_ROOT).free < FREE:
        raise Ill("Less than 100 MB are free for uploads.", "Free space on the disk of SOKO_MEDIA.")
    return "Uploads can be kept."


@examines("static", "Run `python manage.py collectstatic`.")
def static() -> str:
    """What pages are made of is there."""
    if settings.EMBEDDED:
        return "Served from where it lies."
    staticfiles_storage.url("soko/admin.css")
    return "Collected."


@examines("mail", "Correct SOKO_SMTP_HOST, SOKO_SMTP_PORT, SOKO_SMTP_USER, SOKO_SMTP_PASSWORD and SOKO_SMTP_TLS.")
def mail() -> str:
    """Somebody takes our mail."""
    if settings.EMBEDDED:
        return "Printed, not sent."
    server = mailers.default
    server.open()
    server.close()
    return "The mail server takes mail."


@examines("clock", "Let both machines keep time by NTP.")
def clock() -> str:
    """This machine and the database agree on the time: tokens and schedules live by it."""
    if connection.vendor != "postgresql":
        return "There is one machine, and one clock."
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs: datetime = cursor.fetchone()[0]
    apart = abs(timezone.now() - theirs)
    if apart > APART:
        raise Ill(
            f"The database's clock is {apart.total_seconds():.0f} seconds off.", "Let both machines keep time by NTP."
        )
    return "The database's clock agrees."
