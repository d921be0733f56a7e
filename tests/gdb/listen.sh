#!/bin/sh
# Each probe is passed, and says what it should.
# Usage: listen.sh GDB PROGRAM PAGE     exit status 77: gdb can run no program here
set -eu

here=$(dirname "$0")
[ -x "$2" ] || { echo "listen.sh: no $2"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

probes=$("$here/documented.sh" "$3" | awk '{ printf "\"%s\": %s, ", $1, $2 }')
"$1" -nx -batch -ex "python work = '$work'" -ex "python probes = {$probes}" -x "$here/listen.py" "$2" 2>&1
