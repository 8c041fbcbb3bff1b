"""The play: load, disaster, declaration, two people, and the truth at the end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.demo.screen import Screen
from deploy.demo.verdict import Facts, Figures, judge
from deploy.demo.web_ui import WebUi
from deploy.lab import oracle
from deploy.lab.errors import LabError
from deploy.lab.layout import PROJECT
from deploy.lab.scripted import scripted_failover
from deploy.site import CONTROL, Site
from workflows.run.record import RunRecord, Wait

OLD, NEW = "seoul", "busan"
WARM_UP = 4.0  # seconds of load before the disaster: the samplers know the writer by then
DARK_FOR = 1.5  # seconds that the center is dark before somebody starts the declaration
AFTERGLOW = 2.0  # seconds of load at the new side before the count
PEOPLE_WITHIN = 120.0
PERSON_WITHIN = 3600.0  # a person may take a while
ENDS_WITHIN = 120.0


@dataclass(frozen=True)
class Wishes:
    """What the caller asked for by DISASTER, INTERACTIVE and KEEP."""

    power: bool
    interactive: bool
    keep: bool


class Play:
    def __init__(self, site: Site, ui: WebUi, screen: Screen, wishes: Wishes) -> None:
        self.site = site
        self.ui = ui
        self.screen = screen
        self.wishes = wishes
        self.run = f"{site.estate}/declaration"
        self.approved_at = 0.0
        self.watch: subprocess.Popen[bytes] | None = None

    def perform(self, script_seconds: float) -> Figures:
        """From the load to the verdict."""
        try:
            return self._perform(script_seconds)
        finally:
            if self.watch is not None and self.watch.poll() is None:
                self.watch.terminate()
                self.watch.wait()

    def _perform(self, script_seconds: float) -> Figures:
        client = self.site.lab.outside_client()
        client.start()
        client.wait_for_write(at=OLD)
        time.sleep(WARM_UP)
        disaster_at = self._disaster()
        time.sleep(DARK_FOR)
        self._declare()
        self._people()
        first = client.wait_for_write(at=NEW, since=disaster_at, timeout=ENDS_WITHIN)
        self._follow_to_the_end()
        time.sleep(AFTERGLOW)
        client.stop()
        return self._judge(disaster_at, first.acked, script_seconds)

    def _disaster(self) -> float:
        lab = self.site.lab
        lab.local_writer(OLD).start()
        time.sleep(0.5)
        at = time.time()
        if self.wishes.power:
            self.screen.say(f"DISASTER: the power of {OLD} is gone, all of it at once")
            lab.power_off(OLD)
        else:
            self.screen.say(
                f"DISASTER: all links of {OLD} go dark; its hosts live, a local program goes on writing"
            )
            lab.cut(OLD)
        return at

    def _declare(self) -> None:
        words = ["start", "declaration", str(self.site.plan), "--reason", f"{OLD} does not answer"]
        self.screen.command("muster " + " ".join(words[:2]) + f" plan.yaml --reason '{words[-1]}' --as sre")
        started = self.site.muster_json(*words)
        self.screen.say(f"the run in the Web UI: {self.ui.page_of(self.run, str(started['run_id']))}")
        self.watch = subprocess.Popen(
            [sys.executable, "-m", "starter", "watch", self.run],
            env=self.site.env(CONTROL),
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
        )

    def _people(self) -> None:
        """Two people speak the way the Web UI does; or real ones do."""
        decision = self._wait_for("severity")
        if self.wishes.interactive:
            self._invite()
        else:
            self._speak("decide", decision, by="ops", severity="critical", reason="no vantage point sees it")
        approval = self._wait_for("declaration")
        if self.wishes.interactive:
            self._await_person(lambda run: "approved" in run.facts)
            return
        self._speak("approve", approval, by="kim", reason="declare")
        self.approved_at = time.time()
        self._speak("approve", approval, by="lee", reason="declare")

    def _invite(self) -> None:
        self.screen.say("it is yours now: open the page, read what is shown, and send the signals it names,")
        self.screen.say("decide as ops or lee, then approve as two of kim, lee and cho")

    def _speak(self, signal: str, wait: Wait, **message: str) -> None:
        content = {"token": wait.token, **message}
        self.screen.person(message["by"], signal, content)
        self.ui.signal(self.run, signal, content)

    def _wait_for(self, gate: str) -> Wait:
        within = PERSON_WITHIN if self.wishes.interactive else PEOPLE_WITHIN

        def find(run: RunRecord) -> Wait | None:
            return next((wait for wait in run.waits if wait.name == gate), None)

        found: Wait = self._poll(find, within, f"gate {gate} did not open")
        return found

    def _await_person(self, so: Callable[[RunRecord], Any]) -> None:
        run: RunRecord = self._poll(
            lambda r: r if so(r) or r.state.is_end else None, PERSON_WITHIN, "nobody spoke"
        )
        self.approved_at = run.facts.get("approved", time.time())

    def _poll(self, find: Callable[[RunRecord], Any], within: float, complaint: str) -> Any:
        deadline = time.monotonic() + within
        while True:
            run = self.record()
            if found := find(run):
                return found
            if run.state.is_end:
                raise LabError(f"{complaint}: the run has ended ({run.state}: {run.conclusion})")
            if time.monotonic() > deadline:
                raise LabError(f"{complaint} within {within:.0f} s: {run.state} in {run.phases[-1:]}")
            time.sleep(0.2)

    def _follow_to_the_end(self) -> None:
        assert self.watch is not None
        try:
            self.watch.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            raise LabError(
                f"the run did not end within {ENDS_WITHIN:.0f} s: muster show {self.run}"
            ) from None

    def record(self) -> RunRecord:
        return RunRecord.model_validate(self.site.muster_json("show", self.run))

    def _judge(self, disaster_at: float, first_write_at: float, script_seconds: float) -> Figures:
        self.screen.say("counting acknowledged writes against the disks of both sides")
        report = PROJECT / "build" / "demo-report.md"
        self.site.muster("report", self.run, "-o", str(report))
        facts = Facts(
            record=self.record(),
            truth=oracle.judge(self.site.lab, OLD, NEW, disaster_at),
            approved_at=self.approved_at,
            first_write_at=first_write_at,
            side_effects=oracle.side_effects(self.site.lab),
            script_seconds=script_seconds,
            report=os.path.relpath(report, PROJECT),
        )
        return judge(facts)


def bare_script(site: Site, screen: Screen) -> float:
    """The floor: the same lab, failed over by a bare script; then the lab is reset."""
    site.lab.up(lambda line: screen.say(f"lab: {line}"))
    screen.say("first the floor: a bare script on the same lab, nothing decided, fenced, checked or proven")
    seconds = scripted_failover(site.lab).seconds
    screen.say(f"bare script, from its start to the first write at {NEW}: {seconds:.2f} s")
    site.lab.reset()
    return seconds


def write(figures: Figures, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures.as_json(), indent=1) + "\n")
