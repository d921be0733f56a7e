#!/bin/sh
# Run a command; it must succeed and print what a page says that it prints, if it says so.
# Usage: expect.sh PAGE NAME COMMAND...
set -u

page=$1 name=$2
shift 2
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

awk -f "$(dirname "$0")/snippets.awk" -v want=output -v name="$name" "$page" >"$work/expected" || exit 99
"$@" >"$work/printed"
status=$?
if [ "$status" -ne 0 ]; then
	cat "$work/printed"
	echo "expect.sh: exit status $status"
	exit "$status"
fi
[ ! -s "$work/expected" ] || diff -u --label "$page" --label "printed by $name" "$work/expected" "$work/printed"
