"""From what people wrote to a plan: all problems at once, each at its place."""

from .reading import Reading, read_plan

__all__ = ["Reading", "read_plan"]
