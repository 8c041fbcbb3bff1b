"""Changing and looking at hosts over SSH: kept connections, jobs that happen once, first contact."""

from __future__ import annotations

from activities.remote.remote import CommandResult, Contact, Prepared, Remote

__all__ = ["CommandResult", "Contact", "Prepared", "Remote"]
