"""The page of a run in the Temporal Web UI."""
