#!/bin/sh
# The shared library exports nbmap_* and nothing else.  Nothing is left to first use,
# for which the loader may take a lock: functions are bound when it is loaded, and no
# thread-local of its own is reached by the general model.
# Usage: symbols.sh NM READELF LIBRARY
set -eu

symbols=$("$1" -D --defined-only "$3" | awk '{ print $NF }')
[ -n "$symbols" ] || { echo "symbols.sh: $3 exports nothing"; exit 1; }
if echo "$symbols" | grep -v '^nbmap_'; then
	echo "symbols.sh: $3 exports these too"
	exit 1
fi
"$2" -dW "$3" | grep -qE 'BIND_NOW|FLAGS_1.*NOW' || { echo "symbols.sh: functions of $3 are bound late"; exit 1; }
relocations=$("$2" -rW "$3")
echo "$relocations" | grep -q TPOFF || { echo "symbols.sh: no thread-local is seen in $3"; exit 1; }
if echo "$relocations" | grep -E 'DTPMOD|TLSDESC' | grep -v ' urcu_'; then
	echo "symbols.sh: thread-locals of $3 without initial-exec"
	exit 1
fi
