# SPDX-FileCopyrightText: the Gangway authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Completion of gangway(1) and gangwayd(8) for bash.

# The names of all accounts; none if the service does not run, which this does not start.
_gangway_accounts () {
  gangway status --json 2> /dev/null | sed -n 's/^ *"AccountId" *: *"\([a-z0-9_-]*\)".*/\1/p'
}

_gangway () {
  local word=$2 previous=$3 words=''

  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    words='status reconnect restart start stop pair unpair import doctor audit help --version'
  else
    case ${COMP_WORDS[1]} in
      status) words="--json --watch $(_gangway_accounts)" ;;
      reconnect | restart | start | stop | unpair) words=$(_gangway_accounts) ;;
      pair) words='--account --key-file' ;;
      doctor) words='--json' ;;
      audit) words="--since --json $(_gangway_accounts)" ;;
      help) words='status reconnect restart start stop pair unpair import doctor audit help' ;;
    esac
    case $previous in
      --account) words=$(_gangway_accounts) ;;
      --since) words='today yesterday 1h 1d 1w' ;;
      --key-file)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    esac
  fi

  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

_gangwayd () {
  if [[ $3 == --config ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$2")
  else
    mapfile -t COMPREPLY < <(compgen -W '--config --replace --verbose --version' -- "$2")
  fi
}

complete -o filenames -F _gangway gangway
complete -o filenames -F _gangwayd gangwayd
