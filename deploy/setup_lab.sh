#!/usr/bin/env bash
# Makes the machine able to run the lab: Linux, root or sudo, and the Debian packages of deploy/lab/packages.txt.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() { printf 'lab: %s\n' "$*" >&2; exit 1; }
elsewhere="run this on a Debian 12 machine or virtual machine; what needs no lab runs here: .venv/bin/python -m pytest -m 'not lab'"

[ "$(uname -s)" = Linux ] || fail "network namespaces need Linux, this is $(uname -s): $elsewhere"
[ "$(id -u)" = 0 ] || command -v sudo >/dev/null || fail "network namespaces need root, and there is no sudo: become root, or $elsewhere"
command -v dpkg-query >/dev/null || fail "the lab is made of Debian's packages and there is no dpkg: $elsewhere"

mapfile -t packages < <(sed 's/#.*//; /^[[:space:]]*$/d' deploy/lab/packages.txt)
exec deploy/debian.sh "${packages[@]}"
