"""`python -m starter` is `muster`."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import NoReturn

from starter.cli import main


def run() -> NoReturn:
    """The console script. Leaves at once when all is said: threads of the Temporal client must not end it badly."""
    code = main()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    run()
