"""How gunicorn serves HTTP: a few processes with a few threads each; what hangs is ended, what works may finish."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

workers = int(os.environ.get("SOKO_WEB_WORKERS", "2"))
threads = int(os.environ.get("SOKO_WEB_THREADS", "4"))
worker_class = "gthread"
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # the heartbeat must not wait for a disk
timeout = 30
graceful_timeout = 20
keepalive = 75  # longer than nginx keeps its own, so that nobody writes into a connection that is being closed
max_requests, max_requests_jitter = 20_000, 2_000
forwarded_allow_ips = "*"  # only nginx reaches this port; what it says of the client is counted by SOKO_PROXIES
loglevel = "warning"

own_folder = ""
is_watched = bool(os.environ.get("SOKO_METRICS_TOKEN") or os.environ.get("SOKO_METRICS_TOKEN_FILE"))
if is_watched and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    # Whoever asks one process hears what all have counted.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = own_folder = tempfile.mkdtemp(prefix="soko-metrics-")


def child_exit(_server: Any, worker: Any) -> None:
    """What a dead process counted stays counted; what it measured last does not."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client import multiprocess  # it reads the folder's name when it is imported

        multiprocess.mark_process_dead(worker.pid)


def on_exit(_server: Any) -> None:
    """What was counted ends with the server."""
    if own_folder:
        shutil.rmtree(own_folder, ignore_errors=True)
