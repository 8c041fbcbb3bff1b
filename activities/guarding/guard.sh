#!/bin/sh
# The guard of a writer: closes it when nobody has renewed its lease for too long. POSIX sh, and /proc of Linux.
#
#   guard.sh run                      under the service manager, as root, started before the writer
#   guard.sh may-open                 exit 0 when the writer may be started; to be asked before each start of it
#   guard.sh status                   one line
#   guard.sh renew PLACE BOOT UNTIL   what a renewer asks; answers as status does
#   guard.sh rearm | disarm           by an operator: after a closing, or before maintenance
#
# Beside it: `terms` (AFTER DIGEST), `close` and `kill` (shell), `state`, `lease.PLACE`, `order`, `log`.
# A lease ends at an uptime of this boot that the renewer computed. So nothing extends it: no wall clock, no restart of
# the guard, no packet that was delivered late. States: idle (the first lease arms it), armed, closing, closed, disarmed.
umask 022
here=$(cd "$(dirname "$0")" && pwd) || exit 1
cd "$here" || exit 1
version=1
close_s=20 # seconds until a closing that hangs is begun again, after `kill`

look() { # now, boot; fails where the time cannot be told
  { read -r now rest </proc/uptime && read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null || return 1
  now=${now%%.*}
}

is_number() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }

load_terms() { # after, digest: both as they were when they cannot be read
  new_after= new_digest=
  { read -r new_after new_digest <terms; } 2>/dev/null
  is_number "$new_after" && [ -n "$new_digest" ] || return 1
  after=$new_after digest=$new_digest
}

# state, its boot, until, at; `broken` when there is a state that cannot be read.
load_state() {
  state=idle seen_boot= until=0 at=0 why=-
  [ -e state ] || return 0
  word= kept=
  { read -r word kept state seen_boot at until seen_digest why <state; } 2>/dev/null
  case $word/$state in
    muster-guard/idle | muster-guard/armed | muster-guard/closing | muster-guard/closed | muster-guard/disarmed) ;;
    *) state=broken ;;
  esac
  is_number "$until" && is_number "$at" || { state=broken until=0 at=0; }
}

# Whole or not at all. Fails on a full or read-only disk.
keep_state() {
  { printf 'muster-guard %s %s %s %s %s %s %s\n' "$version" "$state" "$boot" "$now" "$until" "$digest" "$why" \
    >state.new && mv -f state.new state; } 2>/dev/null
}

tell() {
  printf 'muster-guard: %s\n' "$*"
  { printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >>log; } 2>/dev/null
}

bounded() { if command -v timeout >/dev/null 2>&1; then timeout -k 2 "$close_s" sh "$1"; else sh "$1"; fi; }

close_writer() {
  state=closing why=$1
  look
  keep_state
  tell "closes the writer: $why"
  until bounded ./close </dev/null; do
    tell "the writer is not closed (exit code $?): again"
    if [ -s kill ]; then bounded ./kill </dev/null; fi
    look && keep_state
    sleep 1
  done
  state=closed
  look && keep_state
  sync
  tell "the writer is closed: $why; after a look at it: sh $here/guard.sh rearm"
}

# The furthest end of a lease for this boot; never further than a lease can be.
see_leases() {
  granted=0
  for lease in lease.*; do
    case $lease in *.new | 'lease.*') continue ;; esac
    for_boot= ends=
    { read -r for_boot ends <"$lease"; } 2>/dev/null
    [ "$for_boot" = "$boot" ] && is_number "$ends" || continue
    if [ "$ends" -gt $((now + after)) ]; then ends=$((now + after)); fi
    if [ "$ends" -gt "$granted" ]; then granted=$ends; fi
  done
}

take_order() {
  [ -e order ] || return 0
  order=
  { read -r order <order; } 2>/dev/null
  rm -f order || return 0
  case $order in
    rearm) state=idle until=0 why=- ;;
    disarm) state=disarmed until=0 why=- ;;
    *) return 0 ;;
  esac
  rm -f lease.*
  look && keep_state
  sync
  tell "$order by an operator"
}

arm() {
  state=armed until=$granted why=-
  keep_state || { state=idle until=0; return; }
  sync
  tell "armed"
}

# What cannot be kept is not renewed: a restart would not know of it.
renew_armed() {
  known=$until
  if [ "$granted" -gt "$until" ]; then until=$granted; fi
  keep_state || until=$known
  if [ "$now" -ge "$until" ]; then close_writer "its lease was not renewed in time"; fi
}

run() {
  load_terms || { tell "no terms in $here"; sleep 5; exit 1; }
  loaded=$digest
  look || { tell "the time since boot cannot be told"; sleep 5; exit 1; }
  load_state
  case $state in
    armed) [ "$seen_boot" = "$boot" ] || close_writer "the machine was started anew" ;;
    closing | closed) close_writer "$why" ;;
    broken) close_writer "its state cannot be read" ;;
  esac
  while :; do
    take_order
    # A clock that cannot be read any more cannot show that the lease still holds.
    if ! look && [ "$state" = armed ]; then close_writer "the time since boot cannot be told"; fi
    see_leases
    case $state in
      idle) if [ "$granted" -gt "$now" ]; then arm; else keep_state; fi ;;
      armed) renew_armed ;;
      *) keep_state ;;
    esac
    sleep 1
    # Program and terms were replaced: the lease is on the disk.
    load_terms && [ "$digest" != "$loaded" ] && exec sh "$here/guard.sh" run
  done
}

may_open() {
  look || { echo "muster-guard: the time since boot cannot be told"; exit 1; }
  load_state
  case $state in
    idle | disarmed) exit 0 ;;
    armed) [ "$seen_boot" = "$boot" ] && [ "$now" -lt "$until" ] && exit 0 ;;
  esac
  echo "muster-guard: the writer stays closed ($state, $why): after a look at it: sh $here/guard.sh rearm"
  exit 1
}

status() {
  look || { echo "muster-guard faulty"; exit 0; }
  load_state
  [ "$seen_boot" = "$boot" ] || at=0
  printf 'muster-guard %s boot=%s now=%s at=%s until=%s digest=%s\n' \
    "$state" "$boot" "$now" "$at" "$until" "${seen_digest:-none}"
}

renew() { # PLACE BOOT UNTIL
  case $1 in '' | *[!A-Za-z0-9_-]*) echo "muster-guard faulty"; exit 0 ;; esac
  look || { echo "muster-guard faulty"; exit 0; }
  if [ "$2" = "$boot" ] && is_number "$3" && [ "$3" -gt "$now" ]; then
    { printf '%s %s\n' "$2" "$3" >"lease.$1.new" && mv -f "lease.$1.new" "lease.$1"; } 2>/dev/null
  fi
  status
}

order() {
  printf '%s\n' "$1" >order.new && mv -f order.new order || exit 1
  echo "muster-guard: $1 is taken within a second or two, when the guard runs"
}

case ${1:-} in
  run) run ;;
  may-open) may_open ;;
  status) status ;;
  renew) renew "${2:-}" "${3:-}" "${4:-}" ;;
  rearm | disarm) order "$1" ;;
  *) echo "usage: guard.sh run|may-open|status|rearm|disarm" >&2; exit 2 ;;
esac
