"""`python -m deploy.dev`: the dev server with its Web UI until Ctrl-C; its runs stay in its database."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path

from deploy.dev.errors import DevServerError
from deploy.dev.temporal_server import EVERYWHERE, LOOPBACK, DevServer


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.dev", description=__doc__)
    parser.add_argument("--database", type=Path, default=Path("build/dev/temporal.db"))
    parser.add_argument("--ip", default=LOOPBACK, choices=(LOOPBACK, EVERYWHERE))
    parser.add_argument("--port", type=int, default=7233, help="0 chooses a free one (default: 7233)")
    parser.add_argument("--ui-ip", default=LOOPBACK)
    parser.add_argument("--ui-port", type=int, default=8233, help="0 chooses a free one (default: 8233)")
    parser.add_argument("--namespace", default="default")
    return parser.parse_args()


def serve(server: DevServer) -> None:
    with server:
        print(f"Temporal  {server.address}\nWeb UI    {server.ui_address}")
        print(f"log       {server.log}\nCtrl-C ends it", flush=True)
        while server.pid is not None:
            time.sleep(0.5)
    raise DevServerError(f"the Temporal server ended by itself (see {server.log})")


def main() -> int:
    chosen = options()
    for stop in (signal.SIGTERM, signal.SIGINT):  # a shell starts background programs with SIGINT ignored
        signal.signal(stop, signal.default_int_handler)
    try:
        serve(DevServer(**vars(chosen)))
    except KeyboardInterrupt:
        return 0
    except DevServerError as error:
        print(f"dev: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
