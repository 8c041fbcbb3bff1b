"""`python -m starter` is `muster`."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import NoReturn

from starter.cli import main


def run() -> NoReturn:
    """The console script. Leaves at once when all is said: threads of the Temporal client must not end it badly."""
    _open_streams()
    code = main()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _open_streams() -> None:
    """A stream that the caller closed (`<&-`, `>&-`) leads nowhere; letters that a terminal lacks are codes."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: SIM115 - for as long as the program
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 - for as long as the program
        else:
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    run()
