"""`ip`, `nft`, `tc` and /proc: the only file that speaks to them."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from deploy.lab.errors import LabError

_NETNS = Path("/run/netns")


def run(argv: Sequence[str], *, text: str | None = None, timeout: float = 60.0) -> str:
    """Run a command and give its standard output; a failure is a LabError with one line of what it said."""
    try:
        done = subprocess.run(argv, input=text, text=True, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        raise LabError(f"{' '.join(argv[:6])}: no end after {timeout:.0f} s") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        line = next((line for line in said if "rror" in line or "FATAL" in line), said[-1])
        raise LabError(f"{' '.join(argv[:6])}: exit code {done.returncode}: {line}")
    return done.stdout


def ip(lines: Iterable[str], namespace: str | None = None, *, force: bool = False) -> None:
    """`ip -batch`, in a namespace or in the machine's own; with `force` lines that fail are passed over."""
    text = "\n".join(lines)
    if not text:
        return
    argv = ["ip", *(["-n", namespace] if namespace else []), *(["-force"] if force else []), "-batch", "-"]
    done = subprocess.run(argv, input=text + "\n", text=True, capture_output=True, check=False)
    if done.returncode and not force:
        raise LabError(f"ip in {namespace or 'the machine'}: {done.stderr.strip().splitlines()[0]}")


def ip_json(*arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(["ip", "-j", *arguments]) or "[]")
    return found


def inside(namespace: str, argv: Sequence[str]) -> list[str]:
    """The command line that runs `argv` in a network namespace, on the machine's own file system."""
    return ["nsenter", f"--net={_NETNS / namespace}", *argv]


def nft(namespace: str, rules: str) -> None:
    """Apply nftables text in a namespace, as one transaction."""
    run(inside(namespace, ["nft", "-f", "-"]), text=rules)


def nft_set(namespace: str, table: str, name: str) -> set[str]:
    """The members of a set of interface names or words."""
    text = run(inside(namespace, ["nft", "-j", "list", "set", "inet", table, name]))
    members = [item["set"].get("elem", []) for item in json.loads(text)["nftables"] if "set" in item]
    return {str(member) for elements in members for member in elements}


def namespaces(prefix: str) -> list[str]:
    """The network namespaces whose names begin with `prefix`."""
    if not _NETNS.is_dir():
        return []
    return sorted(path.name for path in _NETNS.iterdir() if path.name.startswith(prefix))


def links(prefix: str) -> list[str]:
    """The machine's own links whose names begin with `prefix`."""
    return sorted(name for name in os.listdir("/sys/class/net") if name.startswith(prefix))


def processes(names: Iterable[str]) -> dict[str, list[int]]:
    """The processes in each network namespace. Found in the kernel, so they are found after any crash."""
    by_inode: dict[int, str] = {}
    for name in names:
        with suppress(FileNotFoundError):
            by_inode[os.stat(_NETNS / name).st_ino] = name
    found: dict[str, list[int]] = {name: [] for name in by_inode.values()}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with suppress(OSError):
                name_of = by_inode.get(os.stat(f"/proc/{entry}/ns/net").st_ino)
                if name_of is not None:
                    found[name_of].append(int(entry))
    return found


def is_init(pid: int) -> bool:
    """Whether a process is number 1 of a process namespace of its own."""
    with suppress(OSError), open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith("NSpid:"):
                numbers = line.split()[1:]
                return len(numbers) > 1 and numbers[-1] == "1"
    return False


def program(pid: int) -> str:
    """The name of the program that a process runs; empty when it is gone."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def detach(argv: Sequence[str], *, cwd: Path, log: Path) -> None:
    """Start a process that belongs to nobody here: it outlives its starter and needs no waiting for."""
    with log.open("ab") as output:
        subprocess.run(
            ["setsid", "--fork", *argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=cwd,
            check=True,
        )


def kill(pids: Iterable[int], timeout: float = 10.0) -> None:
    """SIGKILL, and wait until they are gone; killing an init waits for all that lived under it."""
    handles: list[int] = []
    try:
        for pid in pids:
            with suppress(ProcessLookupError):
                handle = os.pidfd_open(pid)
                handles.append(handle)
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        waiting = set(handles)
        while waiting:
            gone, _, _ = select.select(waiting, [], [], timeout)
            if not gone:
                raise LabError(f"a process did not die within {timeout:.0f} s of SIGKILL: is a disk stuck?")
            waiting -= set(gone)
    finally:
        for handle in handles:
            os.close(handle)
