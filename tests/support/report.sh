#!/bin/sh
# The bench's tables: those of a small CSV are as they should be, on a page, too,
# and a broken CSV is refused.
# Usage: report.sh PERL REPORT DIRECTORY    DIRECTORY has sample.csv and expected.md, before.csv and before.md
# To take over a change that was meant: REPORT sample.csv >expected.md; REPORT before.csv >before.md
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

# Beside an earlier commit there are other tables, of all cells, and no plots.
"$perl" "$report" --plots plots "$samples/before.csv" >tables 2>err || fail "before: exit status $?"
[ ! -s err ] || fail "before: it complains: $(cat err)"
diff "$samples/before.md" tables || fail "other tables beside an earlier commit"
[ ! -e plots ] || fail "plots beside an earlier commit"

# A page is for itself, says which CSV it is from, and has the same tables.
mkdir results
cp "$samples/sample.csv" results/
"$perl" "$report" --page results/tables.md results/sample.csv || fail "--page: exit status $?"
head -n 1 results/tables.md | grep -q '^# ' || fail "the page has no heading"
grep -qF '[sample.csv](sample.csv)' results/tables.md || fail "the page does not lead to its CSV"
"$perl" "$report" "$samples/sample.csv" >tables
{
	sed '/^## /,$d' results/tables.md
	sed '$d' tables
} >wanted
diff wanted results/tables.md || fail "a page with other tables"
refused 'a page is called' --page results/other.md results/sample.csv

# Without gnuplot the scripts are written all the same.
mkdir empty
PATH=$work/empty "$perl" "$report" --page results/tables.md --plots results/plots results/sample.csv 2>err ||
	fail "--page --plots: exit status $?"
for plot in mix latency memory outrun; do
	[ -s "results/plots/$plot.gp" ] || fail "no script for the plot $plot"
	grep -qxF "![$plot](plots/$plot.svg)" results/tables.md || fail "the page does not show the plot $plot"
done

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
