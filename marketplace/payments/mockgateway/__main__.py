"""`python -m marketplace.payments.mockgateway`: serve until told to end. The first line on stdout is the address."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path
from typing import NoReturn

from marketplace.payments.mockgateway.server import GatewayServer


def serve(*, secret: str, port: int = 0, notify: str = "", file: Path | None = None) -> NoReturn:
    """Serve from this process, saying where, until SIGTERM or Ctrl-C. OSError when the port cannot be had."""
    gateway = GatewayServer(secret=secret, port=port, notify=notify, file=file)
    for each in (signal.SIGTERM, signal.SIGINT):
        # At once: every change is in the file already, and webhooks that are still due are nobody's loss but the receiver's.
        signal.signal(each, lambda *_seen: os._exit(0))
    sys.stdout.write(f"{gateway.url}\n")
    sys.stdout.flush()
    gateway.serve_forever()
    raise SystemExit


def _end_with_stdin() -> None:
    """Whoever started this may be killed without a chance to end it; its end of the pipe is closed all the same."""
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> NoReturn:
    words = argparse.ArgumentParser(prog="mockgateway", description=__doc__)
    words.add_argument("--port", type=int, default=0, help="0, unless said: any free one")
    words.add_argument("--notify", default="", help="the address that webhooks are sent to")
    words.add_argument("--file", type=Path, help="where payments are kept between two runs")
    words.add_argument("--leash", action="store_true", help="end when standard input does")
    said = words.parse_args()
    if said.leash:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    serve(secret=os.environ["SOKO_MOCK_GATEWAY_SECRET"], port=said.port, notify=said.notify, file=said.file)


if __name__ == "__main__":
    main()
