"""Fences by Redfish: every machine is named, its controller can be asked, and is not lost with what it powers."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from workflows.plan import Fence, Plan, Redfish
from workflows.plan.problems import Path, Problem

from .forms import why_not_secret, why_not_url


def check(plan: Plan, center: str, at: Path, fence: Fence) -> Iterator[Problem]:
    found = fence.redfish
    assert found is not None
    if fence.stops != "writers":
        text = "what has no power neither serves nor writes; write stops: writers"
        yield Problem((*at[:-1], "stops"), text)
    if not found.systems:
        text = "no machine is named, and all of none are off; name every machine of the center that can write"
        yield Problem((*at, "systems"), text)
    yield from _secrets(at, found)
    if found.url is not None:
        yield from _url(plan, center, (*at, "url"), found.url)
    for place, system in enumerate(found.systems):
        yield from _system(plan, center, (*at, "systems", place), system, found)


def _secrets(at: Path, found: Redfish) -> Iterator[Problem]:
    if reason := why_not_secret(found.login):
        yield Problem((*at, "login"), reason)
    if found.tls_ca is not None and (reason := why_not_secret(found.tls_ca)):
        yield Problem((*at, "tls_ca"), reason)
    if found.tls_ca is not None and found.insecure:
        yield Problem((*at, "insecure"), "tls_ca is not looked at then; leave one of the two out")


def _system(plan: Plan, center: str, at: Path, system: str, found: Redfish) -> Iterator[Problem]:
    if system in found.systems[: int(at[-1])]:
        yield Problem(at, f"{system} is named twice; name each machine once")
    if "://" in system:
        yield from _url(plan, center, at, system)
        if len([part for part in urlsplit(system).path.split("/") if part]) < 2:
            text = f"{system!r} names no machine; write https://CONTROLLER/redfish/v1/Systems/ID"
            yield Problem(at, text)
    elif found.url is None or not system or "/" in system:
        text = f"{system!r} is no machine; write https://CONTROLLER/redfish/v1/Systems/ID, or url and the ID"
        yield Problem(at, text)


def _url(plan: Plan, center: str, at: Path, url: str) -> Iterator[Problem]:
    if reason := why_not_url(url, ["https"]):
        yield Problem(at, reason)
        return
    hosts = plan.centers[center].hosts
    owner = next((name for name, host in hosts.items() if host.address == urlsplit(url).hostname), None)
    if owner:
        text = f"{owner} is a machine of {center} itself; name its management controller's own address"
        yield Problem(at, text)
