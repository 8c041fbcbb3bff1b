#!/usr/bin/env bash
# Makes .venv from requirements.lock, with the project itself in it. Nothing to do when the lock did not change.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv=.venv
stamp=$venv/.installed

say() { printf '%s\n' "$*" >&2; }
fail() { say "setup: $*"; exit 1; }

# What the venv was made from. The place counts: a venv that was moved has the old place in its scripts.
wanted() { { pwd; cat requirements.lock pyproject.toml; } | sha256sum; }

runs_311() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        runs_311 "$PYTHON" || fail "PYTHON=$PYTHON is not a Python 3.11 or newer"
        printf '%s' "$PYTHON"
        return
    fi
    local name
    for name in python3.11 python3.12 python3.13 python3; do
        if runs_311 "$name"; then printf '%s' "$name"; return; fi
    done
    fail "no Python 3.11 or newer on the PATH; install python3 (Debian 12 has 3.11) or name one: make setup PYTHON=/path/to/python3"
}

# Debian keeps ensurepip in a package of its own.
need_ensurepip() {
    local package
    "$1" -c 'import ensurepip, venv' 2>/dev/null && return
    package=$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    command -v apt-get >/dev/null || fail "$1 has no ensurepip; install the venv package of your system"
    deploy/debian.sh "$package" || fail "$1 has no ensurepip; install the Debian package $package"
}

[ "$(cat "$stamp" 2>/dev/null)" != "$(wanted)" ] || exit 0

python=$(find_python)
if ! { [ -x $venv/bin/python ] && runs_311 $venv/bin/python && grep -qsF "$PWD/$venv" $venv/bin/activate; }; then
    need_ensurepip "$python"
    say "setup: making $venv with $("$python" --version)"
    rm -rf $venv
    "$python" -m venv $venv
fi
say "setup: installing requirements.lock"
pip=("$venv/bin/python" -m pip --disable-pip-version-check --quiet --quiet --no-input)
"${pip[@]}" install --require-hashes -r requirements.lock
"${pip[@]}" install --no-deps --no-build-isolation --editable .
wanted > "$stamp"
