"""`python -m marketplace.shipping.mockcarrier`: serve until told to end. The first line on stdout is the address."""

import argparse
import os
import signal
import sys
import threading
from typing import NoReturn

from marketplace.shipping.mockcarrier.server import CarrierServer


def _end_with_stdin() -> None:
    """Whoever started this may be killed without a chance to end it; its end of the pipe is closed all the same."""
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> NoReturn:
    words = argparse.ArgumentParser(prog="mockcarrier", description=__doc__)
    words.add_argument("--port", type=int, default=0, help="0, unless said: any free one")
    words.add_argument("--leash", action="store_true", help="end when standard input does")
    said = words.parse_args()
    if said.leash:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    server = CarrierServer(secret=os.environ["SOKO_MOCK_CARRIER_SECRET"], port=said.port)
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_seen: os._exit(0))
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()
    server.serve_forever()
    raise SystemExit


if __name__ == "__main__":
    main()
