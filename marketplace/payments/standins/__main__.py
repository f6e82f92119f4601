"""`python -m marketplace.payments.standins`: serve until told to end. The first line on stdout is the address."""

import argparse
import os
import sys
import threading

from marketplace.payments.standins.server import StandIns


def main() -> None:
    words = argparse.ArgumentParser(prog="standins", description=__doc__)
    words.add_argument("--port", type=int, default=0, help="0, unless said: any free one")
    words.add_argument("--leash", action="store_true", help="end when standard input does")
    said = words.parse_args()
    server = StandIns(secret=os.environ["SOKO_MOCK_GATEWAY_SECRET"], port=said.port)
    if said.leash:
        threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
