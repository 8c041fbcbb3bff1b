"""Commands that start runs and look at them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from starter.commands.expanding import expanded
from starter.commands.options import (
    Archive,
    Center,
    Json,
    PlanAsIs,
    PlanFile,
    Profile,
    RunId,
    RunName,
    Services,
    Speaking,
    Store,
)


@expanded
def start(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="declaration", show_default=False)],
    plan: PlanFile,
    asking: Speaking,
    center: Center = None,
    service: Services = None,
    plan_as_is: PlanAsIs = False,
    watch: Annotated[bool, typer.Option("--watch", help="and watch it")] = False,
) -> None:
    """Start a scenario. Its starter has no voice at its gates.

    Example: muster start declaration hanbit-bank.yaml --reason "seoul does not answer" --as ops
    """
    from starter.client import run_with
    from starter.plans import good_plan
    from starter.starting import Wishes, need_good, need_scenario
    from starter.starting import start as start_run

    need_scenario(scenario)
    starter = asking.person(f"start {scenario}")
    good = good_plan(plan)
    wishes = Wishes(scenario, starter, asking.reason, center, service or [], plan_as_is, asking.json)
    need_good(good.plan, wishes)
    run = run_with(asking.profile, lambda temporal: start_run(temporal, good, wishes))
    if watch:
        raise typer.Exit(_watch(run, None, asking.profile, asking.json))


def list_(
    estate: Annotated[str | None, typer.Option("--estate", help="of this estate only")] = None,
    all_runs: Annotated[bool, typer.Option("--all", help="also those that are over")] = False,
    archived: Annotated[bool, typer.Option("--archived", help="those that the archive keeps")] = False,
    archive: Archive = None,
    profile: Profile = None,
    json: Json = False,
) -> None:
    """The runs that go on, all that the server keeps, or those that the archive keeps.

    Example: muster list --all
    """
    from starter.archived_listing import list_archived
    from starter.client import run_with
    from starter.listing import list_runs, query_of
    from starter.settings import Settings

    query = query_of(estate, all_runs=all_runs)
    if archived:
        list_archived(archive or Settings().archive, estate, as_json=json)
        return
    run_with(profile, lambda temporal: list_runs(temporal, query, all_runs=all_runs, as_json=json))


def show(run: RunName, run_id: RunId = None, profile: Profile = None, json: Json = False) -> None:
    """One run: what it waits for and what to type, clocks, evidence, loss, steps.

    Example: muster show hanbit-bank/declaration
    """
    import time

    from starter.client import run_with
    from starter.console import print_json
    from starter.console import show as print_parts
    from starter.documents.page import page
    from starter.run_reading import read_run
    from starter.run_ref import parse_run

    ref = parse_run(run, run_id)
    seen = run_with(profile, lambda temporal: read_run(temporal, ref))
    if json:
        print_json(seen.record.model_dump(mode="json") | {"server_status": seen.status})
    else:
        print_parts(*page(seen.record, time.time(), seen.status))


def watch(run: RunName, run_id: RunId = None, profile: Profile = None, json: Json = False) -> None:
    """A run as it goes on, until it ends. Into a pipe: one line for each entry of its journal.

    Example: muster watch hanbit-bank/declaration
    """
    raise typer.Exit(_watch(run, run_id, profile, json))


def _watch(run: str, run_id: str | None, profile: str | None, as_json: bool) -> int:
    from starter.client import run_with
    from starter.run_ref import parse_run
    from starter.watch import watch_here

    ref = parse_run(run, run_id)
    return run_with(profile, lambda temporal: watch_here(temporal, ref, as_json=as_json))


def logs(
    run: RunName,
    step: Annotated[str | None, typer.Argument(metavar="[STEP]", show_default=False)] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="and what comes, until Ctrl-C")] = False,
    grep: Annotated[str | None, typer.Option("--grep", hidden=True)] = None,
    run_id: RunId = None,
    store: Store = None,
    json: Json = False,
) -> None:
    """Outputs of a run's steps, and of its child runs'.

    Example: muster logs hanbit-bank/declaration start-was@was-1
    """
    from starter.errors import WrongUsage
    from starter.log_reading import LogReader, follow_logs, print_logs
    from starter.run_ref import parse_run
    from starter.settings import Settings

    if grep is not None:
        raise WrongUsage("logs --grep is not yet there: pipe `muster logs RUN` into grep")
    if follow and json:
        raise WrongUsage("--json is one document, and --follow has no end: leave one of them out")
    settings = Settings()
    reader = LogReader(store or settings.store, settings.state / "spool")
    ref = parse_run(run, run_id)
    if follow:
        follow_logs(reader, ref, step)
    else:
        print_logs(reader, ref, step, as_json=json)


def report(
    run: RunName,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="F.md|F.json", help="default: to the terminal")
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="only look whether the archive has it unchanged")
    ] = False,
    digest: Annotated[
        str | None,
        typer.Option(
            "--digest",
            metavar="SHA-256",
            help="verify, and hold the record against what its last notice names",
        ),
    ] = None,
    run_id: RunId = None,
    archive: Archive = None,
    profile: Profile = None,
    json: Json = False,
) -> None:
    """What a run did, as a document for people, from the archive; of a run that goes on: so far.

    The archive alone is enough: the server is only asked whether a newer run is there, with #RUNID not even that.
    A record that was changed after its export is refused.

    Example: muster report hanbit-bank/declaration -o report.md
    """
    import asyncio

    from starter.archive_reading import known_digest
    from starter.console import remark
    from starter.report_reading import read_for_report
    from starter.reporting import format_of, write_report
    from starter.run_ref import parse_run
    from starter.settings import Settings
    from starter.verifying import verify as verify_run

    format_of(output, as_json=json)
    ref = parse_run(run, run_id)
    url = archive or Settings().archive
    if verify or digest is not None:
        verify_run(url, ref, known_digest(digest), as_json=json)
        return
    source = asyncio.run(read_for_report(profile, url, ref))
    write_report(source.seen, output, as_json=json)
    remark(source.said)
