#!/usr/bin/env bash
# Files know nearer ones only: there is no circle among the units of src/ and
# reclaim/, where a unit is NAME.h with NAME.c.  A knows B if it
#
#   includes     a file of B
#   refers to    a symbol that B defines; inline functions are seen by the include
#
# Nor does reclaim/ know a unit of src/, nor do two units have one name.
#
# Usage: order.sh NM SOURCE_DIR ARCHIVE...   (of both; asserts on and off differ)
set -euo pipefail
nm=$1 top=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$top"

for file in src/*.[ch] reclaim/*.[ch]; do
	name=${file##*/}
	echo "${name%.*} ${file%%/*}"
done | sort -u >"$work/units"

twice=$(cut -d" " -f1 "$work/units" | uniq -d | tr "\n" " ")
if [ -n "$twice" ]; then
	echo "in src/ and in reclaim/: $twice"
	exit 1
fi

# "A B reason" a line.
for file in src/*.[ch] reclaim/*.[ch]; do
	name=${file##*/}
	sed -nE 's/^#include "([a-z0-9_]+)\.[ch]".*/'"${name%.*}"' \1 includes/p' "$file"
done >"$work/edges"
for archive; do
	"$nm" -A "$archive" | sed -nE 's/^.*:([a-z0-9_]+)\.c\.o:[0-9a-f ]*([A-Za-z]) ([^ ]+)$/\1 \2 \3/p' >"$work/symbols"
	[ -s "$work/symbols" ] || { echo "no symbols in $archive"; exit 1; }
	awk 'NR == FNR { if ($2 ~ /[TDBRVWC]/) by[$3] = $1; next }
		$2 == "U" && $3 in by { print $1, by[$3], $3 }' "$work/symbols" "$work/symbols" >>"$work/edges"
done
awk 'NR == FNR { of[$1] = $2; next } $1 != $2 && $2 in of { print $1, of[$1], $2, of[$2], $3 }' \
	"$work/units" "$work/edges" | sort -u >"$work/known"

failed=0
if grep ' reclaim [a-z0-9_]* src ' "$work/known"; then
	echo "reclaim/ knows src/, see above"
	failed=1
fi
if ! cut -d' ' -f1,3 "$work/known" | tsort >/dev/null 2>"$work/loop"; then
	# The first of them, as tsort goes along it.
	awk '/contains a loop/ && n++ { exit } NF == 2 { print $2 }' "$work/loop" >"$work/names"
	echo "a circle: $(tr '\n' ' ' <"$work/names")"
	awk 'NR == FNR { of[$1]; next } $1 in of && $3 in of { print "  " $1 " -> " $3 ": " $5 }' "$work/names" "$work/known"
	failed=1
fi
echo "$(wc -l <"$work/units") units, $(cut -d' ' -f1,3 "$work/known" | sort -u | wc -l) pairs"
exit "$failed"
