#!/bin/sh
# The bench's findings: each ratio stands on the page that its row leads to; each page under results/, and each plot, is
# what the report makes of the CSV that the page names.
# Usage: findings.sh PERL BENCH    BENCH is the folder with README.md and results/
set -u

perl=$1
bench=$2
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
failures=0

fail()
{
	echo "$*"
	failures=$((failures + 1))
}

# ratios PAGE: of each row that leads to a page, the numbers in its third column, each with that page.
ratios()
{
	awk -F'|' '/^\|.*\]\(results\/[a-z]+\.md\)/ {
		page = $5
		gsub(/.*\]\(|\).*/, "", page)
		for (cell = $4; match(cell, /[0-9][0-9.]*/); cell = substr(cell, RSTART + RLENGTH))
			print substr(cell, RSTART, RLENGTH), page
	}' "$1"
}

# absent: of the lines of ratios(), those whose number is not on the page.
absent()
{
	while read -r number page; do
		grep -qE "(^|[^0-9.])$(echo "$number" | sed 's/\./\\./')([^0-9.]|\$)" "$bench/$page" || echo "$number on $page"
	done
}

ratios "$bench/README.md" >"$work/ratios"
[ "$(wc -l <"$work/ratios")" -gt 20 ] || fail "README.md has hardly any ratios"
absent <"$work/ratios" >"$work/absent"
[ ! -s "$work/absent" ] || fail "README.md: no $(cat "$work/absent")"
# It notices.
[ "$(echo '123.45 results/tables.md' | absent | wc -l)" -eq 1 ] || fail "a ratio that is nowhere is not seen"

shown=$(grep -oE '\[!\[[^]]*\]\(results/plots/[a-z]+\.svg\)' "$bench/README.md" | sort -u | wc -l)
[ "$shown" -eq 6 ] || fail "README.md shows $shown plots, should be 6"

# Without gnuplot: a plot is held against its script.
mkdir -p "$work/results/plots" "$work/empty"
for csv in "$bench"/results/*.csv; do
	ln -s "$csv" "$work/results/"
done
for page in "$bench"/results/*.md; do
	name=$(basename "$page")
	csv=$(sed -n 's/^Measured .*](\([^)]*\.csv\)).*/\1/p' "$page")
	plots=$work/results/plots
	case $name in
	nbcached.md) report=$bench/nbcached/report.pl plots= ;;
	scale.md) report=$bench/scale/report.pl ;;
	*) report=$bench/compare/report.pl ;;
	esac
	if [ ! -f "$bench/results/$csv" ]; then
		fail "$name: no CSV \"$csv\""
		continue
	fi
	PATH=$work/empty "$perl" "$report" --page "$work/results/$name" ${plots:+--plots "$plots"} \
		"$work/results/$csv" 2>"$work/err" || fail "$name: $(cat "$work/err")"
	diff "$page" "$work/results/$name" || fail "$name: not what $csv says"
done
for script in "$bench"/results/plots/*.gp; do
	diff "$script" "$work/results/plots/" >/dev/null || fail "$script: not what its page's CSV says"
	[ -s "${script%.gp}.svg" ] || fail "$script: never drawn"
done

[ "$failures" -eq 0 ]
