"""What the command line is told by its environment: `MUSTER_*` variables."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """`user`: who types. `store` and `archive`: fsspec addresses or paths, the same as the control worker's.

    `state`: the state directory of a worker on this machine, for output that the store did not take yet.
    `secrets`: the directory of secrets of a control worker on this machine.
    """

    model_config = SettingsConfigDict(env_prefix="MUSTER_", extra="ignore")

    user: str = ""
    store: str = "build/store"
    archive: str = "build/archive"
    state: Path = Path("build/worker")
    secrets: Path = Path("secrets")
