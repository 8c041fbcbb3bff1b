"""A setting by which no server can be reached is told in one line: its variable, its value, what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from activities.server_settings import LOCAL, WrongSettings, server_settings, why_not_address

PEM = "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(tmp_path / "temporal.toml"))
    monkeypatch.delenv("TEMPORAL_ADDRESS", raising=False)


@pytest.mark.parametrize(
    "address", ["localhost:7233", "[::1]:7233", "10.0.0.1:1", "täst.example:65535", "a_b:80"]
)
def test_addresses(address: str) -> None:
    assert why_not_address(address) is None


@pytest.mark.parametrize(
    "address",
    [
        " ",
        "nonsense",
        "h:",
        ":7233",
        "h:abc",
        "h:0",
        "h:65536",
        "::1",
        "a b:7",
        "h:1/x",
        "u@h:1",
        "http://h:1",
        "h:１",
    ],
)
def test_what_is_no_address(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", address)
    with pytest.raises(WrongSettings, match=r"^TEMPORAL_ADDRESS: .*write HOST:PORT") as wrong:
        server_settings()
    assert repr(address) in str(wrong.value) and "\n" not in str(wrong.value)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"TEMPORAL_NAMESPACE": ""}, "TEMPORAL_NAMESPACE: '' is no name of a namespace"),
        ({"TEMPORAL_NAMESPACE": "a b"}, "TEMPORAL_NAMESPACE: 'a b' is no name"),
        ({"TEMPORAL_NAMESPACE": "x" * 256}, "is longer than"),
        ({"TEMPORAL_TLS_SERVER_CA_CERT_PATH": "/nowhere"}, "'/nowhere' cannot be read (No such file"),
        ({"TEMPORAL_TLS_SERVER_CA_CERT_PATH": "BAD"}, "is no PEM file"),
        ({"TEMPORAL_TLS_CLIENT_CERT_PATH": "PEM"}, "set TEMPORAL_TLS_CLIENT_KEY_PATH too"),
        ({"TEMPORAL_TLS_CLIENT_KEY_PATH": "PEM"}, "set TEMPORAL_TLS_CLIENT_CERT_PATH too"),
        ({"TEMPORAL_PROFILE": "nowhere"}, "nowhere"),
        ({"TEMPORAL_API_KEY": "s3cret\n"}, "TEMPORAL_API_KEY holds a character that cannot be sent"),
    ],
)
def test_what_is_named(
    variables: dict[str, str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable as the user set it; the value of what may be a secret is not shown (law 13)."""
    (tmp_path / "PEM").write_text(PEM)
    (tmp_path / "BAD").write_text("no certificate")
    for variable, value in variables.items():
        monkeypatch.setenv(variable, str(tmp_path / value) if value in ("PEM", "BAD") else value)
    with pytest.raises(WrongSettings) as wrong:
        server_settings()
    assert words in str(wrong.value) and "\n" not in str(wrong.value) and "s3cret" not in str(wrong.value)


def test_a_profile_is_named_where_the_file_says_it(tmp_path: Path) -> None:
    (tmp_path / "temporal.toml").write_text('[profile.site]\naddress = "a b"\n')
    with pytest.raises(WrongSettings, match=r"^address in temporal\.toml: 'a b' is no address"):
        server_settings("site")


def test_what_is_right_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Certificates as data have many lines; an address that is empty is none."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "")
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_CERT_DATA", PEM)
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_KEY_DATA", PEM)
    config = server_settings()
    assert config["target_host"] == LOCAL and config["tls"]
