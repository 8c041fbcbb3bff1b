"""`muster report`: from a record to a file."""

from __future__ import annotations

import json
import time
from pathlib import Path

from starter.console import line
from starter.documents.report import markdown
from starter.errors import Refused, WrongUsage
from starter.seen import Seen

FORMATS = (".md", ".json")
LATER = (".html", ".xlsx")


def format_of(output: Path | None, *, as_json: bool) -> str:
    """`.md` or `.json`; WrongUsage for what cannot be written."""
    suffix = output.suffix.lower() if output else (".json" if as_json else ".md")
    if suffix in LATER:
        raise WrongUsage(f"reports as {suffix} are not yet there: write F.md or F.json")
    if suffix not in FORMATS:
        raise WrongUsage(f"a report is written as F.md or F.json, not as {output}")
    return suffix


def report_text(seen: Seen, suffix: str, now: float) -> str:
    """Of an archived record: the same at any `now`."""
    if suffix == ".json":
        content = seen.record.model_dump(mode="json")
        if seen.doubt:
            content["doubt"] = seen.doubt
        if seen.late:
            content["late"] = [entry.model_dump(mode="json") for entry in seen.late]
        return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    ended = seen.record.ended_at
    moment = ended if seen.status == "archived" and ended is not None else now
    note, doubt = note_of(seen), seen.doubt
    return markdown(seen.record, moment, note=note, doubt=doubt, digest=seen.digest, late=seen.late)


def note_of(seen: Seen) -> str:
    """Where the record is from, when it is not a sealed folder of the archive.

    One that the server keeps and the archive has otherwise is doubted: an archive may be the one that lies.
    """
    if seen.status == "archived":
        return "" if seen.is_sealed else "not_sealed"
    if not seen.is_over:
        return "report_so_far"
    return "archived_otherwise" if seen.doubt else "not_archived"


def write_report(seen: Seen, output: Path | None, *, as_json: bool) -> None:
    text = report_text(seen, format_of(output, as_json=as_json), time.time())
    if output is None:
        print(text, end="", flush=True)
        return
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused(f"{output} cannot be written ({error.strerror}): name another file with -o") from None
    line(f"{output}: report of {seen.record.workflow_id}, {seen.record.state}, {seen.status}")
