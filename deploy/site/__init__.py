"""A whole Muster on a lab: Temporal at the third site, a worker at each place, the estate prepared and applied."""

from __future__ import annotations

from deploy.site.renewal import begin_anew
from deploy.site.site import CONTROL, Site
from deploy.site.workers import WorkerProcess

__all__ = ["CONTROL", "Site", "WorkerProcess", "begin_anew"]
