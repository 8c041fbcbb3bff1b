"""From a fence by Redfish, as the plan writes it, to the machines at their controllers."""

from __future__ import annotations

from urllib.parse import urlsplit

from activities.models import RedfishMachine, RedfishPower
from workflows.plan import Redfish


def redfish_power(written: Redfish) -> RedfishPower:
    return RedfishPower(
        machines=[_machine(system, written.url) for system in written.systems],
        login=written.login,
        tls_ca=written.tls_ca,
        insecure=written.insecure,
    )


def _machine(system: str, url: str | None) -> RedfishMachine:
    if "://" in system:
        parts = urlsplit(system)
        name = parts.path.rstrip("/").rpartition("/")[2]
        return RedfishMachine(
            name=f"{name} at {parts.netloc}", controller=f"{parts.scheme}://{parts.netloc}", path=parts.path
        )
    return RedfishMachine(
        name=system, controller=(url or "").rstrip("/"), path=f"/redfish/v1/Systems/{system}"
    )
