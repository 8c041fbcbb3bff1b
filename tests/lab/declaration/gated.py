"""A declaration whose fence and promotion stand still in their middle until a test opens the gate."""

from __future__ import annotations

from pathlib import Path

from temporalio.client import Client

from deploy.site import Site
from tests.lab.declaration.declaring import NEW, OLD, Declaring, until

# At most as long as the product's own limits for a device, then on: a test that forgets the gate fails by itself.
_STAND = (
    "echo x >> {at}/begun; n=0; until [ -e {at}/gate ] || [ $n -gt 180 ]; do sleep 0.1; n=$((n+1)); done; "
)


class Gated(Declaring):
    def __init__(self, site: Site, client: Client) -> None:
        super().__init__(site, client)
        layout = site.lab.layout
        self._homes = {
            f"fence-{OLD}": ("pdu-ctl", "/home/netops"),
            "promote-core-banking.ledger": (f"{NEW}/db-1", "/var/lib/postgresql"),
        }
        self._disks = {
            step: layout.disk(layout.host(host)) / home.lstrip("/")
            for step, (host, home) in self._homes.items()
        }

    @property
    def changes(self) -> dict[str, str]:
        """What is replaced in the shipped plan."""
        fence, promotion = (_STAND.format(at=home) for _, home in self._homes.values())
        ends = {step: f" && echo x >> {home}/ended" for step, (_, home) in self._homes.items()}
        off = f"off {OLD}"
        promote = 'psql -XAtqc "select pg_promote()" | grep -qx t'
        return {
            f'command: "{off}"': f"command: '{fence}{off}{ends[f'fence-{OLD}']}'",
            "login: ledger-admin}": (
                f"login: ledger-admin, promote: '{promotion}{promote}{ends['promote-core-banking.ledger']}'}}"
            ),
        }

    async def stands(self, step: str) -> None:
        """Until the step's command has begun on its host."""
        await until(lambda: self.begun(step) > 0, f"the command of {step} has not begun")

    def begun(self, step: str) -> int:
        """How often the step's command was begun, by the host's disk."""
        return _lines(self._disks[step] / "begun")

    def ended(self, step: str) -> int:
        return _lines(self._disks[step] / "ended")

    def open(self, step: str) -> None:
        (self._disks[step] / "gate").touch()


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines()) if path.exists() else 0
