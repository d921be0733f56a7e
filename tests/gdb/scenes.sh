#!/bin/sh
# The commands of the gdb script show what there is: of a program that has stopped, of its core dump, and, where the
# library has no debug info, why they show nothing.
# Usage: scenes.sh GDB PROGRAM SCRIPT     exit status 77: gdb can run no program here
set -eu

gdb=$1 program=$2 script=$3
here=$(dirname "$0")
[ -x "$program" ] || { echo "scenes.sh: no $program"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

run()
{
	"$gdb" -nx -batch -ex "python work = '$work'" -ex "python live = $1" -ex "source $script" -x "$here/scenes.py" \
		"$program" 2>&1
}

echo "a program that has stopped"
run True
echo "a core dump"
run False

echo "no debug info"
objcopy --strip-debug "$program" "$work/stripped"
"$gdb" -nx -batch -ex "source $script" -ex "nbmap map 1" "$work/stripped" >"$work/output" 2>&1 || true
cat "$work/output"
grep -q 'no debug info' "$work/output"
! grep -q Traceback "$work/output"
