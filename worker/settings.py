"""What a worker is told by its environment: `MUSTER_*` variables; the server by `temporal.toml` or `TEMPORAL_*`."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """`secrets`: a directory with a file for each secret. `store` and `archive`: fsspec addresses or paths.

    `state`: a directory on the worker's own disk, for samples and for output that the store does not take.
    """

    model_config = SettingsConfigDict(env_prefix="MUSTER_", extra="ignore")

    estate: str = ""
    secrets: Path = Path("secrets")
    store: str = "build/store"
    archive: str = "build/archive"
    state: Path = Path("build/worker")
    log_level: str = "INFO"
    log_json: bool = True
    max_jobs: int = 50  # long activities side by side
    max_looks: int = 50  # short ones: their slots are never taken by jobs
