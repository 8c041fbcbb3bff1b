"""A process that renews one guard of this machine: DIRECTORY PLACE GENERATION FOLDER ORDER (the last as JSON)."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import cast

from activities.guarding import words
from activities.guarding.renewer import Renewer
from activities.models import Command, CommandResult, GuardOrder, Target
from activities.remote import Remote


class Here:
    """The host is this machine, and the guard lies in `folder`."""

    def __init__(self, order: GuardOrder, folder: str) -> None:
        self._usual = words.folder_of(order)
        self._folder = folder

    async def look(self, target: Target, command: Command) -> CommandResult:
        line = command.run.replace(self._usual, self._folder)
        made = await asyncio.create_subprocess_shell(line, stdout=asyncio.subprocess.PIPE)
        output, _ = await made.communicate()
        return CommandResult(exit_code=made.returncode or 0, output=output.decode(), seconds=0.0)


async def main(directory: str, place: str, generation: str, folder: str, order: str) -> None:
    terms = GuardOrder.model_validate_json(order)
    renewer = Renewer(cast(Remote, Here(terms, folder)), Path(directory), place)
    renewer.enrol(int(generation))
    renewer.configure([terms])
    await renewer.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
