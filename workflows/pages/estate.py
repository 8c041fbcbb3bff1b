"""What the Web UI shows of an Estate."""

from __future__ import annotations

from workflows.estate.state import EstateState


def page(state: EstateState) -> str:
    """Markdown."""
    held = state.lease
    lines = [f"# Estate {state.estate}", f"epoch **{state.epoch}** · plan `{state.plan_hash[:12]}`"]
    lines += [f"- {service}: **{center}**" for service, center in sorted(state.active.items())]
    lines += [
        f"- {service}: {center}, no longer in the plan" for service, center in sorted(state.left.items())
    ]
    lines.append(f"lease: **{held.workflow_id}** ({held.reason})" if held else "lease: free")
    lines += [f"- announced: **{one.workflow_id}** ({one.reason})" for one in state.announcements]
    lines += [f"- guest: **{one.workflow_id}** ({one.reason})" for one in state.guests]
    lines += [f"- to be undone: **{one.id}**, by {one.workflow_id}" for one in state.obligations]
    return "\n\n".join(lines)
