"""No secret in history, logs, reports, archive or a list of processes; each is proven to have been used (law 13)."""

from __future__ import annotations

import asyncio
import base64
import gzip
import re
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pyotp
import pytest
from temporalio.client import Client

from activities.archive import Archive, RunExporter
from deploy.lab.roles import NOTICES
from deploy.site import CONTROL, Site, begin_anew
from tests.lab.declaration.declaring import NEW, Declaring
from tests.lab.seen import address_of_www
from worker.sweeping import sweep
from workflows import names
from workflows.epilogue import closed_from_outside
from workflows.estate.burnt_codes import BurntCodes
from workflows.estate.estate import Estate, EstateState
from workflows.run.record import RunRecord

pytestmark = pytest.mark.lab

PRINTED = "/srv/printed-by-its-own-command"
TOKEN = "channel-token-7f3a9c51e8d24b60"
MAKERS = {f"{person}-code": pyotp.random_base32() for person in ("kim", "lee")}  # of their one-time codes
GATES = """declaration: {people: [kim, lee], quorum: 2, within: 15m, proof: code}
  commit:      {people: [kim, lee], within: 2s, otherwise: accept}"""
SHORTEST = 16  # letters of what is searched for
SECRETS = ("ledger-admin", "dns-key", "seoul-ssh", "busan-ssh", "edge-ssh", "pdu-ssh")
DATA = re.compile(rb'"data":\s*"([A-Za-z0-9+/=]+)"')


class Needles:
    """Parts of secrets that stand for them, and where they were found."""

    def __init__(self, secrets: dict[str, str]) -> None:
        self.words = {
            word.encode(): name
            for name, secret in secrets.items()
            for word in re.split(r"[\s:]+", secret)
            if len(word) >= SHORTEST and "OPENSSH" not in word
        }
        self.found: set[str] = set()
        self.read = 0

    def look(self, place: str, data: bytes) -> None:
        self.read += len(data)
        self.found |= {f"{name} in {place}" for word, name in self.words.items() if word in data}


class Processes(threading.Thread):
    """Looks at the words and variables of every process of this machine, lab hosts included, while it goes on."""

    def __init__(self, needles: Needles) -> None:
        super().__init__(daemon=True)
        self.needles = needles
        self.seen: set[str] = set()
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.1):
            for process in Path("/proc").glob("[0-9]*"):
                self._look(process)

    def _look(self, process: Path) -> None:
        for part in ("cmdline", "environ"):
            try:
                data = (process / part).read_bytes()
            except OSError:
                continue
            if part == "cmdline":
                self.seen.add(data.split(b"\0")[0].decode(errors="replace").rpartition("/")[2])
            self.needles.look(f"{part} of {_command(process)}", data)


