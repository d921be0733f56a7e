#!/bin/sh
# The library has the probes that the guide names, with as many arguments, and no other; and for each there is a line
# for bpftrace.  None is in a public function: what a get, a put or a removal goes through is as without.
# Usage: probes.sh READELF NM LIBRARY PAGE
set -eu

readelf=$1 nm=$2 library=$3 page=$4
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

functions=$("$nm" -D -S --defined-only "$library" | awk '$3 == "T" { print $1, $2, $4 }')
echo "$functions" | grep -q ' nbmap_get' || { echo "probes.sh: $library exports no nbmap_get"; exit 1; }
"$readelf" -n "$library" | awk '$1 == "Provider:" { ours = $2 == "nbmap" } $1 == "Name:" { name = $2 }
	ours && $1 == "Location:" { sub(",", "", $2); print $2, name }' |
	while read -r at name; do
		echo "$functions" | while read -r start size function; do
			if [ $((at)) -ge $((0x$start)) ] && [ $((at)) -lt $((0x$start + 0x$size)) ]; then
				echo "probes.sh: $name is in ${function%@*}"
				exit 1
			fi
		done
	done
