"""A guard that really runs, beside a writer that is a file: closed when the file is gone."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from activities.guarding import words
from activities.guarding.margins import least_margin
from activities.models import GuardOrder, Target

SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]

CLOSE_S = 2


def order(folder: Path, after_s: int = 2, **changed: object) -> GuardOrder:
    """Opens and closes `writer` in `folder`; each closing is counted in `closings`."""
    target = Target(estate="bank", center="seoul", host="db-1", address="127.0.0.1", user="root", key="k")
    close = f"echo x >> {folder}/closings && rm -f {folder}/writer"
    margin_s = least_margin(after_s, CLOSE_S, has_kill=False)
    made = GuardOrder(
        dataset="core.ledger",
        target=target,
        run_as="root",
        after_s=after_s,
        margin_s=margin_s,
        close=close,
        close_s=CLOSE_S,
    )
    return made.model_copy(update=changed)


class Guard:
    """The program on its host. `renew` gives a lease as a renewer does."""

    def __init__(self, folder: Path, terms: GuardOrder, shell: str = "dash") -> None:
        self.folder = folder
        self.terms = terms
        self.shell = [shell, "sh"] if shell == "busybox" else [shell]
        self.process: subprocess.Popen[str] | None = None
        self.writer = folder.parent / "writer"
        self.install(terms)
        self.writer.touch()

    def install(self, terms: GuardOrder) -> None:
        text = words.install_text(terms).replace(words.folder_of(terms), str(self.folder))
        subprocess.run(["sh", "-c", text], check=True, capture_output=True)

    def start(self) -> None:
        self.process = subprocess.Popen([*self.shell, self.folder / "guard.sh", "run"], text=True)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def says(self, *arguments: str) -> words.Answer:
        argv = [*self.shell, str(self.folder / "guard.sh"), *arguments]
        answer = words.parse(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)
        assert answer is not None
        return answer

    def order(self, verb: str) -> None:
        subprocess.run(["sh", self.folder / "guard.sh", verb], check=True, capture_output=True)

    def renew(
        self, place: str = "control", until: int | None = None, generation: int = 1, heard: str = ""
    ) -> words.Answer:
        known = self.says("status", place)
        ends = known.now + self.terms.after_s if until is None else until
        return self.says("renew", place, known.boot, str(ends), str(generation), heard)

    def grant(self) -> words.Answer:
        """Renew as one who has heard what the operator asks for."""
        return self.renew(heard=self.says("status").nonce)

    def may_open(self) -> bool:
        argv = [*self.shell, str(self.folder / "guard.sh"), "may-open"]
        return subprocess.run(argv, check=False, capture_output=True).returncode == 0

    @property
    def state(self) -> str:
        return words.judged(self.says("status"), self.terms)

    @property
    def closings(self) -> int:
        path = self.folder.parent / "closings"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def arm(self) -> None:
        self.start()
        eventually(lambda: self.renew().state == "armed")


@pytest.fixture
def guards(tmp_path: Path) -> Iterator[Callable[..., Guard]]:
    made: list[Guard] = []

    def make(folder: Path | None = None, shell: str = "dash", **changed: object) -> Guard:
        place = folder or tmp_path / "guard"
        made.append(Guard(place, order(place.parent, **changed), shell))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for guard in made:
        if guard.process is not None:
            guard.kill()


def eventually(check: Callable[[], bool], within: float = 10.0) -> None:
    deadline = time.monotonic() + within
    while not check():
        assert time.monotonic() < deadline, "never came true"
        time.sleep(0.05)


def stays(check: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert check()
        time.sleep(0.1)
