"""Names of queues, workflows and search attributes (law 14: estate and center stand in every one).

Estate, center, service and component names have no dots and no slashes (the plan refuses them),
so a joined name can be read in one way only.
"""

from __future__ import annotations

from temporalio.common import SearchAttributeKey

CONTROL = "control"  # the place that is no center: the third site
CONTROL_DOMAIN = "third-site"  # its failure domain

ESTATE = SearchAttributeKey.for_keyword("MusterEstate")
SCENARIO = SearchAttributeKey.for_keyword("MusterScenario")
PHASE = SearchAttributeKey.for_keyword("MusterPhase")
WAITS_FOR = SearchAttributeKey.for_keyword("MusterWaitsFor")
SEVERITY = SearchAttributeKey.for_keyword("MusterSeverity")
SEARCH_ATTRIBUTES = (ESTATE, SCENARIO, PHASE, WAITS_FOR, SEVERITY)


def queue(estate: str, place: str) -> str:
    """The short queue of a center, or of control: probes, looks, promotions."""
    return f"{estate}.{place}"


def jobs_queue(estate: str, center: str) -> str:
    """The queue of a center's long work."""
    return f"{estate}.{center}.jobs"


def renewer_queue(estate: str, place: str, renewer: str) -> str:
    """One renewer of guards: what it is told, no other of its place may take for it."""
    return f"{estate}.{place}.renewer.{renewer}"


def estate_id(estate: str) -> str:
    return f"{estate}/estate"


def scenario_id(estate: str, scenario: str) -> str:
    """One run of a scenario at a time for each estate: the id is the lock (conflict policy *fail*)."""
    return f"{estate}/{scenario}"


def cleanup_id(estate: str, run_id: str, number: int) -> str:
    """The run that undoes what a closed run left, the `number`th of it. After a reset it may close once more."""
    return f"{estate}/cleanup/{run_id[-12:]}-{number}"


def lift_id(estate: str, center: str) -> str:
    """The run in which people ask to lift the fence of a center: one at a time."""
    return f"{estate}/lift/{center}"


def service_run_id(run: str, service: str) -> str:
    return f"{run}/{service}"


def fence_watch_id(estate: str, center: str) -> str:
    """The watch over the fence of a center: one at a time."""
    return f"{estate}/fence/{center}"


def run_of(workflow_id: str, first_run_id: str) -> str:
    """One run and no other of its workflow id; the same after a reset."""
    return f"{workflow_id}#{first_run_id}"


def component(service: str, name: str) -> str:
    return f"{service}.{name}"
