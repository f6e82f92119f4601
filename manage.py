#!/usr/bin/env python3
"""The door to every command."""

import os
import sys


def main() -> None:
    if sys.version_info < (3, 12):
        sys.exit(f"Soko needs Python 3.12 or newer; this is {sys.version.split()[0]}. `make setup` finds one.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
