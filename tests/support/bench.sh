#!/usr/bin/env bash
# Usage: bench.sh rows|options NBMAP-BENCH
# rows: run every workload of nbmap-bench for a moment, and check that the
# results have the rows they should; no value is judged, but that outrun has
# done something in every cell.  options: bad options end it with status 2 and
# a message.
set -euo pipefail

what=$1 bench=$2
# shellcheck source=tests/support/refused.sh
. "${BASH_SOURCE[0]%/*}/refused.sh"
csv=$dir/results.csv

refused()
{
	refused_by "$bench" "$@"
}

# expected COUNT PATTERN: so many rows.
expected()
{
	local count

	count=$(grep -cE "^$2,[-+.e0-9]+\$" "$csv" || true)
	[ "$count" -eq "$1" ] || wrong "$count rows, not $1, of $2"
}

check_options()
{
	refused
	refused nothing
	refused mix --n 10
	refused mix --n 1000,
	refused mix --n ''
	refused mix --threads 0
	refused mix --updates 101
	refused mix --dist normal
	refused mix --peers nobody
	refused mix --rounds 0
	refused mix --millis x
	refused mix --time-box -1
	refused mix --seed ''
	refused mix --csv ''
	refused outrun --patterns spiral
	refused outrun --patterns ''
	refused outrun --flavors bp,vanilla
	refused outrun --free-ns 1000001
	refused mix --nonsense
	refused mix --n
}

well_formed()
{
	if grep -vE '^#|^workload,|^[a-z]+,([a-z0-9]+=[a-z0-9]+;?)+,[0-9]+,[a-z_]+,[0-9]+,[a-z0-9._]+,[-+.e0-9]+$' "$csv"; then
		wrong "the rows above are malformed"
	fi
}

# All patterns and flavours of outrun: in none may nothing have been done.
outrun_rows()
{
	local metric each writers alone='nbmap,1'
	local command=("$bench" outrun --n 5000 --threads 2 --millis 50 --peers nbmap,cds_lfht --csv "$csv")

	"${command[@]}" || wrong "status $? of: ${command[*]}"
	well_formed
	if grep '^outrun,.*,mops,0$' "$csv"; then
		wrong "nothing was done in the cells above"
	fi
	# The other side takes part where its library is there.
	each='(nbmap|cds_lfht),1'
	grep -q '^# peer cds_lfht:' "$csv" && writers=2 || writers=1
	for metric in mops refused peak_pending mean_pending seconds finished; do
		expected $((writers * 8)) "outrun,pattern=overwrite;section=(20|1);flavor=(bp|qsbr|memb|mb);free=0,2,$each,$metric"
		expected $((writers * 4)) "outrun,pattern=churn;section=20;flavor=(bp|qsbr|memb|mb);free=0,2,$each,$metric"
		expected $((writers * 4)) "outrun,pattern=mix;section=1;flavor=(bp|qsbr|memb|mb);free=0,2,$each,$metric"
	done
	for metric in p50_ns max_ns barriers mops refused peak_pending finished; do
		expected 4 "outrun,pattern=barrier;section=20;flavor=(bp|qsbr|memb|mb);free=0,3,$alone,$metric"
	done
	for metric in refused peak_pending p99.9_ns max_ns mops clear_ns drain_seconds finished; do
		expected 4 "outrun,pattern=clear;n=5000;flavor=(bp|qsbr|memb|mb),1,$alone,$metric"
	done

	# The costs of a free, what waits over time, and the allocator's name.
	command=("$bench" outrun --patterns mix --flavors mb --free-ns 0,300 --millis 250 --peers nbmap --mxfast0 --csv "$csv")
	"${command[@]}" || wrong "status $? of: ${command[*]}"
	well_formed
	expected 4 "outrun,pattern=mix;section=1;flavor=mb;free=(0|300)(;malloc=[a-z0-9]+)?,8,$alone,pending_(100|200)ms"
}

check_rows()
{
	local each metric key
	local command=("$bench" all --n 5000 --threads 1,2 --rounds 2 --millis 2 --time-box 60 --updates 50
		--patterns overwrite --flavors qsbr --peers nbmap,empty --csv "$csv")
	"${command[@]}" || wrong "status $? of: ${command[*]}"

	for key in date cpu cores compiler flags malloc commit seed 'peer nbmap' 'peer empty'; do
		grep -q "^# $key: ." "$csv" || wrong "no comment of $key"
	done
	[ "$(grep -c '^workload,cell,threads,peer,round,metric,value$' "$csv")" -eq 1 ] || wrong "not one line of column names"
	well_formed

	each='(nbmap|empty),[12]'
	expected 16 "mix,n=5000;dist=(uniform|zipf);u=50,[12],$each,mops"
	expected 24 "hits,n=5000;hits=(0|50|100),[12],$each,mops"
	expected 12 "hits,n=5000;hits=(0|50|100),1,$each,ns_op"
	expected 16 "room,n=5000;dist=(uniform|zipf);u=50,[12],$each,mops"
	expected 8 "strings,n=5000;u=50,[12],$each,mops"
	expected 16 "fill,n=5000;start=(presized|growing),[12],$each,seconds"
	expected 16 "fill,n=5000;start=(presized|growing),[12],$each,finished"
	for metric in p50_ns p90_ns p99_ns p99.9_ns p99.99_ns p99.999_ns max_ns finished; do
		expected 8 "latency,n=5000;op=insert;table=growing,[12],$each,$metric"
		expected 8 "latency,n=5000;op=update;table=still,[12],$each,$metric"
		expected 8 "latency,n=5000;op=get;table=(growing|still),2,$each,$metric"
	done
	for metric in mops resident_start_mib resident_half_mib resident_end_mib finished; do
		expected 8 "churn,live=5000,[12],$each,$metric"
	done
	expected 24 "bustle,n=5000;mix=(readheavy|exchange|rapidgrow),[12],$each,mops"
	for metric in resident_bytes_entry finished; do
		expected 6 "memory,n=5000;after=(presized|growth|removal),1,(nbmap|empty),1,$metric"
	done
	expected 3 "memory,n=5000;after=(presized|growth|removal),1,nbmap,1,allocated_bytes_entry"
	expected 16 "batch,n=5000;hits=(100|50);batch=(32|1),[12],nbmap,[12],mops"
	expected 4 "stopped,n=5000;thread=ended,[12],nbmap,[12],mops"
	expected 8 "outrun,pattern=overwrite;section=(20|1);flavor=qsbr;free=0,[12],nbmap,[12],mops"
	for metric in longest_section_ns sections expired seconds peak_pending refused p99.9_ns max_ns mops finished; do
		expected 8 "expiry,n=5000;way=(slices|walk);flavor=qsbr,[12],nbmap,[12],$metric"
	done
	outrun_rows
}

"check_$what"
[ "$failures" -eq 0 ] || {
	printf 'repeat with: %s %s %s\n' "$0" "$what" "$bench" >&2
	exit 1
}
