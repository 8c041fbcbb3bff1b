#!/bin/sh
# The guard of a writer: closes it when nobody has renewed its lease for too long. POSIX sh, and /proc of Linux.
#
#   guard.sh run                      under the service manager, as root, started before the writer
#   guard.sh may-open                 exit 0 when the writer may be started; to be asked before each start of it
#   guard.sh status [PLACE]           one line
#   guard.sh renew PLACE BOOT UNTIL GENERATION HEARD   what a renewer asks; answers as status PLACE does
#   guard.sh rearm | disarm           asked by an operator: after a closing, or before maintenance
#
# Beside it: `terms` (AFTER CLOSE_WITHIN DIGEST), `close` and `kill` (shell), `state`, `lease.PLACE.GENERATION`, `order`, `log`.
# A lease ends at an uptime of this boot that the renewer computed. So nothing extends it: no wall clock, no restart of
# the guard, no packet that was delivered late. Of each place only the newest generation counts: once the estate let
# another renewer begin there and it was heard, the one before it gives nothing more.
# What an operator asks of a guard that is armed or has closed is done when a lease says that its renewer heard of it
# (HEARD): others count this guard as a fence, so nothing here may open the writer that they do not know of.
# States: idle (the first lease arms it), armed, closing, closed, disarmed.
umask 022
here=$(cd "$(dirname "$0")" && pwd) || exit 1
cd "$here" || exit 1
version=1

look() { # now, boot; fails where the time cannot be told
  { read -r now rest </proc/uptime && read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null || return 1
  now=${now%%.*}
}

is_number() { case $1 in '' | *[!0-9]* | ????????????????*) return 1 ;; esac; }

load_terms() { # after, close_within, digest: all as they were when they cannot be read
  new_after= new_within= new_digest=
  { read -r new_after new_within new_digest <terms; } 2>/dev/null
  is_number "$new_after" && is_number "$new_within" && [ -n "$new_digest" ] || return 1
  after=$new_after close_within=$new_within digest=$new_digest
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

# KILL at once: the time that others wait (activities/guarding/margins.py) has no room for a second try to end it.
bounded() {
  if command -v timeout >/dev/null 2>&1; then timeout -s KILL "$close_within" sh "$1"; else sh "$1"; fi
}

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

# The newest generation that a place was heard with; 0 when it never was.
newest_of() { # PLACE
  newest=0
  for kept in "lease.$1".*; do
    generation=${kept##*.}
    if is_number "$generation" && [ "$generation" -gt "$newest" ]; then newest=$generation; fi
  done
}

# The furthest end of a lease for this boot, never further than a lease can be; and what its renewers heard of.
see_leases() {
  granted=0 heard=
  for lease in lease.*.*; do
    place=${lease#lease.} own=${lease##*.}
    place=${place%.*}
    is_number "$own" || continue
    newest_of "$place"
    if [ "$own" -lt "$newest" ]; then rm -f "$lease"; continue; fi
    for_boot= ends= nonce=
    { read -r for_boot ends nonce <"$lease"; } 2>/dev/null
    [ "$for_boot" = "$boot" ] && is_number "$ends" && [ "$ends" -gt "$now" ] || continue
    if [ "$ends" -gt $((now + after)) ]; then ends=$((now + after)); fi
    if [ "$ends" -gt "$granted" ]; then granted=$ends; fi
    heard="$heard $nonce"
  done
}

load_order() {
  verb= asked=
  { read -r verb asked <order; } 2>/dev/null
}

# After `see_leases`. What nobody else rests on is done at once: an idle or disarmed guard is no fence to anybody.
take_order() {
  [ -e order ] || return 0
  load_order
  case $state/$verb in
    idle/disarm | disarmed/rearm) ;;
    armed/disarm | closed/disarm | closed/rearm)
      [ -n "$asked" ] || return 0
      case "$heard " in *" $asked "*) ;; *) return 0 ;; esac ;;
    *) rm -f order; return 0 ;;
  esac
  case $state/$verb in
    closed/rearm) rm -f order && arm; return 0 ;;
  esac
  # Done when it is kept: a guard that guards no more must not be armed by the word of its disk.
  before=$state known=$until reason=$why
  case $verb in
    rearm) state=idle ;;
    disarm) state=disarmed ;;
  esac
  until=0 why=-
  look && keep_state || { state=$before until=$known why=$reason; return; }
  rm -f order
  sync
  tell "$verb by an operator"
}

arm() {
  before=$state known=$until reason=$why
  state=armed until=$granted why=-
  keep_state || { state=$before until=$known why=$reason; return; }
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
    # A clock that cannot be read any more cannot show that the lease still holds.
    if ! look && [ "$state" = armed ]; then close_writer "the time since boot cannot be told"; fi
    see_leases
    take_order
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

# For a place: the newest generation that was heard from it, the end of its lease, and what an operator asks for.
status() { # [PLACE]
  look || { echo "muster-guard faulty"; exit 0; }
  load_state
  load_order
  [ "$seen_boot" = "$boot" ] || at=0
  newest_of "${1:-}"
  for_boot= ends=
  { read -r for_boot ends nonce <"lease.${1:-}.$newest"; } 2>/dev/null
  [ "$for_boot" = "$boot" ] || ends=0
  printf 'muster-guard %s boot=%s now=%s at=%s until=%s digest=%s generation=%s lease=%s asks=%s\n' \
    "$state" "$boot" "$now" "$at" "$until" "${seen_digest:-none}" "$newest" "${ends:-0}" "${asked:+$verb:$asked}"
}

renew() { # PLACE BOOT UNTIL GENERATION HEARD
  case $1 in '' | *[!A-Za-z0-9_-]*) echo "muster-guard faulty"; exit 0 ;; esac
  look || { echo "muster-guard faulty"; exit 0; }
  if [ "$2" = "$boot" ] && is_number "$3" && [ "$3" -gt "$now" ] && is_number "$4"; then
    # In a name of this process: two renewers of one place may be here at once.
    { printf '%s %s %s\n' "$2" "$3" "$5" >"new.$$" && mv -f "new.$$" "lease.$1.$4"; } 2>/dev/null || rm -f "new.$$"
  fi
  status "$1"
}

order() { # VERB
  read -r nonce </proc/sys/kernel/random/uuid || exit 1
  printf '%s %s\n' "$1" "$nonce" >order.new && mv -f order.new order || exit 1
  load_state
  case $state/$1 in
    idle/* | disarmed/*) echo "muster-guard: $1 is taken within a second or two, when the guard runs"; return ;;
  esac
  echo "muster-guard: $1 is asked for ($state): it is done when a worker outside that renews this guard has heard of it;"
  echo "  at a center that is cut off, or was left behind, none does, and nothing changes: see $here/log"
}

case ${1:-} in
  run) run ;;
  may-open) may_open ;;
  status) status "${2:-}" ;;
  renew) renew "${2:-}" "${3:-}" "${4:-}" "${5:-}" "${6:-}" ;;
  rearm | disarm) order "$1" ;;
  *) echo "usage: guard.sh run|may-open|status|rearm|disarm" >&2; exit 2 ;;
esac
