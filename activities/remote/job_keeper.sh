# The keeper of a command: starts it in a session and group of its own, ends it at its timeout, tells on stderr.
# It runs as the user of the command, the only one who may signal it. It serves jobs and looks alike.
# Arguments: TAG, umask for the command, timeout and seconds from TERM to KILL. Set in front of it: COMMAND (for printf %b).
# stdout belongs to the command. stderr: "muster-keeper pid N BORN", "muster-keeper fired", "muster-keeper exit N end".
{
tell() { printf 'muster-keeper %s\n' "$*" >&2; }

# A shell ignores INT and QUIT in what it starts in the background, and that is inherited: undone where env knows how.
launch() {
  if [ -n "$signals" ]; then set -- env --default-signal=INT,QUIT "$@"; fi
  if command -v setsid >/dev/null 2>&1; then exec setsid "$@"; fi
  if command -v perl >/dev/null 2>&1; then exec perl -MPOSIX=setsid -e 'setsid(); exec @ARGV' "$@"; fi
  exec "$@"
}

# When the process that now has the number was born: the command's shell, unless the number was given away again.
see_birth() {
  birth=
  { IFS= read -r line <"/proc/$pid/stat"; } 2>/dev/null || return 0
  set -- ${line##*) }
  birth=${20}
}

# A keeper that was killed does not call its watcher off: hours later the number may belong to a stranger.
hit() {
  see_birth
  [ -z "$birth" ] || [ "$birth" = "$born" ] || return 0
  kill "-$1" "-$pid" 2>/dev/null || kill "-$1" "$pid" 2>/dev/null
}

# Ends with 9 when it fired. Once it fires it is no longer to be called off: what ignores TERM gets KILL.
watch() {
  called= sleeper=
  # KILL: between its fork and its exec the sleeper still has this trap, and would lose a TERM.
  trap 'called=yes; kill -KILL "$sleeper" 2>/dev/null' TERM
  sleep "$timeout" &
  sleeper=$!
  # Called off between the two lines above, the trap did not know whom to end.
  [ -n "$called" ] || wait "$sleeper"
  trap '' TERM
  if [ -n "$called" ]; then kill -KILL "$sleeper"; exit 0; fi
  hit TERM
  naps=0
  while kill -0 "-$pid" 2>/dev/null && [ "$naps" -lt "$((grace * 10))" ]; do
    sleep 0.1 2>/dev/null || { sleep 1; naps=$((naps + 9)); }
    naps=$((naps + 1))
  done
  hit KILL
  exit 9
}

timeout=$3 grace=$4
# The dot keeps the newlines at the end.
COMMAND=$(printf '%b.' "$COMMAND")
COMMAND=${COMMAND%.}
cd "${HOME:-/}" 2>/dev/null || cd /
signals=
env --default-signal=INT,QUIT true >/dev/null 2>&1 && signals=yes
printf '%s\n' "$COMMAND" | launch sh -s "$1" "$2" 2>&1 &
pid=$!
see_birth
born=$birth
tell pid "$pid" "$born"
(watch) </dev/null >/dev/null 2>&1 &
watcher=$!
wait "$pid"
code=$?
kill "$watcher" 2>/dev/null
wait "$watcher"
[ $? = 9 ] && tell fired
tell exit "$code" end
exit "$code"
}
