#!/usr/bin/env python3
"""Everything that production runs, on this machine and without containers: `python deploy/processes.py --port 8000`.

Settings come from the environment, or from a file of NAME=value lines (--settings). It applies migrations, collects static
files, starts what compose.yaml starts, on 127.0.0.1 only, and keeps it running; Ctrl-C or TERM stops it in good order.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PREPARATIONS = ("python manage.py migrate --no-input", "python manage.py collectstatic --no-input")
COMMANDS = {
    "web": "python -m gunicorn --config deploy/gunicorn.conf.py --bind {host}:{web} core.wsgi:application",
    "sockets": (
        "python -m uvicorn --host {host} --port {sockets} --lifespan off --ws-max-size 4096 --limit-concurrency 1000"
        " --timeout-graceful-shutdown 5 --no-access-log --no-server-header --log-level warning core.asgi:application"
    ),
    "worker": "python -m celery --app core.celery worker --concurrency 2 --without-gossip --without-mingle",
    "scheduler": "python -m celery --app core.celery beat --schedule {folder}/beat --pidfile=",
}
#: What runs in the background may take longer over a statement than a request may.
PATIENT = {"worker": "60000", "scheduler": "60000"}
#: To this machine, wherever the environment says a proxy is.
STRAIGHT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
STOPS_IN = 30.0
STARTS_IN = 90.0
NGINX = """daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
worker_processes 2;
events {{ worker_connections 4096; }}
http {{
    include {types};
    default_type application/octet-stream;
    access_log off;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    include {folder}/soko.conf;
}}
"""


class Refused(Exception):
    """What cannot be started, in one sentence."""


@dataclass
class Production:
    """The processes of one production: `port` is the public one, the two after it are gunicorn's and uvicorn's."""

    folder: Path
    port: int
    environment: Mapping[str, str] = field(default_factory=dict)
    inherited: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    host: str = "127.0.0.1"
    scheme: str = "$scheme"
    running: dict[str, subprocess.Popen] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def names(self) -> tuple[str, ...]:
        """All processes, in the order in which they start."""
        return (*COMMANDS, "nginx")

    def prepare(self) -> None:
        """Apply migrations, collect static files, write what nginx reads."""
        self._refuse_what_cannot_be()
        self.folder.mkdir(parents=True, exist_ok=True)
        for command in PREPARATIONS:
            done = subprocess.run(self._words(command), cwd=ROOT, env=self.ground(), capture_output=True, text=True)
            with (self.folder / "prepare.log").open("a") as log:
                log.write(done.stdout + done.stderr)
            if done.returncode:
                raise Refused(f"`{command}` failed:\n{(done.stderr or done.stdout).strip()[-3000:]}")
        self._write_nginx()

    def start(self) -> None:
        """Prepare, start everything, and wait until it answers."""
        self.prepare()
        try:
            for name in self.names:
                self.spawn(name)
            self.wait_until_it_answers()
        except BaseException:
            self.stop()
            raise

    def spawn(self, name: str, **changed: str) -> None:
        """Start one process, with changes to its environment."""
        command = COMMANDS.get(name, f"{_nginx()} -p {self.folder} -c {self.folder}/nginx.conf -e stderr")
        with (self.folder / f"{name}.log").open("a") as log:
            self.running[name] = subprocess.Popen(
                self._words(command),
                cwd=ROOT,
                env=self.ground(name) | changed,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches this script alone, which then stops them in order
            )

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """Signal one process with all of its children, and wait for its end: by default as a power cut would."""
        process = self.running.pop(name)
        _signal(process, number)
        process.wait(STOPS_IN)

    def restart(self, name: str, **changed: str) -> None:
        """End one process in good order, if it runs, and start it again."""
        self.end(name)
        self.spawn(name, **changed)

    def stop(self) -> None:
        """End everything in good order: the door first, then the rest at once. What does not end in time is killed."""
        self.end("nginx")
        self.end(*COMMANDS)

    def ended(self) -> list[str]:
        """The processes that have ended by themselves."""
        return [name for name, process in self.running.items() if process.poll() is not None]

    def wait_until_it_answers(self, patience: float = STARTS_IN) -> None:
        """Wait for the public door. Refuses when it stays shut, or when a process ends meanwhile."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            for name in self.ended():
                raise Refused(f"{name} ended at once:\n{self.log(name)}")
            if self._answers() and _is_open(self.host, self.port + 2):
                return
            time.sleep(0.2)
        raise Refused(f"{self.base_url} does not answer:\n{self.log('web')}")

    def log(self, name: str) -> str:
        """The end of what a process has said."""
        place = self.folder / f"{name}.log"
        return place.read_text()[-3000:] if place.exists() else ""

    def _answers(self) -> bool:
        hosts = self.ground().get("SOKO_ALLOWED_HOSTS", self.host).split(",")
        request = urllib.request.Request(
            f"{self.base_url}/healthz", headers={"Host": hosts[0].strip(), "X-Forwarded-Proto": "https"}
        )
        try:
            with STRAIGHT.open(request, timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def end(self, *names: str) -> None:
        """End these in good order, those of them that run."""
        ending = {name: self.running.pop(name) for name in names if name in self.running}
        for name, process in ending.items():
            # gunicorn, celery and uvicorn finish what they do on TERM; nginx does on QUIT.
            if process.poll() is None:
                process.send_signal(signal.SIGQUIT if name == "nginx" else signal.SIGTERM)
        deadline = time.monotonic() + STOPS_IN
        for process in ending.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            _signal(process, signal.SIGKILL)  # and whatever is left of its children
            process.wait(STOPS_IN)

    def _words(self, command: str) -> list[str]:
        filled = command.format(host=self.host, web=self.port + 1, sockets=self.port + 2, folder=self.folder)
        return [sys.executable if word == "python" else word for word in filled.split()]

    def ground(self, name: str = "") -> dict[str, str]:
        """The environment that a process sees."""
        ground = {"SOKO_PROFILE": "production", "PYTHONUNBUFFERED": "1", **self.inherited, **self.environment}
        if name in PATIENT:
            ground.setdefault("SOKO_STATEMENT_TIMEOUT_MS", PATIENT[name])
        return ground

    def _refuse_what_cannot_be(self) -> None:
        if _nginx() is None:
            raise Refused("nginx is not installed (on Debian: apt-get install nginx-light).")
        for port in (self.port, self.port + 1, self.port + 2):
            if _is_open(self.host, port):
                raise Refused(f"Port {port} on {self.host} is taken; choose another with --port.")

    def _write_nginx(self) -> None:
        var = Path(self.ground().get("SOKO_VAR") or ROOT / "var")
        values = {
            "LISTEN": f"{self.host}:{self.port}",
            "SCHEME": self.scheme,
            "WEB": f"{self.host}:{self.port + 1}",
            "SOCKETS": f"{self.host}:{self.port + 2}",
            "STATIC": str(var / "static"),
            "MEDIA": self.ground().get("SOKO_MEDIA") or str(var / "media"),
        }
        text = (ROOT / "deploy/nginx/soko.conf.template").read_text()
        for name, value in values.items():
            text = text.replace(f"${{{name}}}", value)
        (self.folder / "soko.conf").write_text(text)
        types = next((each for each in TYPES if each.exists()), TYPES[0])
        (self.folder / "nginx.conf").write_text(NGINX.format(folder=self.folder, types=types))


TYPES = (
    Path("/etc/nginx/mime.types"),
    Path("/usr/local/etc/nginx/mime.types"),
    Path("/opt/homebrew/etc/nginx/mime.types"),
)


def _nginx() -> str | None:
    """Where nginx is; Debian puts it where only root looks."""
    return shutil.which("nginx", path=os.pathsep.join([*os.get_exec_path(), "/usr/sbin"]))


def _signal(process: subprocess.Popen, number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _is_open(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def read_settings(place: Path) -> dict[str, str]:
    """The variables of a file of NAME=value lines."""
    lines = (line.strip() for line in place.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _equals, value in pairs}


def keep_running(production: Production) -> None:
    """Start again whatever ends by itself, until somebody stops this script."""
    while True:
        time.sleep(1)
        for name in production.ended():
            code = production.running.pop(name).returncode
            sys.stdout.write(f"{name} ended with {code}; starting it again\n")
            sys.stdout.flush()
            production.spawn(name)


def _interrupt(*_told: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--port", type=int, default=8000, help="the public port; the next two are used as well")
    words.add_argument("--folder", type=Path, default=ROOT / "var" / "processes", help="logs and pid files")
    words.add_argument("--settings", type=Path, help="a file of NAME=value lines, as deploy/.env.example")
    words.add_argument(
        "--behind-tls", action="store_true", help="everything comes through TLS, also where nobody says so"
    )
    said = words.parse_args()
    settings = read_settings(said.settings) if said.settings else {}
    production = Production(said.folder.resolve(), said.port, settings)
    if said.behind_tls:
        production.scheme = "https"
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        production.start()
        sys.stdout.write(f"Soko answers at {production.base_url}; logs are in {production.folder}. Ctrl-C stops it.\n")
        sys.stdout.flush()
        keep_running(production)
    except Refused as refusal:
        sys.stderr.write(f"soko: {refusal}\n")
        return 1
    except KeyboardInterrupt:
        sys.stdout.write("Stopping.\n")
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        production.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
