# What one SSH session runs for a job: claim it or join it, wait a little, answer. POSIX sh.
#
# It arrives on stdin inside braces, so a truncated delivery is a syntax error and runs nothing.
# Set in front of it: MODE (claim, follow, find, signal) NONCE STATE MARKER STEP ATTEMPT NAME EPOCH OFFSET LIMIT
# SLICE SIGNAL RUNNER (job_runner.sh, filled in) and the function `become`.
# Answer: one line "muster-NONCE state=... key=value ...", then output bytes from OFFSET, or words for a refusal.
# More than POSIX: setsid (else perl), sleep with a fraction (else whole seconds), head -c (else dd),
# sync FILE (else sync), /proc (else ps).
{
mask=$(umask)
umask 077

say() { printf '\nmuster-%s %s\n' "$NONCE" "$*"; }
refuse() { say "state=$1"; shift; printf '%s' "$*"; exit 0; }
nap() { sleep 0.1 2>/dev/null || { sleep 1; naps=$((naps + 9)); }; naps=$((naps + 1)); }

see_highest() {
  highest=
  for seen in epochs/*; do
    seen=${seen##*/}
    case $seen in '' | *[!0-9]*) continue ;; esac
    if [ -z "$highest" ] || [ "$seen" -gt "$highest" ]; then highest=$seen; fi
  done
}

# The runner and the keeper carry $tag in their command lines for as long as they live: no error by a reused pid.
has_tag() {
  if [ -r /proc/self/stat ]; then
    line=
    { IFS= read -r line <"/proc/$1/cmdline"; } 2>/dev/null
  else
    line=$(ps -o args= -p "$1" 2>/dev/null)
  fi
  case $line in *"$tag"*) return 0 ;; esac
  return 1
}

# The keeper's record: pid, group and session of the command are one number, `born` tells it from a reused one.
read_record() {
  pid= born= kept=
  [ -r "$dir/record" ] || return 0
  while read -r who key value more; do
    [ "$who" = muster-keeper ] || continue
    case $key in
      pid) pid=$value born=$more ;;
      exit) [ "$more" = end ] && kept=$value ;;
    esac
  done <"$dir/record"
}

# Whether anything of the job lives although its runner is dead. A scan of all processes: for the odd case only.
leftovers_live() {
  read_record
  if [ ! -r /proc/self/stat ]; then
    ps -A -o pgid= -o args= 2>/dev/null | while read -r group words; do
      if [ -n "$pid" ] && [ "$group" = "$pid" ]; then echo x; fi
      case $words in *"$tag"*) echo x ;; esac
    done | grep -q x
    return
  fi
  if [ -n "$pid" ] && { IFS= read -r line <"/proc/$pid/stat"; } 2>/dev/null; then
    set -- ${line##*) }
    [ "${20}" = "$born" ] || pid=
  fi
  for entry in /proc/[0-9]*; do
    has_tag "${entry##*/}" && return 0
    [ -n "$pid" ] && { IFS= read -r line <"$entry/stat"; } 2>/dev/null || continue
    set -- ${line##*) }
    [ "$1" = Z ] && continue
    if [ "$3" = "$pid" ] || [ "$4" = "$pid" ]; then return 0; fi
  done
  return 1
}

# DIR: sets state, and for an ended job code, size, ended, why.
look_at() {
  dir=$1 tag=$PWD/$1/go state=none code= size= ended= why=- kind= claimer= begun=
  [ -e "$dir/go" ] || return 0
  read -r kind claimer begun <"$dir/go"
  case $kind in superseded | stopped) state=$kind why=$claimer; return 0 ;; esac
  read_end && return 0
  if [ "$kind" = run ] && has_tag "$claimer"; then state=running; return 0; fi
  read_end && return 0
  if leftovers_live; then state=running; return 0; fi
  read_record
  if [ -n "$kept" ]; then state=ended code=$kept; measure; return 0; fi
  state=unknown
  measure
}

read_end() {
  [ -e "$dir/rc" ] || return 1
  # A power cut may leave the name without its content.
  read -r code size ended why <"$dir/rc" || return 1
  state=ended
}

measure() {
  size=0
  [ -e "$dir/out" ] && size=$(wc -c <"$dir/out") && size=$((size))
}

# WORDS: take the claim of an attempt that must never start. `go` is made by link(2): whole and once, or not at all.
bury() {
  mkdir -p "$dir" && printf '%s\n' "$*" >"$dir/b.$$" || refuse faulty "cannot write $PWD/$dir"
  ln "$dir/b.$$" "$dir/go" 2>/dev/null
  rm -f "$dir/b.$$"
}

close_earlier() {
  k=1
  while [ "$k" -lt "$ATTEMPT" ]; do
    dir=$STEP/$k
    [ -e "$dir/go" ] || bury superseded "$ATTEMPT"
    look_at "$STEP/$k"
    case $state in
      running) refuse lives "$k" ;;
      none) refuse faulty "cannot close attempt $k in $PWD/$STEP" ;;
    esac
    k=$((k + 1))
  done
}

