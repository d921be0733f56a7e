#!/bin/sh
# Every map that is built into the word count counts right, and says what it
# cannot do.
# Usage: wordcount_peers.sh PROGRAM FILE...
set -u

program=$1
shift
failures=0

for map in $("$program" --maps); do
	for values in boxed inplace int; do
		"$program" --map "$map" --no-remover --values "$values" --threads 3 --verify "$@" >/dev/null ||
			{ echo "$map, $values: exit status $?"; failures=$((failures + 1)); }
	done
	[ "$map" = nbmap ] && continue
	for refused in '' '--no-remover --keys u64'; do
		# shellcheck disable=SC2086
		"$program" --map "$map" $refused "$@" >/dev/null 2>&1
		[ $? -eq 2 ] || { echo "$map: not refused: $refused"; failures=$((failures + 1)); }
	done
done

[ "$failures" -eq 0 ]
