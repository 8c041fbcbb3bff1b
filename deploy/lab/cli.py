"""`python -m deploy.lab`: one line for each thing done, one line for each error."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from deploy.lab import preflight
from deploy.lab.errors import LabError
from deploy.lab.lab import Lab
from deploy.lab.network import LINKS


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 done, 1 refused or failed, 2 wrong usage; `exec` gives the command's own."""
    options = _parser().parse_args(argv)
    try:
        reason = preflight.why_not()
        if reason:
            raise LabError(reason)
        return int(options.do(options) or 0)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"lab: {options.command}: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("lab: interrupted: `down` removes what is left", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.lab", description="Two data centers on this machine."
    )
    parser.add_argument("--id", default="a", help="the lab's id (default a)")
    default_state = os.environ.get("LAB_STATE")
    parser.add_argument(
        "--state", type=Path, default=default_state and Path(default_state), help="its directory"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    up = commands.add_parser("up", help="bring it up")
    up.add_argument("--base", type=int, default=80, help="addresses 10.BASE to 10.BASE+2 (default 80)")
    up.add_argument("--estate", default="hanbit-bank")
    up.set_defaults(do=_up)
    commands.add_parser("down", help="leave nothing").set_defaults(do=_down)
    commands.add_parser("reset", help="fresh disks, all on, nothing broken").set_defaults(do=_reset)
    commands.add_parser("status", help="hosts, links, edge").set_defaults(do=_status)
    commands.add_parser("plan", help="print where the plan lies").set_defaults(do=_plan)
    power = commands.add_parser("power", help="power on|off CENTER|CENTER/HOST")
    power.add_argument("what", choices=("on", "off"))
    power.add_argument("target")
    power.set_defaults(do=_power)
    for name, text in (("cut", "drop all packets"), ("heal", "let them pass again")):
        links = commands.add_parser(name, help=f"{text} on {', '.join(LINKS)} or a center's links")
        links.add_argument("target")
        links.set_defaults(do=_links)
    throttle = commands.add_parser("throttle", help="throttle wan RATE|off, for example 2mbit")
    throttle.add_argument("link", choices=("wan",))
    throttle.add_argument("rate")
    throttle.set_defaults(do=lambda o: _lab(o).throttle(o.rate))
    for name in ("break", "mend"):
        fault = commands.add_parser(name, help=f"{name} a named fault")
        fault.add_argument("fault")
        fault.add_argument("argument", nargs="?")
        fault.set_defaults(do=_fault)
    execute = commands.add_parser("exec", help="exec CENTER|CENTER/HOST -- COMMAND")
    execute.add_argument("target")
    execute.add_argument("argv", nargs=argparse.REMAINDER)
    execute.set_defaults(do=_exec)
    return parser


def _lab(options: argparse.Namespace) -> Lab:
    return Lab.open(options.id, options.state)


def _up(options: argparse.Namespace) -> None:
    lab = Lab(options.id, options.base, options.estate, options.state)
    began = time.monotonic()
    if lab.up(tell=lambda line: print(f"lab {options.id}: {line}", flush=True)):
        print(f"lab {options.id}: up in {time.monotonic() - began:.1f} s, plan {lab.layout.plan}")
    else:
        print(f"lab {options.id}: already up, plan {lab.layout.plan}")


def _down(options: argparse.Namespace) -> None:
    began = time.monotonic()
    try:
        lab = _lab(options)
    except LabError:
        lab = Lab(options.id, state=options.state)  # its files are gone: the names in the kernel are enough
    lab.down()
    print(f"lab {options.id}: down in {time.monotonic() - began:.1f} s")


def _reset(options: argparse.Namespace) -> None:
    began = time.monotonic()
    _lab(options).reset()
    print(f"lab {options.id}: reset in {time.monotonic() - began:.1f} s")


def _status(options: argparse.Namespace) -> int:
    lab = _lab(options)
    if not lab.is_up:
        raise LabError(f"lab {options.id} is not up: python -m deploy.lab --id {options.id} up")
    for host in lab.layout.hosts:
        power = "on" if lab.machines.is_on(host) else "off"
        print(f"{host.label:<14} {host.address:<12} {power:<4} {' '.join(host.roles)}")
    for link in LINKS:
        rate = (
            f" throttled to {lab.network.throttled()}"
            if link == "wan" and lab.network.throttled() != "off"
            else ""
        )
        print(f"{link:<14} {'cut' if lab.network.is_cut(link) else 'open'}{rate}")
    for center in lab.layout.centers:
        print(f"{'edge ' + center:<14} {'blocked' if lab.network.is_blocked(center) else 'open'}")
    return 0


def _plan(options: argparse.Namespace) -> None:
    print(_lab(options).layout.plan)


def _power(options: argparse.Namespace) -> None:
    lab = _lab(options)
    if options.what == "on":
        lab.power_on(options.target)
    else:
        lab.power_off(options.target)


def _links(options: argparse.Namespace) -> None:
    lab = _lab(options)
    if options.command == "cut":
        lab.cut(options.target)
    else:
        lab.heal(options.target)


def _fault(options: argparse.Namespace) -> None:
    lab = _lab(options)
    if options.command == "break":
        lab.break_(options.fault, options.argument)
    else:
        lab.mend(options.fault, options.argument)


def _exec(options: argparse.Namespace) -> int:
    argv = options.argv[1:] if options.argv[:1] == ["--"] else options.argv
    if not argv:
        raise LabError("exec: say the command after --")
    return subprocess.run(_lab(options).machines.inside(options.target, argv), check=False).returncode
