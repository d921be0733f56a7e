#!/usr/bin/env bash
# Usage: scale.sh rows|options NBMAP-SCALE NBMAP-SCALE-REAL
# rows: every workload for a moment, simulated and for real: each cell has its rows, and
# the model says what cannot be otherwise: that its threads did something; that gets take
# no line from another; that one lock lets nobody past, and many threads on different keys
# pass each other.  options: bad options end either with status 2 and a message.
set -euo pipefail

what=$1 model=$2 real=$3
# shellcheck source=tests/support/refused.sh
. "${BASH_SOURCE[0]%/*}/refused.sh"
csv=$dir/results.csv

# By both.
refused()
{
	refused_by "$model" "$@"
	refused_by "$real" "$@"
}

# value CELL THREADS SUBJECT METRIC
value()
{
	awk -F, -v cell="$1" -v threads="$2" -v subject="$3" -v metric="$4" \
		'$2 == cell && $3 == threads && $4 == subject && $6 == metric { print $7 }' "$csv"
}

# holds CONDITION, in awk's words
holds()
{
	awk "BEGIN { exit !($1) }" || wrong "not so: $1"
}

check_options()
{
	refused nothing
	refused get --n 10
	refused get --n 1000,
	refused get --threads 0
	refused get --threads 5000
	refused get --dist normal
	refused get --subjects nobody
	refused get --ops 0
	refused get --cost step
	refused get --cost stride=1
	refused get --costs "$dir/none"
	refused get --seed ''
	refused get --csv ''
	refused get --fit
	refused --unknown
}

check_rows()
{
	local kinds=(get overwrite insert remove grow boxed count mix10 mix50) kind dist cell

	"$model" --n 2000 --dist uniform --threads 1,16 --ops 4000 --warm 20 --hot 3 --check --csv "$csv" 2>"$dir/hot"
	for kind in "${kinds[@]}"; do
		case $kind in insert | grow) dist=fresh ;; *) dist=uniform ;; esac
		cell="kind=$kind;n=2000;dist=$dist"
		for threads in 1 16; do
			[ -n "$(value "$cell" $threads nbmap model_mops)" ] || wrong "no row of $cell"
			holds "$(value "$cell" $threads nbmap model_mops) > 0"
			holds "$(value "$cell" $threads nbmap accesses) > 2"
		done
	done
	holds "$(value "kind=get;n=2000;dist=uniform" 16 nbmap taken) < 0.02"
	holds "$(value "kind=overwrite;n=2000;dist=uniform" 16 nbmap taken) > 0.5"
	grep -q 'table.line: a value' "$dir/hot" || wrong "no name of what was taken"

	# Lines that nobody shares: the time is the same for all.
	"$model" get --n 2000 --dist uniform --threads 1,16 --subjects nbmap,lock,readers --ops 4000 --warm 20 \
		--csv "$csv"
	holds "$(value "kind=get;n=2000;dist=uniform" 16 nbmap efficiency) > 0.85"
	holds "$(value "kind=get;n=2000;dist=uniform" 16 lock efficiency) < 0.1"
	holds "$(value "kind=get;n=2000;dist=uniform" 16 readers efficiency) < 0.2"

	# Who looks into a stripe of the domain does not take its word from who retires there.
	"$model" boxed --n 2000 --dist uniform --threads 128 --ops 40000 --hot 12 >/dev/null 2>"$dir/hot"
	grep -q 'domain.stripe' "$dir/hot" || wrong "nothing was retired"
	holds "0$(awk '/domain.stripe.open/ { print $1 }' "$dir/hot") < 0.1"

	# The same each time, where the system lets addresses be the same.
	"$model" mix50 --n 2000 --dist zipf --threads 8 --ops 4000 --csv "$dir/first"
	"$model" mix50 --n 2000 --dist zipf --threads 8 --ops 4000 --csv "$dir/second"
	! setarch -R true 2>/dev/null || diff <(grep -v '^#' "$dir/first") <(grep -v '^#' "$dir/second") >&2 || wrong "two runs differ"

	"$real" --n 2000 --ops 20000 --rounds 1 --dist uniform --subjects nbmap,lock,readers --disturbed \
		--csv "$dir/real"
	for kind in "${kinds[@]}"; do
		grep -q "^scale_real,kind=$kind;.*real_mops" "$dir/real" || wrong "no real row of $kind"
	done
	"$model" get --n 2000 --dist uniform --threads 1 --ops 4000 --real "$dir/real" --csv "$csv" 2>/dev/null
	holds "$(value "kind=get;n=2000;dist=uniform" 1 nbmap model_to_real) > 0"
	"$model" get overwrite --n 2000 --dist uniform --threads 1 --ops 4000 --real "$dir/real" --fit >"$dir/costs"
	"$model" get --n 2000 --dist uniform --threads 1 --ops 4000 --costs "$dir/costs" >"$dir/out"
	grep -q '^# cost guess: ' "$dir/out" || wrong "costs were not printed"
}

"check_$what"
exit $((failures > 0))
