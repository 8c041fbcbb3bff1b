# The runner of a job: claims it, makes the claim durable, starts the keeper through `become`, writes how it ended.
# It lives in a session of its own, as the SSH user. Arguments: TAG (the claim's path), umask of the SSH user.
# Set in front of it: EPOCH TIMEOUT GRACE KEEPER (job_keeper.sh, filled in) and the function `become`.
{
umask 077
cd "${1%/go}" || exit 1
moment() { { read -r now more </proc/uptime; } 2>/dev/null || now=$(date +%s); }

# CODE WHY: the end, whole or not at all.
finish() {
  moment
  size=$(wc -c <out) && printf '%s %s %s %s\n' "$1" "$((size))" "$now" "$2" >rc.tmp && mv rc.tmp rc
  # Old output makes room now and then; claims and exit codes stay, they are the tombstones (law 4).
  case $$ in *7) find ../.. -name out -type f -mtime +30 -exec rm -f {} + & ;; esac
  exit 0
}

# The process that claims is the one that starts the command: there is no gap between the two.
moment
printf 'run %s %s\n' "$$" "$now" >"r.$$" || exit 1
ln "r.$$" go 2>/dev/null
claimed=$?
rm -f "r.$$"
[ "$claimed" = 0 ] || exit 0
sync go ../*/go . ../* .. ../.. ../../../epochs 2>/dev/null || sync
: >out

# The disk may have taken its time: an epoch raised meanwhile, or a stop, still counts.
if [ -n "$EPOCH" ]; then
  for seen in ../../../epochs/*; do
    [ "${seen##*/}" -gt "$EPOCH" ] 2>/dev/null && finish "${seen##*/}" epoch
  done
fi
[ -e stop ] && finish 0 unstarted

printf '%s\n' "$KEEPER" | become sh -s "$1" "$2" "$TIMEOUT" "$GRACE" >>out 2>>record
became=$?
code= why=- pid=
while read -r who key value more; do
  [ "$who" = muster-keeper ] || continue
  case $key in
    pid) pid=$value ;;
    fired) why=timeout ;;
    exit) code=$value ;;
  esac
done <record
if [ -z "$pid" ]; then
  cat record >>out
  finish "$became" become
fi
# A keeper that died leaves no exit code: without `rc` the job counts as unknown (law 2).
[ -n "$code" ] || exit 0
if [ "$why" = - ] && [ -e stop ] && [ "$code" != 0 ]; then why=stopped; fi
finish "$code" "$why"
}
