from __future__ import annotations

import sys

from deploy.lab.cli import main

sys.exit(main())
