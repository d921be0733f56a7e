#!/bin/sh
# The shared library exports nbmap_* and nothing else.
# Usage: symbols.sh NM LIBRARY
set -eu

symbols=$("$1" -D --defined-only "$2" | awk '{ print $NF }')
[ -n "$symbols" ] || { echo "symbols.sh: $2 exports nothing"; exit 1; }
if echo "$symbols" | grep -v '^nbmap_'; then
	echo "symbols.sh: $2 exports these too"
	exit 1
fi
