"""`python -m worker --center NAME | --control`."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import NoReturn

from worker.main import main


def run() -> NoReturn:
    """Leaves at once when all is done: threads of the Temporal client must not end it badly."""
    code = main()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    run()