def _command(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return process.name


@pytest.fixture
def needles(site: Site) -> Needles:
    return Needles({name: site.lab.secrets.read(name) for name in SECRETS} | MAKERS | {"ops-webhook": TOKEN})


@pytest.fixture
def tokened(site: Site) -> Iterator[None]:
    """The address of a channel has a token in it, as those of chat rooms have; approvers have authenticators."""
    channel = site.lab.secrets.path("ops-webhook")
    before = channel.read_text()
    channel.write_text(f"{before}-{TOKEN}")
    files = [channel.with_name(name) for name in MAKERS]
    for file in files:
        file.touch(mode=0o600)
        file.write_text(MAKERS[file.name])
    yield
    channel.write_text(before)
    for file in files:
        file.unlink()


@pytest.fixture
async def careless(site: Site, client: Client, tokened: None) -> AsyncIterator[Declaring]:
    """A start command that prints what the worker knows: the login of the database, whole and its password alone."""
    start = f"cat {PRINTED} >&2; sv up web"
    changes = {
        'start: {run: "sv up web"': f'start: {{run: "{start}"',
        "declaration: {people: [kim, lee, cho], quorum: 2, within: 15m, "
        "then: {people: [ops], within: 10m}, proof: none}": GATES,
    }
    changes |= {
        f"notice: {person}-mail}}": f"notice: {person}-mail, code: {person}-code}}"
        for person in ("kim", "lee")
    }
    await begin_anew(site, client, changes)
    await _know_all_codes(site, client)
    login = site.lab.secrets.read("ledger-admin")
    disk = site.lab.layout.disk(site.lab.layout.host(f"{NEW}/web-1"))
    (disk / PRINTED.lstrip("/")).write_text(
        f"login {login}\npassword {login.partition(':')[2]}\nend of what it printed\n"
    )
    made = Declaring(site, client)
    yield made
    made.outside.stop()


async def _know_all_codes(site: Site, client: Client) -> None:
    """An Estate that has just begun takes no code for a minute."""
    known = client.get_workflow_handle(names.estate_id(site.estate))
    state: EstateState = await known.query("state", result_type=EstateState)
    state.burnt = BurntCodes(known_from=1)
    await known.terminate("a new beginning")
    await client.start_workflow(
        Estate.run, state, id=known.id, task_queue=names.queue(site.estate, names.CONTROL)
    )


def all_of(data: bytes, name: str) -> bytes:
    """A file as people would read it: unpacked, and with the payloads of a history in plain text."""
    if name.endswith(".gz"):
        data = gzip.decompress(data)
    return data + b"\n".join(base64.b64decode(found) for found in DATA.findall(data))


def search(needles: Needles, *roots: Path) -> bytes:
    """Every file below; returns all of it."""
    files = sorted(
        path for root in roots for path in ([root] if root.is_file() else root.rglob("*")) if path.is_file()
    )
    texts = [all_of(path.read_bytes(), path.name) for path in files]
    for path, text in zip(files, texts, strict=True):
        needles.look(str(path), text)
    return b"\n".join(texts)


async def _declared(careless: Declaring, needles: Needles) -> tuple[Processes, RunRecord]:
    """A declaration from its load to its end, and what processes were seen all along."""
    watching = Processes(needles)
    watching.start()
    try:
        await careless.load()
        careless.lose()
        await careless.declare()
        await careless.decide()
        await _approve_by_code(careless)
        record = await careless.end()
        careless.first_write()
    finally:
        watching.over.set()
        watching.join()
    return watching, record


async def _shown(site: Site, careless: Declaring, folder: Path) -> None:
    """What the command line says of the run, a file for each command."""
    for index, words in enumerate((("report",), ("report", "--json"), ("show",), ("logs",))):
        answer = await asyncio.to_thread(site.muster, words[0], careless.run, *words[1:])
        (folder / f"shown-{index}.txt").write_text(answer.stdout + answer.stderr)


async def test_no_secret_leaves_its_worker(
    site: Site, client: Client, careless: Declaring, needles: Needles, tmp_path: Path
) -> None:
    """Histories, archive, store, worker logs and disks, reports, pages, process lists, the jobs' traces on hosts."""
    watching, record = await _declared(careless, needles)
    exporter = RunExporter(client, Archive(str(site.archive)), closed_from_outside)
    await sweep(client, exporter, site.estate, set(), left_s=0.0)
    await _shown(site, careless, tmp_path)

    layout = site.lab.layout
    archived = search(needles, site.archive)
    stored = search(needles, site.store)
    for folder in ("worker", "temporal"):
        search(needles, layout.state / folder)
    logs = search(needles, *layout.logs.glob("worker-*"))
    search(needles, tmp_path)
    traces = [home for host in layout.hosts for home in layout.disk(host).glob("home/*/.muster")]
    on_hosts = search(
        needles,
        *(path for trace in traces for path in trace.rglob("*") if path.is_file() and not _is_its_own(path)),
    )

    _each_was_used(site, careless, watching, stored)
    voices = [voice for opened in record.rounds for voice in opened.voices]
    assert {voice.by for voice in voices if voice.proof == "code"} == {"kim", "lee"}
    assert record.facts["committed"] - record.facts["switched"] >= 2.0, "the plan's window was kept"
    assert b"no vantage point sees it" in archived, "the search reads what people said: payloads are unpacked"
    assert b"worker_started" in logs and traces and on_hosts and record.run_id.encode() in archived
    assert not needles.found, "\n".join(sorted(needles.found))


async def _approve_by_code(declaring: Declaring) -> None:
    """As the Web UI sends it: a voice with the digits that the person's authenticator shows."""
    wait = await declaring.wait_of("declaration")
    for person in ("kim", "lee"):
        code = pyotp.TOTP(MAKERS[f"{person}-code"]).now()
        voice = {"by": person, "token": wait.token, "reason": "declare", "code": code}
        await declaring.handle.signal("approve", voice)


def _is_its_own(path: Path) -> bool:
    """What a host's program printed stays on that host as it was printed, and is closed to its other users."""
    its_own = path.name == "out" and "start-web-web-1" in str(path)
    home = next(parent for parent in path.parents if parent.name == ".muster")
    assert not its_own or not home.stat().st_mode & 0o077
    return its_own


def _each_was_used(site: Site, careless: Declaring, watching: Processes, stored: bytes) -> None:
    """A secret that nothing needed could not have leaked: the test would show nothing."""
    layout = site.lab.layout
    assert address_of_www(site.lab) == layout.web(NEW), "the key of the DNS server"
    assert careless.power_cut_at() is not None, "the key of the power switch"
    said = layout.disk(layout.host("sink")) / NOTICES.lstrip("/")
    assert TOKEN in said.read_text(), "the address of the channel"
    assert careless.samples(CONTROL), "the login of the database"
    assert all(careless.starts().values()), f"the key of {NEW}'s hosts"
    assert b"end of what it printed" in stored, "the careless command has run"
    assert b"login ****" in stored and b"password ****" in stored
    assert "postgres" in " ".join(watching.seen) and "sv" in " ".join(watching.seen), sorted(watching.seen)


def test_the_search_can_find(tmp_path: Path) -> None:
    """A secret in a payload of an archived history, and one in the words of a process, would be found."""
    word = "an-unmistakable-word-of-it"
    needles = Needles({"key": f"name:{word}"})
    payload = base64.b64encode(f'{{"reason": "{word}"}}'.encode()).decode()
    with gzip.open(tmp_path / "history.json.gz", "wb") as file:
        file.write(f'{{"events":[{{"data":"{payload}"}}]}}'.encode())
    search(needles, tmp_path)
    assert needles.found == {f"key in {tmp_path}/history.json.gz"}
    needles.found.clear()
    shell = shutil.which("sh")
    assert shell is not None
    needles.look("cmdline", f"{shell}\0-c\0echo {word}".encode())
    assert needles.found == {"key in cmdline"}
