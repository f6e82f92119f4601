"""The third part of `make bench`: an import that is killed half-way and goes on, and an export of very many rows.

Each job runs in a process of its own, as a worker would run it, and its memory is sampled from outside. The import is
checked first (its dry run), then begun, killed with SIGKILL when half of it is done, taken up again as a lost job is, and
counted: every row must be there once, with one history row, one audit entry and one result. The export takes those rows
and as many more, made by SQL, as it was asked for.

DATABASE_URL names an empty database; without it PostgreSQL is started for the while, or SQLite used where there is none.
SOKO_BENCH_IMPORT sets how many rows are imported (100,000), SOKO_BENCH_EXPORT how many are exported (1,000,000),
SOKO_BENCH_FORMAT as what (csv).
"""

import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IMPORT = int(os.environ.get("SOKO_BENCH_IMPORT", "100000"))
EXPORT = int(os.environ.get("SOKO_BENCH_EXPORT", "1000000"))
FORMAT = os.environ.get("SOKO_BENCH_FORMAT", "csv")
LONGEST = 3600
FIRST_PORT = int(os.environ.get("SOKO_TEST_PORTS", "8441"))


@dataclass
class Watched:
    """A process that ran a job: how long, and its memory in megabytes as it went on."""

    seconds: float = 0.0
    killed_at: int = 0
    memory: list[float] = field(default_factory=list)

    def words(self, rows: int) -> str:
        """Rows a second, and the memory of the second tenth of the run beside the highest."""
        early, most = self.memory[len(self.memory) // 5] if self.memory else 0.0, max(self.memory, default=0.0)
        rate = rows / max(self.seconds, 0.001)
        return f"{rows:>9,} rows {self.seconds:8.1f} s {rate:8,.0f} rows/s   memory {early:.0f}, at most {most:.0f} MB"


def ready() -> None:
    """Make Django ready in this process."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
    import django

    django.setup()


def work(key: int) -> None:
    """What a worker does with a job."""
    ready()
    from core.jobs import running

    running.run(key)


def watched(key: int, *, kill_at: int | None = None) -> Watched:
    """Run a job in a process of its own; kill it when so many of its rows are done."""
    from django.db import connection

    from core.jobs.models import Job

    found, begun = Watched(), time.perf_counter()
    process = subprocess.Popen([sys.executable, __file__, "--work", str(key)], cwd=ROOT)
    while process.poll() is None:
        found.memory.append(resident(process.pid))
        done, status = Job.objects.values_list("done_count", "status").get(pk=key)
        if status == "waiting":  # the process is still starting, which a worker has behind it
            begun, found.memory = time.perf_counter(), []
        if kill_at is not None and done >= kill_at:
            process.send_signal(signal.SIGKILL)
            process.wait()
            found.killed_at = done
            break
        if time.perf_counter() - begun > LONGEST:
            process.kill()
            raise SystemExit(f"Job {key} took longer than {LONGEST} s.")
        time.sleep(0.05)
    connection.close()
    found.seconds = time.perf_counter() - begun
    if kill_at is None and process.returncode:
        raise SystemExit(f"The worker of job {key} ended with {process.returncode}.")
    return found


def resident(pid: int) -> float:
    """The memory of a process, in megabytes."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), 0.0)


def must(held: object, wanted: object, what: str) -> None:
    if held != wanted:
        raise SystemExit(f"{what}: {held!r} instead of {wanted!r}")


def written(path: Path) -> None:
    """A file of so many cars, each with a key of its own."""
    with path.open("w", newline="") as out:
        lines = csv.writer(out)
        lines.writerow(
            ["reference", "title", "description", "category", "price", "price_currency", "modes", "city", "latitude",
             "longitude", "attr.make", "attr.year", "attr.automatic", "attr.features", "attr.inspected", "remark"]
        )  # fmt: skip
        for n in range(IMPORT):
            lines.writerow(
                [f"R-{n:07}", f"Toyota Vitz {n}", "Runs well, one owner.", "cars", f"{1000 + n % 5000}.50", "KES", "contact",
                 "Nairobi", "-1.28", "36.8", "toyota", 1990 + n % 30, "yes", "abs|airbag", "2024-01-31", "kept apart"]
            )  # fmt: skip


def main() -> None:
    sys.path.insert(0, str(ROOT))
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        os.environ |= {"SOKO_VAR": folder, "SOKO_DEMO": "1"}
        os.environ.setdefault("SOKO_STATEMENT_TIMEOUT_MS", "120000")
        os.environ.pop("REDIS_URL", None)
        if "DATABASE_URL" not in os.environ and Path("/usr/lib/postgresql").is_dir():
            from core.testing.services import Cluster, free_ports

            Path(folder).chmod(0o755)  # PostgreSQL's account passes through
            cluster = Cluster(Path(folder) / "postgres", free_ports(1, first=FIRST_PORT)[0])
            stack.callback(cluster.destroy)
            cluster.create()
            os.environ["DATABASE_URL"] = f"{cluster.url}/soko"
        manage = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(manage, cwd=ROOT, check=True)
        ready()
        told = measured(Path(folder))
    print(json.dumps(told))


def measured(folder: Path) -> dict[str, float]:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from core.audiences import VENDOR
    from core.resources.registry import resource_of
    from core.rules import actor_of
    from core.transfers import imports, uploads
    from core.transfers.mapping import Understanding
    from marketplace.accounts.tests.factories import make_user
    from marketplace.catalog.models import Listing
    from marketplace.catalog.tests.factories import cars
    from marketplace.vendors.tests.factories import make_vendor

    cars()
    user = make_user()
    make_vendor(owner=user)
    by, resource = actor_of(user, VENDOR), resource_of(Listing)
    assert resource is not None
    path = folder / "cars.csv"
    written(path)
    file = uploads.keep(resource, by, SimpleUploadedFile("cars.csv", path.read_bytes()))
    plan = Understanding(resource, by, file).usual({})
    check = imports.start_check(resource, by, file, plan)
    dry = watched(check.pk)
    print("dry run          ", dry.words(IMPORT), flush=True)
    job = imports.start_import(resource, by, file, plan)
    first = watched(job.pk, kill_at=IMPORT // 2 if IMPORT >= 10_000 else 1)
    must(bool(first.killed_at), True, "killed half-way")
    print("import, to SIGKILL", first.words(first.killed_at), flush=True)
    taken_up(job.pk)
    rest = watched(job.pk)
    print("import, taken up ", rest.words(IMPORT - first.killed_at), flush=True)
    counted(job.pk)
    again = watched(imports.start_import(resource, by, file, plan).pk)
    print("the same again   ", again.words(IMPORT), flush=True)
    must(Listing.objects.count(), IMPORT, "listings after the same file again")
    out = exported(resource, by)
    return {
        "dry_run": IMPORT / dry.seconds,
        "import": IMPORT / (first.seconds + rest.seconds),
        "import_memory": max(*first.memory, *rest.memory),
        "again": IMPORT / again.seconds,
        "export": max(EXPORT, IMPORT) / out.seconds if out.seconds else 0.0,
        "export_memory": max(out.memory, default=0.0),
    }


def taken_up(key: int) -> None:
    """What the clock does with a job whose process has been silent for two minutes, which nobody waits for here."""
    from datetime import timedelta

    from django.utils import timezone

    from core.jobs import running
    from core.jobs.models import Job

    Job.objects.filter(pk=key).update(beat_at=timezone.now() - timedelta(minutes=5))
    must(running.rescue() >= 1, True, "taken up")
    must(Job.objects.get(pk=key).status, "waiting", "state of the job that was taken up")


def counted(key: int) -> None:
    """No row lost, none doubled, and each with its history, its audit entry and its result."""
    from django.db.models import Count

    from core.jobs.models import Job, JobRow
    from core.models import Audit
    from marketplace.catalog.models import Listing, PriceChange

    job = Job.objects.get(pk=key)
    must((job.status, job.done_count, job.failed_count), ("done", IMPORT, 0), "the job")
    must(Listing.objects.aggregate(n=Count("reference", distinct=True))["n"], IMPORT, "listings by reference")
    must(Listing.objects.count(), IMPORT, "listings")
    must(Listing.history.count(), IMPORT, "history rows")
    must(Audit.objects.filter(model="catalog.listing", verb="create").count(), IMPORT, "audit entries")
    must(PriceChange.objects.count(), IMPORT, "price facts")
    told = JobRow.objects.filter(job=job, message="created")
    must(told.aggregate(n=Count("object_id", distinct=True))["n"], IMPORT, "results")


def exported(resource: object, by: object) -> Watched:
    """Fill up by SQL to as many rows as are to be exported, and export them."""
    from django.db import connection

    from core.jobs.models import Job
    from core.transfers import exports, uploads
    from marketplace.catalog.models import Listing

    if not EXPORT:
        return Watched()
    columns = [
        each.column
        for each in Listing._meta.concrete_fields
        if each.column not in ("id", "slug", "handle", "reference")
    ]
    quoted = ", ".join(connection.ops.quote_name(each) for each in columns)
    held = Listing.objects.count()
    while held < EXPORT:
        step = min(held, EXPORT - held, 50_000)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO catalog_listing (slug, handle, {quoted}) "  # noqa: S608  the model's own column names
                f"SELECT 'more-' || CAST(id + %s AS text), 'h' || CAST(id + %s AS text), {quoted} "
                "FROM catalog_listing ORDER BY id LIMIT %s",
                [held, held, step],
            )
        held += step
    job = exports.start_export(resource, by, query="", kind=FORMAT)
    run = watched(job.pk)
    print(f"export to {FORMAT:8}", run.words(held), flush=True)
    done = Job.objects.get(pk=job.pk)
    must((done.status, done.done_count), ("done", held), f"the export ({done.fault})")  # no fewer than were imported
    if FORMAT == "csv":
        with open(uploads.storage().path(done.result["path"]), newline="") as out:
            must(sum(1 for _line in csv.reader(out)), held + 1, "lines")
    return run


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(int(sys.argv[2]))
    else:
        main()
