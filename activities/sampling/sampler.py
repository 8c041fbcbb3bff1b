"""Sampling writers from outside their center: the loss estimate is made of it (laws 9, 16).

A sampler needs no Temporal: what it samples is on its own disk, and it goes on after a restart.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog
from pydantic import TypeAdapter, ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.datasets import Dataset, Reading, Writer
from activities.errors import ServerUnreachable
from activities.models import Probe, SampleWindow, WindowOrder
from activities.models.estate import SampleTarget
from activities.probes import Probes
from activities.sampling.loss import sample_period
from activities.sampling.sample_log import SampleLog, write_whole
from activities.sampling.samples import Failure, Sample, window
from activities.ticks import boot as _boot
from activities.ticks import tick as _tick

log = structlog.get_logger()
_TARGETS = TypeAdapter(list[SampleTarget])


class Sampler:
    """Samples each writer it was told of, for ever, at its own pace."""

    def __init__(
        self, datasets: Mapping[str, Dataset], directory: Path, vantage: str, probes: Probes
    ) -> None:
        self._datasets = datasets
        self._directory = directory
        self._vantage = vantage
        self._probes = probes
        self._targets = self._remembered()
        self._logs = {target.side.label: self._log(target) for target in self._targets}
        self._changed = asyncio.Event()

    def configure(self, targets: Sequence[SampleTarget]) -> None:
        """Sample these from now on, and no others. Kept on disk for the next start."""
        if list(targets) == self._targets:
            return
        known = {target.side.label: target for target in self._targets}
        logs = {}
        for target in targets:
            label = target.side.label
            same = label in known and _place(known[label]) == _place(target)
            logs[label] = self._logs[label] if same else self._log(target)
        self._targets, self._logs = list(targets), logs
        self._remember()
        self._changed.set()

    async def run(self) -> None:
        """For ever. Ends only when it is cancelled."""
        while True:
            self._changed.clear()
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._sample(target)) for target in self._targets]
                await self._changed.wait()
                for task in tasks:
                    task.cancel()

    def window(self, dataset: str, received: int | None) -> SampleWindow:
        """What is known of the writer of `service.dataset` around the replica's position."""
        target = next((t for t in self._targets if t.side.label == dataset), None)
        if target is None:
            return SampleWindow(vantage=self._vantage, samples=0, period_s=0.0)
        records = self._logs[dataset].records()
        return window(self._vantage, sample_period(target.rpo_s), records, received)

    async def _sample(self, target: SampleTarget) -> None:
        """On a grid of periods: an attempt that took its whole time is followed by the next at once."""
        if target.side.kind not in self._datasets:
            log.warning("not_sampled", dataset=target.side.label, kind=target.side.kind)
            return
        period = sample_period(target.rpo_s)
        writer = self._datasets[target.side.kind].writer(target.side)
        records = self._logs[target.side.label]
        try:
            while True:
                began = time.monotonic()
                records.add(await self._attempt(writer, target, period))
                await asyncio.sleep(max(0.0, began + period - time.monotonic()))
        finally:
            await writer.close()

    async def _attempt(self, writer: Writer, target: SampleTarget, patience: float) -> Sample | Failure:
        local, tick = time.time(), _tick()
        try:
            return _sample_of(await writer.read(patience), local, tick)
        except Exception as error:
            # Whatever it was: one dataset's surprise must not end the sampling of the others.
            local, tick = time.time(), _tick()
            silent = isinstance(error, ServerUnreachable)
            return Failure(
                local=local,
                tick=tick,
                boot=_boot(),
                answered=not silent,
                blind=silent and await self._is_blind(target.neutral, patience),
                error=error.message if isinstance(error, ApplicationError) else repr(error),
            )

    async def _is_blind(self, neutral: Sequence[Probe], patience: float) -> bool:
        hurried = [p.model_copy(update={"timeout_s": min(p.timeout_s, patience)}) for p in neutral]
        return (await self._probes.sight(self._vantage, "", [], hurried)).blind

    def _log(self, target: SampleTarget) -> SampleLog:
        return SampleLog(self._directory / re.sub(r"[^\w.@-]", "_", _place(target)))

    def _remembered(self) -> list[SampleTarget]:
        try:
            return _TARGETS.validate_json(self._file.read_bytes())
        except FileNotFoundError:
            return []  # a first start
        except (OSError, ValidationError) as error:
            log.warning("sampler_forgot", path=str(self._file), error=type(error).__name__)
            return []

    def _remember(self) -> None:
        try:
            write_whole(self._file, _TARGETS.dump_json(self._targets).decode())
        except OSError as error:
            log.warning("sampler_not_on_disk", path=str(self._file), error=error.strerror)

    @property
    def _file(self) -> Path:
        return self._directory / "targets.json"


def _place(target: SampleTarget) -> str:
    """Each side of a dataset has its own records."""
    return f"{target.side.label}@{target.side.center}"


def _sample_of(reading: Reading, local: float, tick: float) -> Sample:
    return Sample(
        local=local,
        tick=tick,
        boot=_boot(),
        seconds=_tick() - tick,
        clock=reading.clock,
        position=reading.position,
        snapshot=reading.snapshot,
        system=reading.system,
        timeline=reading.timeline,
    )


class SamplerActivities:
    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler

    @activity.defn
    async def sample_window(self, order: WindowOrder) -> SampleWindow:
        """What this vantage point knows. No samples: it was never told of the dataset, or never saw its writer."""
        return self._sampler.window(order.dataset, order.received)
