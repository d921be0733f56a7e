#!/bin/sh
# The library has the probes that the guide names, with as many arguments, and no other; and for each there is a line
# for bpftrace.
# Usage: probes.sh READELF LIBRARY PAGE
set -eu

readelf=$1 library=$2 page=$3
here=$(dirname "$0")

built=$("$readelf" -n "$library" | awk '$1 == "Provider:" { ours = $2 == "nbmap" } $1 == "Name:" { name = $2 }
	ours && $1 == "Arguments:" { print name, NF - 1 }' | sort -u)
documented=$("$here/documented.sh" "$page")
[ -n "$documented" ] || { echo "probes.sh: $page names no probe"; exit 1; }
if [ "$built" != "$documented" ]; then
	printf 'probes.sh: %s has\n%s\nand %s has\n%s\n' "$library" "$built" "$page" "$documented"
	exit 1
fi
echo "$built" | while read -r name _; do
	grep -q "^bpftrace -e .*usdt:\$lib:nbmap:$name " "$page" || { echo "probes.sh: no line for $name"; exit 1; }
done
