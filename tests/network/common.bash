# SPDX-FileCopyrightText: the Gangway authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the tests in networks of their own share; to be sourced.

# As root namespaces for network and mounts, for others within one for users.
enter() {
  if [ "$(id -u)" = 0 ]; then exec unshare --net --mount "$@"; fi
  exec unshare --user --map-root-user --net --mount "$@"
}

children=()
declare -A pid in url
begin() {
  folder=$(mktemp -d)
  trap clean EXIT
}
clean() {
  for child in "${children[@]}"; do { kill -KILL "$child" && wait "$child"; } 2> /dev/null || true; done
  rm -rf "$folder"
}

# start NAME COMMAND…: a fake; its commands go to the descriptor in[NAME], what it tells to $folder/NAME
start() {
  local name=$1
  shift
  mkfifo "$folder/$name.in"
  "$@" < "$folder/$name.in" > "$folder/$name" 2>&1 &
  children+=($!)
  pid[$name]=$!
  exec {fd}> "$folder/$name.in"
  in[$name]=$fd
  wait_for "$folder/$name" '"url"'
  url[$name]=$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p;q' "$folder/$name")
}

# wait_for FILE PATTERN [COUNT]: until that many lines are like it
wait_for() {
  local count
  for _ in $(seq 300); do
    count=$(grep -cE "$2" "$1" 2>/dev/null) || true
    [ "${count:-0}" -ge "${3:-1}" ] && return
    sleep 0.05
  done
  echo "# waited in vain for $2 in:"
  sed 's/^/#   /' "$1"
  return 1
}

# run_service: with the configuration on standard input; the log goes to $folder/log
run_service() {
  rm -f "$folder/log" # the next one's lines are what is waited for
  cat > "$folder/gangway.conf"
  chmod 600 "$folder/gangway.conf"
  env -u DBUS_SESSION_BUS_ADDRESS HOME="$folder" XDG_CONFIG_HOME= XDG_STATE_HOME= XDG_RUNTIME_DIR="$folder" \
    DBUS_SYSTEM_BUS_ADDRESS=unix:path="$folder/system-bus" "$gangwayd" --config "$folder/gangway.conf" \
    > "$folder/log" 2>&1 < /dev/null &
  service=$!
  children+=("$service")
}

stop_service() { kill "$service"; wait "$service" || true; }

number=0
# test NAME FUNCTION
test() {
  number=$((number + 1))
  if "$2"; then echo "ok $number $1"; else echo "not ok $number $1"; fi
}
