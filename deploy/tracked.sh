#!/usr/bin/env bash
# Fails when a tracked file holds an address of a package registry or a path of this very machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

found=0
report() { if [ -n "$2" ]; then printf '%s:\n%s\n' "$1" "$2" >&2; found=1; fi; }
search() { git grep -nI "$@" | cut -c1-160 || true; }

# A checkout right below / or below a folder that every machine has says nothing about this machine.
places=(-e "$PWD")
case "$(dirname "$PWD")" in / | /tmp | /home | /root | /srv | /opt | /mnt | /var | /var/tmp) ;; *) places+=(-e "$(dirname "$PWD")/") ;; esac
for tool in .pyenv .cache .local .venv; do places+=(-e "$HOME/$tool"); done

report "paths of this machine in tracked files" "$(search -F "${places[@]}" -- . )"
report "addresses in the lock" "$(search -E '://|^-|@ ' -- requirements.lock)"
report "addresses of package registries in tracked files" \
    "$(search -E '(pypi|pythonhosted|npmjs)[.]org|(deb|security)[.]debian[.]org' -- . ':!deploy/tracked.sh')"
exit $found
