"""Variables in commands, checks and URLs: `{name}` is a value, `{{` and `}}` are braces.

{host}         address of the host that the step is on
{host_name}    its name in the plan
{center}       name of the center
{WEB}          address of the first host of a component of the same service, at that center
{APP_HOME}     one of the service's `vars`
{ref}          in `proves_itself`: the token that is written and read
{clone.LEDGER} in a drill: the address of a dataset's clone
{business_date} in a batch
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .estate_plan import Plan

HOST_NAMES = frozenset({"host", "host_name"})
RESERVED = HOST_NAMES | {"center", "ref", "business_date", "clone"}

NAME = r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)?"
_PIECE = re.compile(r"(?P<open>\{\{)|(?P<close>\}\})|\{(?P<name>" + NAME + r")\}|(?P<lone>[{}])")


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables filled in. Never raises: what validation would refuse stays as it is."""
    return _PIECE.sub(lambda piece: _filled(piece, values), text)


def _filled(piece: re.Match[str], values: Mapping[str, str]) -> str:
    if piece["name"] is not None:
        return values.get(piece["name"], piece[0])
    return piece[0][0]


def variables_in(text: str) -> list[str]:
    """The names of the variables of a text, in order."""
    return [piece["name"] for piece in _PIECE.finditer(text) if piece["name"] is not None]


def why_not_braces(text: str) -> str | None:
    """The reason why a text cannot be filled in, if a brace in it is neither a variable's nor doubled."""
    for piece in _PIECE.finditer(text):
        if piece["lone"]:
            around = text[piece.start() : piece.start() + 12].splitlines()[0]
            return f"a lone brace at {around!r}; double it ({piece[0] * 2}) when a brace is meant"
    return None


def values_at(plan: Plan, service: str, center: str, host: str | None = None) -> dict[str, str]:
    """What can be filled in for a step of a service at a center, on one host or on none."""
    found = plan.services[service]
    values = dict(_addresses(plan, service, center)) | found.vars | {"center": center}
    if host is not None:
        values |= {"host": plan.centers[center].hosts[host].address, "host_name": host}
    return values


def _addresses(plan: Plan, service: str, center: str) -> Iterator[tuple[str, str]]:
    for name, component in plan.services[service].components.items():
        for host in component.hosts.get(center, [])[:1]:
            yield name, plan.centers[center].hosts[host].address
