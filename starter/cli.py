"""The command line `muster`.

Exit codes: 0 done; 1 refused or failed, by what a plan holds or by what a server, run, estate or archive says; 2 wrong
usage: what was typed or set cannot be meant, by itself or by the plan beside it, and nobody was asked; 130 at Ctrl-C;
141 when whoever read the output has gone.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

import typer

from starter.commands import approver, later, people, plan, runs, steps
from starter.errors import Refused, WrongUsage

EXIT_INTERRUPTED = 130
EXIT_READER_GONE = 141
UNWRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

app = typer.Typer(
    add_completion=False,
    rich_markup_mode="rich",
    help="Durable scenario workflows for data-center operations and disaster recovery.",
    epilog="Temporal is found by TEMPORAL_* variables or temporal.toml; by default on this machine.",
)

COMMANDS: dict[str, tuple[Callable[..., None], ...]] = {
    "Plans and estates": (plan.validate, plan.prepare, plan.apply, plan.estate, plan.lift),
    "Runs": (runs.start, runs.list_, runs.show, runs.watch, runs.logs, runs.report),
    "Speaking to a run": (
        people.decide,
        people.approve,
        people.reject,
        people.hold,
        people.resume,
        people.abort,
    ),
    "Held steps": (steps.retry, steps.confirm, steps.skip, steps.force, steps.override),
}
for panel, acts in COMMANDS.items():
    for act in acts:
        app.command(act.__name__.rstrip("_"), rich_help_panel=panel)(act)
app.add_typer(approver.app, name="approver", rich_help_panel="Plans and estates")
for name in later.LATER:
    app.command(name, hidden=True, context_settings=later.ANYTHING, add_help_option=False)(later.not_yet)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code. Whatever goes wrong is one line on stderr, never a traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _done(words)
    except BrokenPipeError:
        return _reader_gone()
    except SystemExit:
        # what draws help and tables ends the program so when its reader goes away; nobody else does
        return _reader_gone()
    except OSError as error:
        return _trouble(error)


def _done(words: list[str]) -> int:
    try:
        _need_text(words)
        code = app(words or ["--help"], prog_name="muster", standalone_mode=False)
        sys.stdout.flush()
    except Refused as refused:
        return _say(str(refused), refused.exit_code)
    except typer.TyperException as wrong:
        return _say(_wrong_usage(wrong), wrong.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return _say("interrupted", EXIT_INTERRUPTED)
    except OSError:
        raise
    except Exception as error:
        return _unforeseen(error)
    if code == EXIT_INTERRUPTED:
        return _say("interrupted", EXIT_INTERRUPTED)
    return code if isinstance(code, int) else 0


def _need_text(words: list[str]) -> None:
    """What is typed goes into histories and reports: bytes that are no text could not be stored there."""
    for word in words:
        if not word.isascii() and any("\ud800" <= letter <= "\udfff" for letter in word):
            raise WrongUsage(f"{ascii(word)[:80]} is no UTF-8 text: type it anew")


def _reader_gone() -> int:
    """As other tools end whose reader leaves (`muster list | head -1`): without a word, as if by SIGPIPE."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            # what is left in it must not be written again at the end of the program
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return EXIT_READER_GONE


def _trouble(error: OSError) -> int:
    """A file of this machine, or the output itself: no fault of muster, and nothing that a run refused."""
    if error.filename is None and error.errno not in UNWRITTEN:
        return _unforeseen(error)
    what = error.filename if error.filename is not None else "the output cannot be written"
    with suppress(OSError):  # stderr may be on that very disk
        _say(f"{what}: {error.strerror}", 1)
    return 1


def _wrong_usage(wrong: typer.TyperException) -> str:
    """What is wrong, and where to read what is right: of the very command, once one was found."""
    context = getattr(wrong, "ctx", None)
    what = wrong.format_message().rstrip(".")
    between = " " if what.endswith("?") else "; "
    return f"{what}{between}`{context.command_path if context else 'muster'} --help` shows what there is"


def _unforeseen(error: Exception) -> int:
    """An error of this program itself."""
    if os.environ.get("MUSTER_DEBUG"):
        raise error
    return _say(f"{type(error).__name__}: {error}; a fault of muster itself, MUSTER_DEBUG=1 shows where", 1)


def _say(text: str, code: int) -> int:
    from starter.console import remark

    remark(text)
    return code
