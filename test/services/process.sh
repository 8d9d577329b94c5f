# Processes: the number of each is in .services/NAME.pid, and what it prints in .services/NAME.log.
# One counts as ours only while its command line names its files in .services: a number that the
# system has given to another program since is never taken for ours.

fail() {
  echo "services: $*" >&2
  exit 1
}

# fail_with_log NAME WORDS... shows the end of the log above what went wrong.
fail_with_log() {
  tail -n 20 "$STATE/$1.log" >&2
  fail "${*:2}; above is the end of $STATE/$1.log"
}

# is_running NAME prints the number of its process.
is_running() {
  local pid
  pid=$(cat "$STATE/$1.pid" 2>/dev/null) && grep -qaF "$STATE/$1" "/proc/$pid/cmdline" 2>/dev/null && echo "$pid"
}

# background NAME COMMAND... lets it outlive this script and its terminal.
background() {
  setsid "${@:2}" >>"$STATE/$1.log" 2>&1 </dev/null 9>&- &
  echo $! >"$STATE/$1.pid"
  until is_running "$1" >/dev/null || ! kill -0 $! 2>/dev/null; do sleep 0.01; done # until then it bears this script's command line
}

# answers NAME SECONDS COMMAND... waits until the command succeeds.
answers() {
  local deadline=$((SECONDS + $2))
  until "${@:3}" >/dev/null 2>&1; do
    is_running "$1" >/dev/null || fail_with_log "$1" "$1 has ended"
    ((SECONDS < deadline)) || fail_with_log "$1" "$1 does not answer after $2 s"
    sleep 0.1
  done
}

# signal NAME SIGNAL leaves a server that is not running alone.
signal() {
  local pid
  if pid=$(is_running "$1"); then kill -s "$2" "$pid"; fi
}

# ended NAME SECONDS waits, and fails when it still runs.
ended() {
  local deadline=$((SECONDS + $2))
  while is_running "$1" >/dev/null; do
    ((SECONDS < deadline)) || return 1
    sleep 0.05
  done
}

is_open() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# need_ports NAME PORT...
need_ports() {
  local port
  for port in "${@:2}"; do
    if is_open "$port"; then fail "$1 needs port $port, which another program has: stop that one (ss -ltnp 'sport = :$port' names it)"; fi
  done
}

# at_once COMMAND ARGUMENT... -- LAST... runs the command with each LAST, all at the same time.
at_once() {
  local command=() pids=() pid last
  while [[ $1 != -- ]]; do
    command+=("$1")
    shift
  done
  for last in "${@:2}"; do
    "${command[@]}" "$last" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid"; done
}
