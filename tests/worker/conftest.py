"""The Temporal server of the workflow tests serves here too."""

from tests.workflows.conftest import client, server

__all__ = ["client", "server"]
