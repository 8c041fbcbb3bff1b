#!/usr/bin/env bash
# Installs the named Debian packages that are missing, and says which. Through sudo where the user is not root.
# Nothing of them runs afterwards: no daemon starts now or at the next boot, no PostgreSQL cluster is made.
set -euo pipefail

policy=/usr/sbin/policy-rc.d
kept=$policy.kept-by-muster
units=/lib/systemd/system

fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

missing() {
    comm -23 <(printf '%s\n' "$@" | sort -u) \
        <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' | sort -u)
}

# The trap runs after a failure too; only SIGKILL leaves the policy behind, and then the next run puts things right.
forbid_daemons() {
    trap allow_daemons EXIT
    if [ -e $policy ] && [ ! -e $kept ]; then mv $policy $kept; fi
    printf '#!/bin/sh\n# muster: no daemon starts while its packages are installed\nexit 101\n' > $policy
    chmod 755 $policy
}

allow_daemons() {
    rm -f $policy
    if [ -e $kept ]; then mv $kept $policy; fi
}

forbid_cluster() {
    local file=/etc/postgresql-common/createcluster.conf
    if [ -e $file ]; then return; fi
    mkdir -p "${file%/*}"
    printf '# muster: the lab makes its own clusters, none belongs on this machine\ncreate_main_cluster = false\n' > $file
}

services() { find $units -maxdepth 1 -name '*.service' -printf '%f\n' 2>/dev/null | sort; }

install() {
    apt-get install -y -qq --no-install-recommends \
        -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=120 "$@" </dev/null >"$log" 2>&1
}

mapfile -t wanted < <(missing "$@")
[ ${#wanted[@]} -gt 0 ] || exit 0
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "these Debian packages are missing and need root: ${wanted[*]}"
    exec sudo -E "$0" "$@"
fi

printf 'setup: installing Debian packages: %s\n' "${wanted[*]}" >&2
export DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 NEEDRESTART_SUSPEND=1
log=$(mktemp -t muster-apt.XXXXXX)
before=$(services)
forbid_daemons
forbid_cluster
# Lists that are there may be good enough; an update is only made when they are not.
install "${wanted[@]}" || { apt-get update -qq >>"$log" 2>&1 && install "${wanted[@]}"; } ||
    fail "apt-get could not install them, see $log: $(grep -m 1 '^E:' "$log" || tail -n 1 "$log")"
if command -v systemctl >/dev/null; then
    comm -13 <(printf '%s\n' "$before") <(services) | grep -v '@' | xargs -r systemctl disable --quiet 2>/dev/null || true
fi
rm -f "$log"
