#!/bin/sh
# The bench's tables: those of a small CSV are as they should be, stand where
# the page has room for them, and a broken CSV is refused.
# Usage: report.sh PERL REPORT DIRECTORY    DIRECTORY has sample.csv and expected.md
# To take over a change that was meant: REPORT sample.csv >expected.md
set -u

perl=$1
report=$2
samples=$3
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 99
failures=0

fail()
{
	echo "$*"
	failures=$((failures + 1))
}

# refused TEXT ARGUMENT...: exit status 2 and a message with TEXT.
refused()
{
	text=$1
	shift
	"$perl" "$report" "$@" >out 2>err
	status=$?
	[ "$status" -eq 2 ] || fail "$*: exit status $status, should be 2"
	grep -qF -- "$text" err || fail "$*: no \"$text\" in: $(cat err)"
}

"$perl" "$report" "$samples/sample.csv" >tables 2>err || fail "exit status $?"
[ ! -s err ] || fail "it complains: $(cat err)"
diff "$samples/expected.md" tables || fail "other tables"

# The page keeps what is around the tables, however often they are replaced.
printf 'before\n<!-- tables: begin -->\nold\n<!-- tables: end -->\nafter\n' >page
{
	printf 'before\n<!-- tables: begin -->\n\n'
	cat tables
	printf '<!-- tables: end -->\nafter\n'
} >wanted
for time in first second; do
	"$perl" "$report" --page page "$samples/sample.csv" || fail "--page: exit status $?"
	diff wanted page || fail "another page, the $time time"
done
printf 'no room\n' >bare
refused 'no lines' --page bare "$samples/sample.csv"

# Without gnuplot the scripts are written all the same.
mkdir empty
PATH=$work/empty "$perl" "$report" --plots plots "$samples/sample.csv" >tables 2>err || fail "--plots: exit status $?"
for plot in mix-uniform fill latency memory; do
	[ -s "plots/$plot.gp" ] || fail "no script for the plot $plot"
done
printf '<!-- tables: begin -->\n<!-- tables: end -->\n' >page
PATH=$work/empty "$perl" "$report" --page page --plots results/plots "$samples/sample.csv" 2>err || fail "--page --plots: exit status $?"
grep -qxF "![mix-uniform](results/plots/mix-uniform.svg)" page || fail "the page shows no plot"

header=workload,cell,threads,peer,round,metric,value
refused usage
refused 'no such option' --nonsense
refused 'No such file' absent.csv
: >nothing.csv
refused 'no header' nothing.csv
row()
{
	printf '%s\n%s\n' "$header" "$1" >bad.csv
	refused "$2" bad.csv
}
row mix,n=1,1,nbmap,1,mops 'bad.csv:2: expected 7 fields'
row mix,n=1,1,nbmap,1,mops,fast 'bad.csv:2: not a number: fast'
row mix,n=1,1,unheard,1,mops,1 'bad.csv:2: no such peer'
row bake,n=1,1,nbmap,1,mops,1 'bad.csv:2: no such workload'
row mix,n=1,one,nbmap,1,mops,1 'bad.csv:2: threads and round'

[ "$failures" -eq 0 ]
