#!/usr/bin/env bash
# Writes requirements.lock: versions and hashes of every file of each release (all machines), no addresses.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The lowest Python decides: what only it needs is harmless on newer ones, the other way round something is missing.
.venv/bin/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' ||
    { echo "lock: the lock is made with Python 3.11: make clean lock PYTHON=python3.11" >&2; exit 1; }

CUSTOM_COMPILE_COMMAND="make lock" exec .venv/bin/pip-compile --quiet --no-config --all-extras --allow-unsafe \
    --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
    --output-file requirements.lock "$@" pyproject.toml
