"""The archive: what each run was and did, kept for years outside Temporal (law 15).

A run has a folder WORKFLOW_ID/RUN_ID: its record, the histories of all that belong to it, and an index with the
digest of each file. The index is written last and is the seal: a folder without one is not whole.
"""

from __future__ import annotations

from activities.archive.activities import ArchiveActivities
from activities.archive.archive import Archive, Cut, Damaged
from activities.archive.export import RunExporter
from activities.archive.index import Ending, Index, KeptFile, KeptRun
from activities.archive.late import final_record
from activities.archive.orders import ArchiveOrder, Exported, ExportOrder, Kept, folder_of
from activities.archive.verification import why_not_whole

__all__ = [
    "Archive",
    "ArchiveActivities",
    "ArchiveOrder",
    "Cut",
    "Damaged",
    "Ending",
    "ExportOrder",
    "Exported",
    "Index",
    "Kept",
    "KeptFile",
    "KeptRun",
    "RunExporter",
    "final_record",
    "folder_of",
    "why_not_whole",
]
