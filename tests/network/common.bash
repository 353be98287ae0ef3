# SPDX-FileCopyrightText: the Gangway authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the tests in networks of their own share; to be sourced.

# As root namespaces for network and mounts, for others within one for users.
enter() {
  if [ "$(id -u)" = 0 ]; then exec unshare --net --mount "$@"; fi
  exec unshare --user --map-root-user --net --mount "$@"
}

. "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../fakes/programs.sh"

begin() {
  folder=$(mktemp -d)
  trap clean_up EXIT
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
