"""`python -m starter` is `muster`."""

from __future__ import annotations

import sys

from starter.cli import main

sys.exit(main())
