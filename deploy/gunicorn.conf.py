"""How gunicorn serves HTTP: a few processes with a few threads each; what hangs is ended, what works may finish."""

import os
from pathlib import Path
from typing import Any

workers = int(os.environ.get("SOKO_WEB_WORKERS", "2"))
threads = int(os.environ.get("SOKO_WEB_THREADS", "4"))
worker_class = "gthread"
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
timeout = 30
graceful_timeout = 20
keepalive = 35  # longer than nginx keeps its own, so that nobody writes into a connection that is being closed
max_requests, max_requests_jitter = 20_000, 2_000
forwarded_allow_ips = "*"  # only nginx reaches this port; what it says of the client is counted by SOKO_PROXIES
loglevel = "warning"


def child_exit(_server: Any, worker: Any) -> None:
    """What a dead process counted stays counted; what it measured last does not."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client import multiprocess  # only once somebody watches

        multiprocess.mark_process_dead(worker.pid)
