#!/usr/bin/env bash
# nbcached beside memcached: same threads, memory, client, keys, and runs by turns.
#
# Usage: bench/nbcached/compare.sh [BUILD]      BUILD: a build folder (build/default), or a copy of one
#
# Writes bench/results/DATE-nbcached-CPU.csv and from it the page bench/results/nbcached.md, and prints
# the page's tables.  Installs and builds nothing.  What is taken from the environment:
#
#   MEMCACHED       the program (memcached)
#   RUNS            runs of each server and depth (5)
#   SECONDS_EACH    how long each takes (10)
#   KEYS            how many are stored (1000000)
#   SEED            of what the client draws (1)
#   SERVER_CPUS     processors for the servers, as taskset takes them: 0,1 (all)
#   CLIENT_CPUS     the same for the client (all)
#   THREADS         of a server (as many as it has processors)
#   CLIENT_THREADS  of the client (1)
#   CSV             write the rows to this file, and no page
#
# Where servers and client share processors nothing else must run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

build=${1:-build/default}
memcached=${MEMCACHED:-memcached}
runs=${RUNS:-5}
seconds=${SECONDS_EACH:-10}
keys=${KEYS:-1000000}
seed=${SEED:-1}
nbcached=$build/examples/nbcached/nbcached
load=$build/bench/nbcached/nbcached-load
ticks=$(getconf CLK_TCK)
# In a copy the library is not where it was built; others that a machine lacks can lie beside it.
export LD_LIBRARY_PATH=$build${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
work=$(mktemp -d)
declare -A pid=()
trap 'stop_all; rm -rf "$work"' EXIT
chmod 755 "$work"
user=()
[ "$(id -u)" -ne 0 ] || user=(-u root)

stop_all()
{
	[ "${#pid[@]}" -eq 0 ] || kill "${pid[@]}" 2>/dev/null || true
	wait
	pid=()
}

# on PROCESSORS COMMAND...: exec, so that the process that was begun is the program.
on()
{
	[ -z "$1" ] || exec taskset -c "$@"
	exec "${@:2}"
}

die()
{
	echo "compare.sh: $*" >&2
	exit 1
}

"$memcached" --version >/dev/null || die "there is no $memcached"
for program in "$nbcached" "$load"; do
	[ -x "$program" ] || die "there is no $program"
done
[ -z "${SERVER_CPUS:-}${CLIENT_CPUS:-}" ] || command -v taskset >/dev/null || die "taskset is missing"
threads=${THREADS:-$(on "${SERVER_CPUS:-}" nproc)}

# start SERVER MEBIBYTES
start()
{
	local program=$memcached

	[ "$1" = memcached ] || program=$nbcached
	rm -f "$work/$1"
	on "${SERVER_CPUS:-}" "$program" "${user[@]}" -s "$work/$1" -m "$2" -t "$threads" &
	pid[$1]=$!
	while [ ! -S "$work/$1" ]; do
		kill -0 "${pid[$1]}" || die "$1 does not start"
		sleep 0.05
	done
}

# client SERVER OPTION...: leaves commands, p50, p99, percent of hits in $work/numbers
client()
{
	(on "${CLIENT_CPUS:-}" "$load" -s "$work/$1" -c 50 -t "${CLIENT_THREADS:-1}" -k "$keys" -S "$seed" "${@:2}") \
		>"$work/said" || die "$1: $(cat "$work/said")"
	tail -n 1 "$work/said" | sed 's/p50//; s/p99//; s/[^0-9. ]//g' >"$work/numbers"
}

# What the process has used of its processors, in clock ticks.
used()
{
	sed 's/.*) //' "/proc/${pid[$1]}/stat" | awk '{ print $12 + $13 }'
}

# row CELL SERVER ROUND METRIC VALUE
row()
{
	printf 'nbcached,%s,%s,%s,%s,%s,%s\n' "$1" "$threads" "$2" "$3" "$4" "$5" >>"$csv"
}

bytes_an_item()
{
	awk -v keys="$keys" '/^VmRSS/ { print $2 * 1024 / keys }' "/proc/${pid[$1]}/status"
}

# measure SERVER DEPTH ROUND
measure()
{
	local before after commands p50 p99

	before=$(used "$1")
	client "$1" -T "$seconds" -d "$2"
	after=$(used "$1")
	read -r commands p50 p99 _ <"$work/numbers"
	row "depth=$2" "$1" "$3" commands_per_s "$commands"
	row "depth=$2" "$1" "$3" p50_us "$p50"
	row "depth=$2" "$1" "$3" p99_us "$p99"
	row "depth=$2" "$1" "$3" server_cpu_us "$(awk -v used=$((after - before)) -v ticks="$ticks" \
		-v commands="$commands" -v seconds="$seconds" \
		'BEGIN { print used / ticks * 1e6 / (commands * seconds) }')"
}

# hits SERVER: what a cache that is too small still has, once it is full
hits()
{
	local percent

	client "$1" -m -g 100 -d 16 -T "$seconds" -S "$((seed + 1))"
	client "$1" -m -g 100 -d 16 -T "$seconds"
	read -r _ _ _ percent _ <"$work/numbers"
	row memory=32MiB "$1" 1 hits_percent "$percent"
}

cpu=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1 | tr '[:upper:]' '[:lower:]' |
	tr -cs 'a-z0-9' '-')
cpu=${cpu#-}
cpu=${cpu%-}
csv=${CSV:-bench/results/$(date -u +%F)-nbcached-${cpu:-unknown}.csv}
{
	"$load" -A -S "$seed"
	printf '# peer nbcached: %s\n' "$("$nbcached" -V | sed 's/.* //')"
	printf '# peer memcached: %s\n' "$("$memcached" --version | sed 's/.* //')"
	printf '# keys: %s\n' "$keys"
	printf '# server threads: %s, on processors: %s\n' "$threads" "${SERVER_CPUS:-all}"
	printf '# client threads: %s, on processors: %s\n' "${CLIENT_THREADS:-1}" "${CLIENT_CPUS:-all}"
	printf 'workload,cell,threads,peer,round,metric,value\n'
} >"$csv"

servers=(nbcached memcached)
for server in "${servers[@]}"; do start "$server" 1024; done
for server in "${servers[@]}"; do client "$server" -f -T 0; done
for server in "${servers[@]}"; do row "keys=$keys" "$server" 1 bytes_an_item "$(bytes_an_item "$server")"; done
for depth in 1 16; do
	for ((run = 1; run <= runs; run++)); do
		for server in "${servers[@]}"; do measure "$server" "$depth" "$run"; done
	done
done
stop_all
for server in "${servers[@]}"; do start "$server" 32; done
for server in "${servers[@]}"; do hits "$server"; done

page=()
[ -n "${CSV:-}" ] || page=(--page bench/results/nbcached.md)
command -v perl >/dev/null || die "wrote $csv; no perl, so no page"
bench/nbcached/report.pl "${page[@]}" "$csv"
