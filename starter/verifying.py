"""`muster report --verify`: whether the archive has a run as its export left it."""

from __future__ import annotations

from starter.archive_reading import whole
from starter.console import line, print_json
from starter.errors import Refused
from starter.run_ref import RunRef


def verify(url: str, ref: RunRef, digest: str | None, *, as_json: bool) -> None:
    """Refused for what is not whole; with `as_json` the document says so too."""
    try:
        found = whole(url, ref, ref.run_id, digest)
    except Refused as why:
        if as_json:
            print_json({"verified": False, "run": str(ref), "why": str(why)})
        raise
    if as_json:
        print_json({"verified": True, "run": found.name, "record": found.record, "index": found.index})
    else:
        line(str(found))
