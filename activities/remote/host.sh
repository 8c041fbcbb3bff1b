# The identity of a host and the epochs that it has seen. POSIX sh.
# Set in front of it: MODE (look, prepare) NONCE HOME_STATE (the directory of all estates) STATE MARKER EPOCH.
{
umask 077
say() { printf '\nmuster-%s %s\n' "$NONCE" "$*"; }
refuse() { say "state=$1"; shift; printf '%s' "$*"; exit 0; }

# Another center, host or estate that claims this machine. Devices (center "@") may serve several estates.
find_foreign() {
  for other in "$HOME_STATE"/*/marker; do
    [ -r "$other" ] || continue
    IFS= read -r words <"$other"
    [ "$words" = "$MARKER" ] && continue
    case "$words $MARKER" in
      *" @ "*" @ "*) [ "${words%% *}" = "${MARKER%% *}" ] || continue ;;
    esac
    refuse foreign "$words ($HOME/$other)"
  done
}

write_marker() {
  mkdir -p "$STATE/jobs" "$STATE/epochs" || refuse faulty "cannot write $HOME/$STATE"
  printf '%s\n' "$MARKER" >"$STATE/marker.$$" && ln "$STATE/marker.$$" "$STATE/marker"
  rm -f "$STATE/marker.$$"
}

raise_epoch() {
  mkdir "$STATE/epochs/$EPOCH" 2>/dev/null
  [ -d "$STATE/epochs/$EPOCH" ] || refuse faulty "cannot write $HOME/$STATE/epochs"
  sync "$STATE/marker" "$STATE/epochs" "$STATE" "$HOME_STATE" . 2>/dev/null || sync
}

cd "$HOME" || refuse faulty "no home directory: $HOME"
first=0
if [ "$MODE" = prepare ]; then
  find_foreign
  if [ ! -e "$STATE/marker" ]; then
    write_marker
    first=1
  fi
fi
marker= highest=
if [ -r "$STATE/marker" ]; then IFS= read -r marker <"$STATE/marker"; fi
if [ "$MODE" = prepare ]; then
  [ "$marker" = "$MARKER" ] || refuse foreign "$marker"
  raise_epoch
fi
for seen in "$STATE"/epochs/*; do
  seen=${seen##*/}
  case $seen in '' | *[!0-9]*) continue ;; esac
  if [ -z "$highest" ] || [ "$seen" -gt "$highest" ]; then highest=$seen; fi
done
say "state=seen first=$first epoch=$highest"
printf '%s\n%s' "$marker" "$(uname -sr)"
exit 0
}
