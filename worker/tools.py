"""The composition root: which tools an activity class gets, and which activities a place offers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from temporalio.client import Client

from activities.archive import Archive, ArchiveActivities, RunExporter
from activities.codes import CodeActivities
from activities.datasets import Dataset, DatasetActivities
from activities.datasets.postgresql import PostgresqlDataset
from activities.estate_client import EstateActivities
from activities.estate_watch import RunWatch, WatchActivities
from activities.fence_commands import CommandDevice
from activities.fence_watching import FenceWatchActivities, FenceWatchControl
from activities.fencing import FenceDevice, FencingActivities
from activities.guarding.activities import GuardActivities
from activities.guarding.renewer import Renewer
from activities.hosts import HostActivities
from activities.logs import LogStore
from activities.notices import NoticeActivities, Notices
from activities.probes import ProbeActivities, Probes
from activities.proof import ProofActivities, WriteReadProof
from activities.redfish import RedfishDevice
from activities.remote import Remote
from activities.remote.ssh import SshPool
from activities.sampling.sampler import Sampler, SamplerActivities
from activities.secrets import DirectorySecrets
from activities.services import ServiceActivities
from activities.traffic import Rfc2136, TrafficActivities
from worker.settings import Settings
from workflows import names
from workflows.epilogue import closed_from_outside

Activity = Callable[..., Any]


@dataclass(frozen=True)
class Tools:
    """What one worker process has, made once."""

    secrets: DirectorySecrets
    ssh: SshPool
    logs: LogStore
    remote: Remote
    probes: Probes
    datasets: dict[str, Dataset]
    sampler: Sampler
    fences: dict[str, FenceDevice]
    renewer: Renewer


def make_tools(settings: Settings, place: str) -> Tools:
    secrets = DirectorySecrets(settings.secrets)
    logs = LogStore(settings.store, settings.state / "spool")
    ssh = SshPool(secrets)
    remote = Remote(ssh, secrets, logs)
    probes = Probes()
    datasets: dict[str, Dataset] = {"postgresql": PostgresqlDataset(secrets, remote)}
    sampler = Sampler(datasets, settings.state / "samples", place, probes)
    fences: dict[str, FenceDevice] = {"commands": CommandDevice(remote), "redfish": RedfishDevice(secrets)}
    renewer = Renewer(remote, settings.state / "guards", place)
    return Tools(secrets, ssh, logs, remote, probes, datasets, sampler, fences, renewer)


def short_activities(tools: Tools, place: str) -> list[Activity]:
    """Looks and quick changes: what every place offers on its short queue."""
    probes = ProbeActivities(tools.probes, place)
    datasets = DatasetActivities(tools.datasets)
    sampler = SamplerActivities(tools.sampler)
    services = ServiceActivities(tools.remote, tools.probes)
    fencing = FencingActivities(tools.fences)
    fence_watch = FenceWatchActivities(fencing, tools.probes, place)
    guards = GuardActivities(tools.renewer, tools.remote)
    hosts = HostActivities(tools.remote)
    proof = ProofActivities(WriteReadProof(tools.datasets))
    return [
        probes.sight,
        datasets.dataset_status,
        datasets.drain_dataset,
        datasets.check_dataset,
        datasets.promote_dataset,
        sampler.sample_window,
        services.reach,
        fencing.fence,
        fencing.lift_fence,
        fencing.fence_status,
        fence_watch.watch_fence,
        guards.guard_installed,
        guards.install_guard,
        hosts.contact_host,
        hosts.prepare_host,
        hosts.write_epoch,
        proof.prove_service,
    ]


def renewing_activities(tools: Tools) -> list[Activity]:
    """What one renewer is told, on a queue of its own: another of its place cannot stop for it."""
    guards = GuardActivities(tools.renewer, tools.remote)
    return [guards.stop_renewing, guards.resume_renewing, guards.view_guards]


def job_activities(tools: Tools) -> list[Activity]:
    """Long work on hosts: what a center offers on its jobs queue."""
    services = ServiceActivities(tools.remote, tools.probes)
    return [services.bring_up, services.take_down, services.see_up, services.see_down]


def control_activities(tools: Tools, settings: Settings, client: Client) -> list[Activity]:
    """What belongs to no center."""
    runs = RunWatch(client)
    estate = EstateActivities(client, runs)
    watch = WatchActivities(runs)
    traffic = TrafficActivities(Rfc2136(tools.secrets))
    notices = NoticeActivities(Notices(tools.secrets))
    archive = ArchiveActivities(Archive(settings.archive), exporter(settings, client))
    codes = CodeActivities(tools.secrets, estate)
    watches = FenceWatchControl(client)
    return [
        estate.read_estate,
        estate.announce_run,
        estate.join_estate,
        estate.acquire_lease,
        estate.release_lease,
        estate.record_action,
        estate.oblige_estate,
        estate.clear_obligation,
        estate.set_active,
        watch.watch_runs,
        watch.closed_runs,
        watch.stop_runs,
        watch.await_still,
        codes.check_codes,
        traffic.move_dns,
        notices.send_notice,
        archive.archive_run,
        archive.export_run,
        watches.stop_fence_watch,
    ]


def kept_at(settings: Settings, place: str) -> dict[str, str]:
    """What a worker of the place keeps outside of its own disk: the address by the name of the setting."""
    archive = {"MUSTER_ARCHIVE": settings.archive} if place == names.CONTROL else {}
    return {"MUSTER_STORE": settings.store, **archive}


def exporter(settings: Settings, client: Client) -> RunExporter:
    """What keeps a run that has closed."""
    secrets = DirectorySecrets(settings.secrets)
    return RunExporter(client, Archive(settings.archive), closed_from_outside, secrets.known)
