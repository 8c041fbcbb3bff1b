"""The forms of single values: each function returns why a value is not right, or None."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from urllib.parse import urlsplit

from workflows.plan.problems import shown
from workflows.plan.variables import NAME as _VARIABLE

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_SECRET = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_DNS_NAME = re.compile(
    r"(?=.{1,254}$)(@|\*|(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?)"
)
_FILLED = re.compile(r"\{" + _VARIABLE + r"\}")
_NEEDS_PORT = ("tcp", "ssh", "sql")


def why_not_name(name: str) -> str | None:
    """Names are joined by dots and slashes to names of queues, runs and jobs (law 14): they hold neither."""
    if _NAME.fullmatch(name):
        return None
    return f"{shown(name)} is no name; use small letters, digits and hyphens, at most 63"


def why_not_secret(name: str) -> str | None:
    """Secrets are named, never written (law 13)."""
    return (
        None
        if _SECRET.fullmatch(name)
        else f"{shown(name)} is no name of a secret; use letters, digits and . _ -"
    )


def why_not_user(name: str) -> str | None:
    return None if _USER.fullmatch(name) else f"{shown(name)} is no user name; use letters, digits and . _ -"


def why_not_variable(name: str) -> str | None:
    """For variables of services and of the environment."""
    return (
        None
        if _VARIABLE_NAME.fullmatch(name)
        else f"{shown(name)} is no variable name; use letters, digits and _"
    )


def why_not_port(port: int) -> str | None:
    return None if 1 <= port <= 65535 else f"{port} is no port; write one between 1 and 65535"


def why_not_positive(number: int | None) -> str | None:
    return f"{number} is too small; write 1 or more" if number is not None and number < 1 else None


def why_not_dns_name(name: str) -> str | None:
    return (
        None
        if _DNS_NAME.fullmatch(name)
        else f"{shown(name)} is no DNS name; write for example www.example.org"
    )


def why_not_address(address: str) -> str | None:
    """An address of a host: IP, or a name of letters, digits, dots and hyphens."""
    if _is_ip(address) or (_DNS_NAME.fullmatch(address) and not re.fullmatch(r"[0-9.]+", address)):
        return None
    return f"{shown(address)} is no address; write an IP address such as 10.81.0.11, or a host name"


def why_not_ip(address: str, version: int) -> str | None:
    if _is_ip(address, version):
        return None
    example = "10.81.0.31" if version == 4 else "2001:db8::31"
    return f"{shown(address)} is no IPv{version} address; write for example {example}"


def _is_ip(address: str, version: int | None = None) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return version in (None, found.version)


def why_not_regex(text: str) -> str | None:
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        return f"{shown(text)} is no regular expression ({error}); escape special characters by \\"
    return None


def why_not_url(text: str, schemes: Collection[str]) -> str | None:
    """Variables stand for any host, port or part of a path."""
    right = "write " + " or ".join(_example(scheme) for scheme in schemes)
    try:
        url = urlsplit(_FILLED.sub("1", text))
        port = url.port
    except ValueError:
        return f"{shown(text)} is no URL; {right}"
    if url.scheme not in schemes:
        return f"{shown(text)} does not begin with {' or '.join(f'{s}://' for s in schemes)}; {right}"
    if not url.hostname or re.search(r"\s", text) or url.username is not None:
        return f"{shown(text)} names no host; {right}"
    if url.scheme in _NEEDS_PORT and (port is None or url.path not in ("", "/")):
        return f"{shown(text)} is not host and port; write {_example(url.scheme)}"
    return None


def _example(scheme: str) -> str:
    return f"{scheme}://HOST:PORT" if scheme in _NEEDS_PORT else f"{scheme}://HOST/PATH"
