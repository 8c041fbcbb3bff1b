"""How the Temporal server is reached: TEMPORAL_* variables and temporal.toml, each looked at before it is used."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from temporalio.envconfig import ClientConfigProfile, ClientConfigTLS, ClientConnectConfig

LOCAL = "localhost:7233"
LONGEST_NAMESPACE = 255  # letters; a server's own limit
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[^\s:/@?#\[\]]+):([0-9]{1,5})")


class WrongSettings(ValueError):
    """One line: which variable or key, its value, and what would be right."""


@dataclass(frozen=True)
class Setting:
    """`variable` is what a user sets, `key` what a profile of temporal.toml has for it."""

    variable: str
    key: str

    def wrong(self, value: object, reason: str) -> WrongSettings:
        """Named as the user set it: a variable goes before the file."""
        where = self.variable if os.environ.get(self.variable) is not None else f"{self.key} in temporal.toml"
        shown = repr(str(value))
        return WrongSettings(
            f"{where}: {shown if len(shown) <= 80 else shown[:76] + '…' + shown[0]} {reason}"
        )


ADDRESS = Setting("TEMPORAL_ADDRESS", "address")
NAMESPACE = Setting("TEMPORAL_NAMESPACE", "namespace")
SERVER_CA = Setting("TEMPORAL_TLS_SERVER_CA_CERT_PATH", "tls.server_ca_cert_path")
CLIENT_CERT = Setting("TEMPORAL_TLS_CLIENT_CERT_PATH", "tls.client_cert_path")
CLIENT_KEY = Setting("TEMPORAL_TLS_CLIENT_KEY_PATH", "tls.client_key_path")


def server_settings(profile: str | None = None) -> ClientConnectConfig:
    """Arguments for `Client.connect`, `target_host` among them. Raises WrongSettings; no server is asked."""
    found = _read(profile)
    if found.address and (reason := why_not_address(found.address)):
        raise ADDRESS.wrong(found.address, reason)
    if found.namespace is not None and (reason := why_not_namespace(found.namespace)):
        raise NAMESPACE.wrong(found.namespace, reason)
    if found.tls is not None and not found.tls.disabled:
        _need_files(found.tls)
    config = found.to_client_connect_config()
    config.setdefault("target_host", LOCAL)
    return config


def why_not_address(address: str) -> str | None:
    """Why nothing can be reached there whatever runs, or None."""
    way_out = "write HOST:PORT, for example temporal.example:7233"
    if "://" in address:
        return f"is a URL; {way_out}, without a scheme"
    fit = _HOST_AND_PORT.fullmatch(address) if address.isprintable() else None
    if fit is None:
        return f"is no address; {way_out}"
    if not 0 < int(fit[2]) < 65536:
        return f"has a port that none can be; {way_out}"
    return None


def why_not_namespace(namespace: str) -> str | None:
    """Why no namespace has this name, or None."""
    if not namespace or not namespace.isprintable() or any(letter.isspace() for letter in namespace):
        return (
            "is no name of a namespace; write it as `temporal operator namespace list` does, or leave it out"
        )
    if len(namespace) > LONGEST_NAMESPACE:
        return f"is longer than a namespace's name can be ({LONGEST_NAMESPACE} letters)"
    return None


def _read(profile: str | None) -> ClientConfigProfile:
    for variable, value in os.environ.items():
        # the reader underneath does not name such a variable; values are not shown, for one may be a secret
        if variable.startswith("TEMPORAL_") and not _can_be_sent(variable, value):
            raise WrongSettings(f"{variable} holds a character that cannot be sent; type its value anew")
    try:
        return ClientConfigProfile.load(profile)
    except Exception as error:  # whatever is wrong with the file, its reader says it in its own way
        named = os.environ.get("TEMPORAL_CONFIG_FILE")
        file = f"TEMPORAL_CONFIG_FILE {named}" if named else "temporal.toml"
        raise WrongSettings(
            f"the Temporal profile cannot be read ({file}): {str(error).splitlines()[0][:200]}; "
            "correct it, or name another with --profile or TEMPORAL_PROFILE"
        ) from None


def _can_be_sent(variable: str, value: str) -> bool:
    """Certificates and keys, `…_DATA`, have many lines; nothing else has more than one."""
    return (value.replace("\n", "").replace("\r", "") if variable.endswith("_DATA") else value).isprintable()


def _need_files(tls: ClientConfigTLS) -> None:
    files = (
        (SERVER_CA, tls.server_root_ca_cert),
        (CLIENT_CERT, tls.client_cert),
        (CLIENT_KEY, tls.client_private_key),
    )
    for setting, source in files:
        if isinstance(source, Path) and (reason := _why_not_pem(source)):
            raise setting.wrong(source, reason)
    if bool(tls.client_cert) is not bool(tls.client_private_key):
        there, lacking = (CLIENT_CERT, CLIENT_KEY) if tls.client_cert else (CLIENT_KEY, CLIENT_CERT)
        value = tls.client_cert or tls.client_private_key
        shown = value if isinstance(value, Path) else "(its data)"  # a key itself is a secret
        raise there.wrong(shown, f"is one half of a pair; set {lacking.variable} too, or neither")


def _why_not_pem(file: Path) -> str | None:
    try:
        with file.open("rb") as source:
            text = source.read(1_000_000)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return f"cannot be read ({reason}); name a PEM file that this user may read"
    return None if b"-----BEGIN " in text else "is no PEM file; name one with -----BEGIN …----- in it"
