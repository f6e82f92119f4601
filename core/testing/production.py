"""A production of a test's own: the processes of deploy/processes.py with a PostgreSQL cluster and a Redis that it may break."""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from core.testing.services import Cluster, MailServer, RedisServer, free_ports

ROOT = Path(__file__).resolve().parents[2]
OWN_SETTINGS = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "SOKO_", "PYTEST")
FIRST_PORT = int(os.environ.get("SOKO_TEST_PORTS", "8441"))


def deploy_script() -> Any:
    """deploy/processes.py as a module."""
    name = "deploy_processes"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "deploy" / "processes.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


class Rehearsal:
    """Production on this machine. `start(**environment)`, `stop()`, `kill("web")`, `restart("worker", SOKO_CRASH_AT=…)`;
    `postgres` and `redis` may be stopped, restarted and killed beside. Processes: web, sockets, worker, scheduler, nginx.
    """

    def __init__(self, folder: Path, **environment: str) -> None:
        ports = free_ports(7, first=FIRST_PORT)
        self.folder, self.spare_port = folder, ports[6]
        self.postgres = Cluster(folder / "postgres", ports[3])
        self.redis = RedisServer(folder / "redis", ports[4])
        self.mail = MailServer(ports[5])
        self.environment = {
            "SOKO_PROFILE": "production",
            "SOKO_REHEARSAL": "1",
            "SOKO_SECRET_KEY": "rehearsal-of-the-secret-key-" + "0123456789" * 3,
            "SOKO_TOKEN_KEY": "rehearsal-of-the-token-key-" + "9876543210" * 2,
            "SOKO_ALLOWED_HOSTS": "127.0.0.1,localhost",
            "SOKO_PROXIES": "1",
            "SOKO_LIMITS_FACTOR": "1000",
            "SOKO_UNPAID_ORDERS": "1000",
            "SOKO_METRICS_TOKEN": "rehearsal-of-the-metrics-token",
            "DATABASE_URL": f"{self.postgres.url}/soko",
            "REDIS_URL": f"{self.redis.url}/0",
            "SOKO_BROKER_URL": f"{self.redis.url}/1",
            "SOKO_SMTP_HOST": "127.0.0.1",
            "SOKO_SMTP_PORT": str(ports[5]),
            "SOKO_SMTP_TLS": "0",
            "SOKO_VAR": str(folder / "var"),
            "SOKO_TRUSTED_ORIGINS": f"http://127.0.0.1:{ports[0]}",
        } | environment
        # Nothing of the settings of whoever runs the tests.
        inherited = {name: each for name, each in os.environ.items() if not name.startswith(OWN_SETTINGS)}
        self.processes = deploy_script().Production(folder / "processes", ports[0], self.environment, inherited)
        self.processes.scheme = "https"  # as behind somebody who ends TLS

    @property
    def base_url(self) -> str:
        return self.processes.base_url

    @property
    def sockets_url(self) -> str:
        return self.base_url.replace("http", "ws", 1)

    def client(self, **headers: str) -> httpx.Client:
        """A client, with headers of its own."""
        return httpx.Client(base_url=self.base_url, headers=headers, timeout=30, trust_env=False)

    def start(self, **changed: str) -> None:
        """Make the cluster and Redis, and start every process."""
        self.environment |= changed  # the processes hold the same
        if not self.postgres.folder.exists():
            self.postgres.create()
        self.redis.start()
        self.processes.start()

    def stop(self) -> None:
        """End everything, in good order, and delete the cluster."""
        self.processes.stop()
        self.redis.stop()
        self.mail.stop()
        self.postgres.destroy()

    def kill(self, name: str) -> None:
        """End a process and its children at once, as a power cut would."""
        self.processes.kill(name)

    def end(self, *names: str) -> None:
        """End processes in good order: they finish what they do."""
        self.processes.end(*names)

    def restart(self, name: str, **changed: str) -> None:
        """Start a process (again), with changes to its environment for as long as it lives."""
        self.processes.restart(name, **changed)

    def manage(self, *words: str, check: bool = True, **changed: str) -> subprocess.CompletedProcess[str]:
        """Run a command of manage.py in this production."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT, env=self.processes.ground() | changed, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def doctor(self) -> dict[str, Any]:
        """What `manage.py doctor --json` finds."""
        return json.loads(self.manage("doctor", "--json", check=False).stdout)


@contextmanager
def rehearsal_folder() -> Iterator[Path]:
    """A folder that the account of PostgreSQL may pass through."""
    with tempfile.TemporaryDirectory(prefix="soko-rehearsal-") as place:
        Path(place).chmod(0o755)
        yield Path(place)
