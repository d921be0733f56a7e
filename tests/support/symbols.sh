#!/bin/sh
# The shared library exports what the header declares and nothing else.  Nothing is
# left to first use, for which the loader may take a lock: functions are bound when it
# is loaded, and no thread-local of its own is reached by the general model.
# Usage: symbols.sh NM READELF LIBRARY HEADER
set -eu

symbols=$("$1" -D --defined-only "$3" | awk '{ print $NF }' | sort)
declared=$(sed -n 's/^NBMAP_API .*[ *]\(nbmap_[a-z0-9_]*\)(.*/\1/p' "$4" | sort)
[ -n "$symbols" ] || { echo "symbols.sh: $3 exports nothing"; exit 1; }
[ -n "$declared" ] || { echo "symbols.sh: $4 declares nothing"; exit 1; }
if [ "$symbols" != "$declared" ]; then
	echo "symbols.sh: $3 exports, and $4 declares:"
	echo "$symbols"
	echo "$declared"
	exit 1
fi
"$2" -dW "$3" | grep -qE 'BIND_NOW|FLAGS_1.*NOW' || { echo "symbols.sh: functions of $3 are bound late"; exit 1; }
relocations=$("$2" -rW "$3")
echo "$relocations" | grep -q TPOFF || { echo "symbols.sh: no thread-local is seen in $3"; exit 1; }
if echo "$relocations" | grep -E 'DTPMOD|TLSDESC' | grep -v ' urcu_'; then
	echo "symbols.sh: thread-locals of $3 without initial-exec"
	exit 1
fi
