#!/bin/sh
# Run a program under valgrind: no error, and every heap block freed at exit.
# Usage: valgrind.sh VALGRIND PROGRAM [ARGUMENT...]
set -u

valgrind=$1
shift
log=$(mktemp) || exit 99
trap 'rm -f "$log"' EXIT

# Forked children end by _exit() and keep what they inherited: only the program itself is judged.
"$valgrind" --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all --error-exitcode=99 \
	--fair-sched=yes --child-silent-after-fork=yes --log-file="$log" "$@"
status=$?

if [ "$status" -ne 0 ]; then
	echo "valgrind.sh: exit status $status"
elif ! grep -q 'All heap blocks were freed -- no leaks are possible' "$log"; then
	echo "valgrind.sh: blocks in use at exit"
	status=98
fi
[ "$status" -eq 0 ] || cat "$log"
exit "$status"
