#!/bin/sh
# The shared library exports nbmap_* and nothing else; and no thread-local of its
# own is reached by the general model, whose first use in a thread may take a lock.
# Usage: symbols.sh NM READELF LIBRARY
set -eu

symbols=$("$1" -D --defined-only "$3" | awk '{ print $NF }')
[ -n "$symbols" ] || { echo "symbols.sh: $3 exports nothing"; exit 1; }
if echo "$symbols" | grep -v '^nbmap_'; then
	echo "symbols.sh: $3 exports these too"
	exit 1
fi
relocations=$("$2" -rW "$3")
echo "$relocations" | grep -q TPOFF || { echo "symbols.sh: no thread-local is seen in $3"; exit 1; }
if echo "$relocations" | grep -E 'DTPMOD|TLSDESC' | grep -v ' urcu_'; then
	echo "symbols.sh: thread-locals of $3 without initial-exec"
	exit 1
fi
