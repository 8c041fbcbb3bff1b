"""Commands about a plan."""

from __future__ import annotations

from typing import Annotated

import typer

from starter.commands.expanding import expanded
from starter.commands.options import Json, PlanFile, Profile, Speaking, Yes


def validate(plan: PlanFile, json: Json = False) -> None:
    """Check a plan without touching anything; all problems are told at once.

    Example: muster validate hanbit-bank.yaml
    """
    from starter.console import line, print_json
    from starter.plan_file import load_plan
    from starter.plans import summary, tell_problems

    loaded = load_plan(plan)
    if json:
        print_json({"ok": not loaded.problems, "hash": loaded.hash, "problems": loaded.problems})
    elif loaded.plan is not None:
        line(f"{plan} is good: {loaded.hash}, {summary(loaded.plan)}")
    else:
        tell_problems(loaded)
    if loaded.problems:
        raise typer.Exit(1)


def prepare(
    plan: PlanFile,
    yes: Yes = False,
    accept_changed_keys: Annotated[
        list[str] | None,
        typer.Option(
            "--accept-changed-keys",
            metavar="HOST",
            help="CENTER/HOST or a device whose key changed for a reason that you know",
        ),
    ] = None,
    profile: Profile = None,
    json: Json = False,
) -> None:
    """First contact with hosts: shows each key, then writes identity marker and epoch record.

    The keys go into a file beside the plan, to be kept in git with it. Run again, it says what differs.

    Example: muster prepare hanbit-bank.yaml
    """
    from starter.client import run_with
    from starter.plans import good_plan
    from starter.preparing import Wishes, need_known
    from starter.preparing import prepare as prepare_hosts

    good = good_plan(plan)
    need_known(good.plan, accept_changed_keys or ())
    wishes = Wishes(yes=yes, as_json=json, accepted=frozenset(accept_changed_keys or ()))
    raise typer.Exit(run_with(profile, lambda temporal: prepare_hosts(temporal, good, wishes)))


def apply(
    plan: PlanFile,
    unprepared: Annotated[
        bool, typer.Option("--unprepared", help="also with hosts that were never met")
    ] = False,
    active: Annotated[
        list[str] | None,
        typer.Option(
            "--active",
            metavar="[SERVICE=]CENTER",
            help="of a lost estate: where its services live now, all or one",
        ),
    ] = None,
    fenced: Annotated[
        list[str] | None,
        typer.Option(
            "--fenced", metavar="CENTER", help="of a lost estate: fenced, though no device of it says so"
        ),
    ] = None,
    unfenced: Annotated[
        list[str] | None,
        typer.Option(
            "--not-fenced", metavar="CENTER", help="of a lost estate: open, though nothing there says so"
        ),
    ] = None,
    disarmed: Annotated[
        list[str] | None,
        typer.Option(
            "--disarmed", metavar="SERVICE.DATASET", help="its guard was disarmed, and may leave the plan"
        ),
    ] = None,
    profile: Profile = None,
    json: Json = False,
) -> None:
    """Register the estate, and show what differs from what was there; rebuild a lost one.

    Example: muster apply hanbit-bank.yaml
    """
    from starter.applying import Wishes, need_known
    from starter.applying import apply as apply_plan
    from starter.client import run_with
    from starter.plans import good_plan
    from starter.rebuilding import Said

    good = good_plan(plan)
    said = Said(active or (), fenced or (), unfenced or ())
    need_known(good.plan, said)
    wishes = Wishes(unprepared, json, said, disarmed or ())
    run_with(profile, lambda temporal: apply_plan(temporal, good, wishes))


def estate(
    plan_or_name: Annotated[str, typer.Argument(metavar="PLAN|ESTATE", show_default=False)],
    profile: Profile = None,
    json: Json = False,
) -> None:
    """Where services live now, the epoch, lease, guests, what is to be undone, the newest irreversible steps.

    Example: muster estate hanbit-bank
    """
    from starter.client import run_with
    from starter.estate_reading import estate_of
    from starter.estate_view import show_estate

    name = estate_of(plan_or_name)
    run_with(profile, lambda temporal: show_estate(temporal, name, as_json=json))


@expanded
def lift(
    plan_or_name: Annotated[str, typer.Argument(metavar="PLAN|ESTATE", show_default=False)],
    center: Annotated[str, typer.Argument(metavar="CENTER", help="that is still fenced", show_default=False)],
    asking: Speaking,
) -> None:
    """Ask the approvers again to lift a fence that stands although no run goes on. Who asks has no voice.

    After a promotion of the other side it is refused: then only a failback opens the center.

    Example: muster lift hanbit-bank seoul --reason "it was a false alarm" --as ops
    """
    from starter.client import run_with
    from starter.estate_reading import estate_of
    from starter.lift import Wishes
    from starter.lift import lift as ask_to_lift

    name = estate_of(plan_or_name)
    wishes = Wishes(center, asking.person(f"lift {center}"), asking.reason, asking.json)
    run_with(asking.profile, lambda temporal: ask_to_lift(temporal, name, wishes))
