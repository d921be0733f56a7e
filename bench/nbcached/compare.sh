#!/usr/bin/env bash
# nbcached beside Debian's memcached: same threads, memory, client, keys.  Losses first.
#
# Usage: bench/nbcached/compare.sh [BUILD]      BUILD: a build folder (build/default)
#
# RUNS runs of SECONDS each (3 of 10), by turns; the medians are printed.  The client takes a
# processor, too: nothing else must run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

build=${1:-build/default}
runs=${RUNS:-3}
seconds=${SECONDS_EACH:-10}
keys=${KEYS:-1000000}
threads=$(nproc)
work=$(mktemp -d)
pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait; rm -rf "$work"' EXIT
chmod 755 "$work"
user=()
[ "$(id -u)" -ne 0 ] || user=(-u root)

command -v memcached >/dev/null || { echo "compare.sh: memcached is missing" >&2; exit 1; }

# start SERVER MEBIBYTES
start()
{
	local program=memcached

	[ "$1" = memcached ] || program=$build/examples/nbcached/nbcached
	"$program" "${user[@]}" -s "$work/$1" -m "$2" -t "$threads" &
	pids+=($!)
	while [ ! -S "$work/$1" ]; do sleep 0.05; done
}

stop_all()
{
	for pid in "${pids[@]}"; do kill "$pid"; done
	wait
	pids=()
}

load()
{
	"$build/bench/nbcached/nbcached-load" -s "$work/$1" -c 50 -k "$keys" "${@:2}" | tail -n 1
}

# field N FILE: the median of the Nth number of the lines
field()
{
	sed 's/[^0-9. ]//g' "$2" | awk -v n="$1" '{ print $n }' | sort -g | sed -n "$(((runs + 1) / 2))p"
}

resident()
{
	awk '/^VmRSS/ { print $2 * 1024 }' "/proc/$1/status"
}

row()
{
	printf '%-34s %14s %14s %8.2f\n' "$1" "$2" "$3" "$(awk "BEGIN { print $2 / $3 }")"
}

echo "$keys keys, 100-byte values, Zipf 0.99, 50 connections, $threads threads; $(memcached --version)"
printf '%-34s %14s %14s %8s\n' '' nbcached memcached ratio
{
	start nbcached 1024
	start memcached 1024
	for server in nbcached memcached; do
		load "$server" -f -T 1 >/dev/null
	done
	row "bytes resident an item (-)" "$(($(resident "${pids[0]}") / keys))" "$(($(resident "${pids[1]}") / keys))"
	for depth in 1 16; do
		for ((run = 0; run < runs; run++)); do
			for server in nbcached memcached; do
				load "$server" -T "$seconds" -d "$depth" >>"$work/$server.$depth"
			done
		done
		row "commands a second, depth $depth (+)" "$(field 1 "$work/nbcached.$depth")" "$(field 1 "$work/memcached.$depth")"
		row "p99, microseconds, depth $depth (-)" "$(field 5 "$work/nbcached.$depth")" "$(field 5 "$work/memcached.$depth")"
	done
	stop_all
	rm -f "$work/nbcached" "$work/memcached"
	start nbcached 32
	start memcached 32
	for server in nbcached memcached; do
		load "$server" -m -g 100 -d 16 -T "$seconds" >/dev/null
		load "$server" -m -g 100 -d 16 -T "$seconds" >"$work/$server.hits"
	done
	runs=1
	row "percent of hits at 32 MiB (+)" "$(field 6 "$work/nbcached.hits")" "$(field 6 "$work/memcached.hits")"
	stop_all
}
echo "(+) more is better, (-) less is better"
