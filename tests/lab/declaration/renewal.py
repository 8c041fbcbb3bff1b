"""`begin_anew` lives beside the site that it renews."""

from __future__ import annotations

from deploy.site import begin_anew

__all__ = ["begin_anew"]