check_epoch() {
  [ -n "$EPOCH" ] || return 0
  see_highest
  [ -n "$highest" ] || refuse unprepared "no epoch record"
  [ "$EPOCH" -ge "$highest" ] || refuse oldepoch "$highest"
  [ "$EPOCH" -eq "$highest" ] && return 0
  mkdir "epochs/$EPOCH" 2>/dev/null
  [ -d "epochs/$EPOCH" ] || refuse faulty "cannot record epoch $EPOCH in $PWD/epochs"
}

start() {
  command -v setsid >/dev/null 2>&1 || command -v perl >/dev/null 2>&1 \
    || refuse faulty "neither setsid nor perl is there to give a job its own session"
  case $(command -v printf) in /*) refuse faulty "the shell has no printf of its own" ;; esac
  dir=$STEP/$ATTEMPT
  mkdir -p "$dir" && printf '%s\n' "$NAME" >"$STEP/name" || refuse faulty "cannot write $PWD/$dir"
  printf '%s\n' "$RUNNER" 2>/dev/null | new_session sh -s "$PWD/$dir/go" "$mask" >/dev/null 2>&1 &
  runner=$!
  await_runner
}

new_session() {
  if command -v setsid >/dev/null 2>&1; then exec setsid "$@"; fi
  exec perl -MPOSIX=setsid -e 'setsid(); exec @ARGV' "$@"
}

# Returns at the end of the runner or after SLICE seconds, whichever is first.
await_runner() {
  trap : USR1
  (
    called= sleeper=
    # KILL: between its fork and its exec the sleeper still has this trap, and would lose a TERM.
    trap 'called=yes; kill -KILL "$sleeper" 2>/dev/null' TERM
    sleep "$SLICE" &
    sleeper=$!
    # Called off between the two lines above, the trap did not know whom to end.
    [ -n "$called" ] || wait "$sleeper"
    if [ -n "$called" ]; then kill -KILL "$sleeper"; else kill -USR1 $$; fi
  ) </dev/null >/dev/null 2>&1 &
  timer=$!
  wait "$runner"
  kill "$timer" 2>/dev/null
}

# Until the end of the job, LIMIT bytes of new output, or the end of the slice.
await_other() {
  naps=0
  while look_at "$STEP/$ATTEMPT"; [ "$state" = running ] && [ "$naps" -lt $((SLICE * 10)) ]; do
    measure
    [ $((size - OFFSET)) -ge "$LIMIT" ] && return 0
    nap
  done
}

signal_command() {
  # The runner looks at it before it starts the command, and says with it why the command ended.
  printf 'stop\n' >"$dir/stop" || refuse faulty "cannot write $PWD/$dir"
  naps=0
  read_record
  while [ -z "$pid" ] && [ "$naps" -lt 20 ] && [ ! -e "$dir/rc" ]; do
    nap
    read_record
  done
  [ -n "$pid" ] || return 0
  # The number alone: the moment before it became the number of a group.
  printf '{ kill -%s -%s || kill -%s %s; exit 0; } 2>/dev/null\n' "$SIGNAL" "$pid" "$SIGNAL" "$pid" \
    | become sh -s >/dev/null 2>&1 \
    || refuse faulty "cannot signal the command"
}

answer() {
  if [ "$state" = running ]; then measure; fi
  joined=1
  if [ -n "$runner" ] && [ "$claimer" = "$runner" ]; then joined=0; fi
  { read -r now more </proc/uptime; } 2>/dev/null || now=$(date +%s)
  say "state=$state exit=$code size=$size why=$why begun=$begun ended=$ended now=$now joined=$joined"
  [ -r "$dir/out" ] || exit 0
  [ "$OFFSET" -ge 0 ] || OFFSET=$((size + OFFSET))
  [ "$OFFSET" -ge 0 ] || OFFSET=0
  count=$((size - OFFSET))
  if [ "$count" -gt "$LIMIT" ]; then count=$LIMIT; fi
  [ "$count" -gt 0 ] || exit 0
  tail -c +$((OFFSET + 1)) "$dir/out" 2>/dev/null \
    | { head -c "$count" 2>/dev/null || dd bs=1024 count=$((count / 1024 + 1)) 2>/dev/null; }
}

cd "$HOME" && cd "$STATE" 2>/dev/null && [ -r marker ] || refuse unprepared "no marker in $HOME/$STATE"
IFS= read -r marker <marker
[ "$marker" = "$MARKER" ] || refuse foreign "$marker"
runner=
look_at "$STEP/$ATTEMPT"
case $MODE-$state in
  claim-none)
    check_epoch
    close_earlier
    start
    look_at "$STEP/$ATTEMPT"
    [ "$state" = none ] && refuse faulty "cannot claim $PWD/$STEP/$ATTEMPT: disk full, or no hard links there"
    [ "$claimer" = "$runner" ] || await_other
    ;;
  claim-running | follow-running) await_other ;;
  signal-*)
    [ "$state" = none ] && bury stopped - && look_at "$STEP/$ATTEMPT"
    [ "$state" = running ] && signal_command && look_at "$STEP/$ATTEMPT"
    ;;
esac
answer
exit 0
}
