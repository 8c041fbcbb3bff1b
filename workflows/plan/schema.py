"""A JSON schema of plans, for editors."""

from __future__ import annotations

from typing import Any

from .estate_plan import Plan

_SHORT = ("Act", "CheckSpec")


def plan_schema() -> dict[str, Any]:
    """JSON Schema of what people write: unknown keys are refused, short forms are strings."""
    schema = Plan.model_json_schema(by_alias=True)
    parts: dict[str, dict[str, Any]] = schema["$defs"]
    for part in (schema, *parts.values()):
        if part.get("type") == "object" and "properties" in part:
            part["additionalProperties"] = False
    record = parts["Record"]
    record["additionalProperties"] = record["properties"].pop("addresses")["additionalProperties"]
    record["required"].remove("addresses")
    for name in _SHORT:
        parts[name] = {"anyOf": [{"type": "string"}, parts[name]]}
    return schema
