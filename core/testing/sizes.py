"""How much of a long test is run: a sample of it in `make test`, all of it in `make storm`."""

import os

IS_WHOLE = os.environ.get("SOKO_STORM") == "whole"
