#!/bin/sh
# abi.pl: that a program of one header works with the library of an older one, and when it does not.
# Usage: older.sh PERL ABI HEADER    HEADER is nbmap.h
# The "newer" header is HEADER; each older one is made of it by a change, which says in a line of its own what it is.
set -u

perl=$1
abi=$2
header=$3
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
failures=0

# older SCRIPT: HEADER as sed's SCRIPT changes it; it must change something.
older()
{
	sed "$1" "$header" >"$work/older.h"
	! cmp -s "$header" "$work/older.h" || { echo "nothing changed by $1"; failures=$((failures + 1)); }
}

# answers STATUS TEXT: of a program that calls two functions.
answers()
{
	"$perl" "$abi" "$work/older.h" "$header" nbmap_get nbmap_u64_get >"$work/out" 2>"$work/err"
	status=$?
	[ "$status" -eq "$1" ] && [ "$(cat "$work/out")" = "$2" ] && return
	echo "exit status $status, should be $1; printed, should be \"$2\":"
	cat "$work/out" "$work/err"
	failures=$((failures + 1))
}

older '1s/$/ /'
answers 0 ''
# Without members at the end, and with fewer places kept free.
older '/^	size_t longest_probe;/,/^	uint64_t reserved\[16\];/d'
answers 0 ''
older 's/reserved\[16\]/reserved[8]/'
answers 0 ''
# With more of them the older library writes beyond.
older 's/reserved\[16\]/reserved[24]/'
answers 1 'the size of struct nbmap_stats'
older 's/^	size_t capacity;/	size_t slots;/'
answers 1 'struct nbmap_config
struct nbmap_stats'
older 's/NBMAP_BP = 0/NBMAP_BP = 4/'
answers 1 'enum nbmap_flavor'
older 's/(n + 2) << 2/(n + 4) << 2/'
answers 1 'nbmap_int()'
older 's/\(nbmap_u64_get(struct nbmap_u64 \*map, \)uint64_t key/\1int key/'
answers 1 'nbmap_u64_get()'
# A function that the program does not call, and one that the older library does not have.
older 's/nbmap_u64_count(struct nbmap_u64 \*map)/nbmap_u64_count(struct nbmap_u64 *map, int)/'
answers 0 ''
older '/NBMAP_API .*\bnbmap_u64_get(/d; /NBMAP_SOME_(get);/d'
answers 0 ''

[ "$failures" -eq 0 ]
