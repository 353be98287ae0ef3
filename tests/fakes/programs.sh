# SPDX-FileCopyrightText: the Gangway authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# For scripts that test in bash, which source it: the fakes as programs, waiting for what a file says, and TAP.
# They set `folder`, which they own. clean_up ends the children and removes it.

children=()
declare -A pid in url

clean_up() {
  for child in "${children[@]}"; do { kill -KILL "$child" && wait "$child"; } 2> /dev/null || true; done
  rm -rf "$folder"
}

# wait_until COMMAND…: it succeeds within 15 s
wait_until() {
  for _ in $(seq 300); do
    "$@" > /dev/null 2>&1 && return
    sleep 0.05
  done
  echo "# waited in vain for: $*"
  return 1
}

# has_lines FILE PATTERN COUNT: at least that many lines are like it
has_lines() {
  local count
  count=$(grep -cE "$2" "$1") || true
  [ "${count:-0}" -ge "$3" ]
}

# wait_for FILE PATTERN [COUNT]: until that many lines are like it
wait_for() {
  wait_until has_lines "$1" "$2" "${3:-1}" && return
  sed 's/^/#   /' "$1"
  return 1
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

number=0
# test NAME FUNCTION
test() {
  number=$((number + 1))
  if "$2"; then echo "ok $number $1"; else echo "not ok $number $1"; fi
}
