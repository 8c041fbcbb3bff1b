"""`python -m deploy.site.standing GATES …`: a worker whose activities stand still where a fault is to strike them.

While GATES/ACTIVITY.before is there, an activity of that name stands before its work; while GATES/ACTIVITY.after is, it
has done its work and has not told of it. Each that stands appends a line to GATES/ACTIVITY.stood. All other arguments
are the worker's own. The product has no door for this, and shall have none: its `Worker` is replaced from outside.
"""

from __future__ import annotations

import asyncio
import functools
import sys
from pathlib import Path
from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

import worker.main

LOOK_S = 0.02


class Standing(Interceptor):
    def __init__(self, gates: Path) -> None:
        self._gates = gates

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Inbound(next, self._gates)


class _Inbound(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, gates: Path) -> None:
        super().__init__(next)
        self._gates = gates

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        await self._stand("before")
        result = await super().execute_activity(input)
        await self._stand("after")
        return result

    async def _stand(self, when: str) -> None:
        name = activity.info().activity_type
        gate = self._gates / f"{name}.{when}"
        if not gate.exists():
            return
        with (self._gates / f"{name}.stood").open("a") as stood:
            stood.write(f"{when}\n")
        while gate.exists():
            await asyncio.sleep(LOOK_S)


class Gates:
    """The gates of one worker, as whoever strikes sees them."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def close(self, activity_name: str, when: str) -> None:
        """From now on activities of this name stand there. A gate that is closed already stays as it is."""
        gate = self.place / f"{activity_name}.{when}"
        if not gate.exists():
            self.place.mkdir(parents=True, exist_ok=True)
            (self.place / f"{activity_name}.stood").unlink(missing_ok=True)
            gate.touch()

    def open(self, activity_name: str) -> None:
        for when in ("before", "after"):
            (self.place / f"{activity_name}.{when}").unlink(missing_ok=True)

    def stood(self, activity_name: str) -> int:
        """How many have stood since the gate was closed."""
        path = self.place / f"{activity_name}.stood"
        return len(path.read_text().splitlines()) if path.exists() else 0


def main(gates: Path, words: list[str]) -> int:
    names = vars(worker.main)
    made = names["Worker"]

    @functools.wraps(made)
    def standing(*arguments: Any, interceptors: Any, **options: Any) -> Any:
        return made(*arguments, interceptors=[*interceptors, Standing(gates)], **options)

    names["Worker"] = standing
    return worker.main.main(words)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
