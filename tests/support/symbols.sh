#!/bin/sh
# The shared library exports what the header declares and nothing else, each with the version that the map of versions
# gives it, and that map names no more.  Nothing is left to first use, for which the loader may take a lock: functions
# are bound when it is loaded, and no thread-local of its own is reached by the general model.
# Usage: symbols.sh NM READELF LIBRARY HEADER VERSION_MAP
set -eu

# The version of a symbol is what follows @@; the versions themselves are absolute symbols.
exported=$("$1" -D --defined-only "$3" | awk '$2 != "A" { print $NF }' | sort)
symbols=$(echo "$exported" | sed 's/@.*//')
declared=$(sed -n 's/^NBMAP_API .*[ *]\(nbmap_[a-z0-9_]*\)(.*/\1/p' "$4" | sort)
# symbol@@version, as nm has it.
mapped=$(awk '/^NBMAP_[0-9.]* *\{/ { version = $1 } /^\tnbmap_/ { sub(";", "", $1); print $1 "@@" version }' "$5" | sort)
[ -n "$symbols" ] || { echo "symbols.sh: $3 exports nothing"; exit 1; }
[ -n "$declared" ] || { echo "symbols.sh: $4 declares nothing"; exit 1; }
if [ "$symbols" != "$declared" ]; then
	echo "symbols.sh: $3 exports, and $4 declares:"
	echo "$symbols"
	echo "$declared"
	exit 1
fi
if [ "$exported" != "$mapped" ]; then
	echo "symbols.sh: $3 exports, and $5 names:"
	echo "$exported"
	echo "$mapped"
	exit 1
fi
"$2" -dW "$3" | grep -qE 'BIND_NOW|FLAGS_1.*NOW' || { echo "symbols.sh: functions of $3 are bound late"; exit 1; }
relocations=$("$2" -rW "$3")
echo "$relocations" | grep -q TPOFF || { echo "symbols.sh: no thread-local is seen in $3"; exit 1; }
if echo "$relocations" | grep -E 'DTPMOD|TLSDESC' | grep -v ' urcu_'; then
	echo "symbols.sh: thread-locals of $3 without initial-exec"
	exit 1
fi
