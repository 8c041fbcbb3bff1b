"""The host keys beside a plan."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from starter.plan_file import host_keys_file, write_host_keys
from tests.plans import GOOD, load


def key(seed: str, kind: str = "ssh-ed25519") -> str:
    """A public key in OpenSSH form."""
    blob = (
        len(kind).to_bytes(4, "big") + kind.encode() + (32).to_bytes(4, "big") + seed.encode().ljust(32, b"x")
    )
    return f"{kind} {base64.b64encode(blob).decode()}"


def test_keys_become_part_of_hosts_and_devices(tmp_path: Path) -> None:
    """Each host and device gets its keys, one on a line; a host without keys was never met."""
    hosts = f"# kept in git\nseoul/db-1 {key('b')}  # new\n\nseoul/db-1 {key('a')}\npdu {key('p')}\n"
    plan = load(tmp_path, GOOD, hosts).plan
    assert plan is not None
    assert plan.centers["seoul"].hosts["db-1"].host_key == f"{key('a')}\n{key('b')}"
    assert plan.devices["pdu"].host_key == key("p")
    assert plan.centers["busan"].hosts["db-1"].host_key is None


def test_a_changed_key_is_a_changed_plan(tmp_path: Path) -> None:
    """Law 12: the hash covers the pinned keys, and not their order in the file."""
    one = load(tmp_path, GOOD, f"pdu {key('a')}\nseoul/db-1 {key('c')}\n").hash
    assert one == load(tmp_path, GOOD, f"seoul/db-1 {key('c')}\npdu {key('a')}\n").hash
    assert one != load(tmp_path, GOOD, f"pdu {key('b')}\nseoul/db-1 {key('c')}\n").hash
    assert one != load(tmp_path, GOOD, "").hash


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            f"seoul/db-9 {key('a')}",
            "seoul/db-9: unknown host or device 'seoul/db-9'; did you mean seoul/db-1?; or delete",
        ),
        ("pdu", "pdu: no host key; write CENTER/HOST KEYTYPE BASE64"),
        ("pdu ssh-ed25519 %%%", "pdu: the key is no base64; write"),
        ("pdu ssh-rsa " + key("a").split()[1], "pdu: the key is no ssh-rsa key or is cut off; write"),
        ("pdu ssh-ed25519 AAAA", "pdu: the key is no ssh-ed25519 key or is cut off"),
        ("pdu " + key("a") + " more", "pdu: no host key; write"),
    ],
)
def test_bad_lines(tmp_path: Path, line: str, words: str) -> None:
    """A line that is no key, or a key of nobody, is a problem with its file and line."""
    loaded = load(tmp_path, GOOD, f"# keys\n{line}\n")
    assert loaded.plan is None
    assert len(loaded.problems) == 1
    assert loaded.problems[0].startswith(f"{tmp_path}/plan.hosts:2: {words}")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """The file is sorted, whole or not there, and leaves nothing beside it."""
    keys = {"pdu": [key("p")], "busan/db-1": [key("b"), key("a"), key("a")]}
    path = host_keys_file(tmp_path / "plan.yaml")
    write_host_keys(path, {"pdu": [key("old")]})
    write_host_keys(path, keys)
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    assert lines == [f"busan/db-1 {key('a')}", f"busan/db-1 {key('b')}", f"pdu {key('p')}"]
    assert [found.name for found in tmp_path.iterdir()] == ["plan.hosts"]
    assert load(tmp_path, GOOD).plan is not None


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """Keys are needed to act: a file of another form is a problem of its own."""
    (tmp_path / "plan.hosts").mkdir()
    assert "plan.hosts:1: host keys: this is a directory" in load(tmp_path, GOOD).problems[0]
