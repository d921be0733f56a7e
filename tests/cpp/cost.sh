#!/bin/sh
# Count by callgrind the instructions of a loop of C calls, and of the same through nbmap.hpp: those of the program
# alone, without the library's.  In each there are N puts and N gets.  C++ may have SLACK more: a jump for each put of an
# object, whose failure is laid out in another place, and what comes once.
# Usage: cost.sh VALGRIND PROGRAM
set -eu

valgrind=$1 program=$2
n=2000
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# Instructions within the loop `$1` that the program itself has, whatever was inlined or not.
own()
{
	"$valgrind" --tool=callgrind --callgrind-out-file="$work/out" --toggle-collect="$1" --compress-strings=no \
		--compress-pos=no "$program" "$n" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
	# Of each function the lines "position cost"; but for the one after calls=, which is what was called.
	awk -v program="${program##*/}" '
		/^ob=/ { ours = substr($0, length($0) - length(program) + 1) == program; next }
		/^fn=/ { counted = ours && !/new_object|free_object/; next }
		/^calls=/ { called = 1; next }
		/^[0-9]/ { if (!called && counted) sum += $2; called = 0 }
		END { print sum + 0 }' "$work/out"
}

for loop in numbers strings objects; do
	slack=40
	[ "$loop" != objects ] || slack=$((n + 40))
	c=$(own "c_$loop")
	cpp=$(own "cpp_$loop")
	echo "$loop: $c instructions in C, $cpp in C++"
	if [ "$c" -lt $((4 * n)) ] || [ "$cpp" -lt $((4 * n)) ] || [ "$cpp" -gt $((c + slack)) ]; then
		failed=1
	fi
done
exit "$failed"
