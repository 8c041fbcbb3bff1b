"""`python -m deploy.demo`: exit code 0 when everything was as promised. `down` takes away what KEEP=1 left.

DISASTER=power: everything of the center is dead at once; else its links are cut and its programs live on.
INTERACTIVE=1: a person decides and approves in the Web UI. KEEP=1: leave all of it running.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

from deploy.demo.play import Play, Wishes, bare_script, write
from deploy.demo.screen import Screen
from deploy.demo.web_ui import WebUi
from deploy.dev.errors import DevServerError
from deploy.lab.errors import LabError
from deploy.lab.lab import Lab
from deploy.lab.layout import PROJECT
from deploy.site import CONTROL, Site

UI_PORT = 8233


def main() -> int:
    wishes = Wishes(
        power=os.environ.get("DISASTER", "") == "power",
        interactive=_is_set("INTERACTIVE"),
        keep=_is_set("KEEP"),
    )
    screen = Screen()
    try:
        if sys.argv[1:] == ["down"]:
            Site(Lab("demo", base=80)).down()
            return 0
        Site(Lab("demo", base=80)).down()  # what an earlier demo left
        site = Site(Lab("demo", base=80), ui_port=UI_PORT if wishes.interactive or wishes.keep else 0)
        return _play(site, screen, wishes)
    except (LabError, DevServerError, OSError, subprocess.SubprocessError) as error:
        screen.complain(str(error))
        return 1
    except KeyboardInterrupt:
        screen.complain("interrupted")
        return 130


def _play(site: Site, screen: Screen, wishes: Wishes) -> int:
    try:
        return _run(site, screen, wishes)
    finally:
        if wishes.keep:
            screen.say(f"left running, Web UI at {site.server.ui_address}; take it down with: make demo-down")
        else:
            site.down()


def _run(site: Site, screen: Screen, wishes: Wishes) -> int:
    script_seconds = bare_script(site, screen)
    site.up(screen.say)
    if wishes.keep or wishes.interactive:
        screen.say(f"for the command line `muster`: source {_environment(site)}")
    ui = WebUi(site.server.ui_address or "", site.server.namespace)
    figures = Play(site, ui, screen, wishes).perform(script_seconds)
    write(figures, PROJECT / "build" / "demo.json")
    screen.figures(figures)
    screen.say("as promised" if figures.ok else "NOT as promised")
    return 0 if figures.ok else 1


def _environment(site: Site) -> str:
    """A file to be sourced: how an operator at the third site reaches what was left running."""
    path = PROJECT / "build" / "demo.env"
    kept = {
        key: value for key, value in site.env(CONTROL).items() if key.startswith(("TEMPORAL_", "MUSTER_"))
    }
    lines = [f"export {key}={shlex.quote(value)}" for key, value in kept.items()]
    lines.append(f"export PATH={shlex.quote(str(PROJECT / '.venv' / 'bin'))}:$PATH")
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return str(path.relative_to(PROJECT))


def _is_set(name: str) -> bool:
    return os.environ.get(name, "") not in ("", "0", "no")


if __name__ == "__main__":
    sys.exit(main())
