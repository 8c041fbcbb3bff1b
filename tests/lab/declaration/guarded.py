"""An estate whose dataset has guards on its hosts, and what a test does to them."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from activities.guarding.margins import least_margin
from deploy.lab.database import guard_folder, psql
from deploy.lab.errors import LabError
from deploy.site import CONTROL
from tests.lab.declaration.declaring import NEW, OLD, Declaring, until

AFTER, CLOSE_WITHIN = 10, 4
MARGIN = least_margin(AFTER, CLOSE_WITHIN, has_kill=False)  # the plan says none
DATABASE = f"{OLD}/db-1"
# runit: `force-stop` kills after its time and says 1 then, so the state is looked at.
CLOSE = "touch /etc/sv/postgres/down; sv -w 2 force-stop postgres; sv status postgres | grep -q ^down"
CHANGES: Mapping[str, str] = {
    "        hosts: {seoul: db-1, busan: db-1}\n": (
        f'        guard: {{after: {AFTER}s, close_within: {CLOSE_WITHIN}s, close: "{CLOSE}"}}\n'
        "        hosts: {seoul: db-1, busan: db-1}\n"
    )
}


class Guarded(Declaring):
    """`armed` before anything happens; then the guard is on its own."""

    def give_key(self) -> None:
        """The other center's worker renews the old one's guard, so it may log in there."""
        secrets = self.lab.layout.secrets
        shutil.copy(secrets / CONTROL / f"{OLD}-ssh", secrets / NEW / f"{OLD}-ssh")

    async def armed(self) -> None:
        """Both places have heard that the guard is armed."""
        await until(lambda: set(map(self.heard, (CONTROL, NEW))) == {"armed"}, "the guard is not armed", 60)

    def heard(self, place: str) -> str:
        """What a place, or another worker of it, heard last of the old side's guard, by its own disk."""
        return str(self._kept(place).get("answered", ""))

    def is_heeded(self, worker: str) -> bool:
        """Whether the guard told this worker that it listens to none of its place before it."""
        path = self.lab.layout.state / f"worker/{worker}/guards/renewer.json"
        own = json.loads(path.read_text())["generation"] if path.exists() else 0
        return bool(own) and self._kept(worker).get("acknowledged") == own

    def _kept(self, worker: str) -> dict[str, object]:
        path: Path = self.lab.layout.state / f"worker/{worker}/guards/core-banking.ledger@{OLD}.json"
        kept: dict[str, object] = json.loads(path.read_text()) if path.exists() else {}
        return kept

    @contextlib.contextmanager
    def no_keys(self) -> Iterator[None]:
        """Nobody outside may log in at the old side's hosts."""
        files = [self.lab.layout.secrets / place / f"{OLD}-ssh" for place in (CONTROL, NEW)]
        kept = {file: file.read_bytes() for file in files if file.exists()}
        for file in kept:
            file.unlink()
        try:
            yield
        finally:
            for file, content in kept.items():
                file.write_bytes(content)
                file.chmod(0o600)

    def by_hand(self) -> None:
        """Somebody at the host: switches the database's autostart on, asks for everything, and starts it."""
        program = f"{guard_folder(self.lab.layout)}/guard.sh"
        (self.lab.layout.disk(self.lab.layout.host(DATABASE)) / "etc/sv/postgres/down").unlink(
            missing_ok=True
        )
        for verb in ("rearm", "disarm"):
            self.lab.run_in(DATABASE, ["sh", program, verb])
            self.lab.run_in(DATABASE, ["sh", "-c", "sv start postgres || true"])

    def says(self) -> str:
        """The guard's own word, asked inside its host."""
        program = f"{guard_folder(self.lab.layout)}/guard.sh"
        return self.lab.run_in(DATABASE, ["sh", program, "status"]).split()[1]

    def writes(self) -> bool:
        """Whether the old side takes a write, asked inside its host."""
        try:
            psql(
                self.lab.machines,
                self.lab.layout.host(DATABASE),
                "create table if not exists probe (x int); insert into probe values (1)",
                "scratch",
            )
        except LabError:
            return False
        return True

    def kill_guard(self) -> None:
        """The process is gone, and its service manager does not bring it back."""
        self.lab.run_in(DATABASE, ["sv", "force-stop", "guard"])
