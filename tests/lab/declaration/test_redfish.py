"""The fence of writers by the machines' own management controllers (law 1)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from deploy.lab.redfish import AUTHORITY, LOGIN, address_of, system_of
from deploy.site import CONTROL, Site, begin_anew
from tests.lab.declaration.declaring import NEW, OLD, Declaring

pytestmark = pytest.mark.lab


@pytest.fixture
async def by_redfish(site: Site, client: Client) -> AsyncIterator[Declaring]:
    """An estate whose old center is powered off by Redfish, machine by machine."""
    systems = ", ".join(system_of(host.label) for host in site.lab.layout.hosts_of(OLD))
    commands = [
        f'        run:     {{at: pdu-ctl, command: "off {OLD}"}}\n',
        f'        lift:    {{at: pdu-ctl, command: "on {OLD}"}}\n',
        f'        confirm: {{at: pdu-ctl, command: "status {OLD}", says: "off"}}\n',
    ]
    controllers = f"url: {address_of(site.lab.layout)}, login: {LOGIN}, tls_ca: {AUTHORITY}"
    written = f"        redfish: {{{controllers}, systems: [{systems}]}}\n"
    await begin_anew(site, client, {"".join(commands): written})
    site.lab.controllers([CONTROL, NEW])
    made = Declaring(site, client)
    yield made
    made.outside.stop()


async def test_cut_off_and_powered_off_by_redfish(by_redfish: Declaring) -> None:
    """A local program writes on until every machine is off by its own controller's word; then the other side opens."""
    declaring, machines = by_redfish, by_redfish.lab.machines
    await declaring.load(seconds=0.5)
    declaring.lab.local_writer(OLD).start()
    declaring.lose()
    shown = await declaring.declared()
    assert not [line for line in shown.readiness if "power" in line]
    result = await declaring.end()
    declaring.first_write()
    truth = declaring.truth()
    assert not any(machines.is_on(host) for host in declaring.lab.layout.hosts_of(OLD))
    assert truth.old_last_commit and truth.promoted_at
    assert declaring.approved_at < truth.old_last_commit < result.facts["fenced"] < truth.promoted_at
    assert not truth.both_sides_accepted_writes
    declaring.tell(result, truth)
    declaring.assert_once()
