#!/bin/sh
# Three lines that a program prints are JSON: an object of numbers and arrays of numbers
# each.  A parser says so where there is one.
# Usage: json.sh PROGRAM
set -eu

lines=$("$1")
[ "$(echo "$lines" | wc -l)" -eq 3 ] || { echo "json.sh: not three lines:"; echo "$lines"; exit 1; }
array='\[[0-9]+(,[0-9]+)*\]'
member="\"[a-z_]+\":([0-9]+|$array)"
if echo "$lines" | grep -vE "^\{$member(,$member)*\}\$"; then
	echo "json.sh: is no object of numbers"
	exit 1
fi
if command -v python3 >/dev/null; then
	echo "$lines" | while read -r line; do
		echo "$line" | python3 -m json.tool >/dev/null || { echo "json.sh: is no JSON: $line"; exit 1; }
	done
fi
