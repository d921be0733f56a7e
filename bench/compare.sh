#!/usr/bin/env bash
# Measure nbmap beside other maps.  Without arguments everything, which takes
# hours: results go to bench/results, and the tables of bench/README.md and
# the plots are made anew from them.  With --quick a subset that takes about
# two minutes and prints its tables, and writes nothing but build/.
# Installs what is missing on Debian; see scripts/packages.sh.  A map whose
# package cannot be had is left out, by name.
# Usage: bench/compare.sh [--quick]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/packages.sh

quick=
case "$#:${1:-}" in
0:) ;;
1:--quick) quick=--quick ;;
*)
	printf 'usage: bench/compare.sh [--quick]\n' >&2
	exit 2
	;;
esac

need cmake make gcc libc6-dev pkg-config liburcu-dev perl
want g++ libck-dev libtbb-dev libabsl-dev libglib2.0-dev libcuckoo-dev default-jdk-headless libjctools-java gnuplot-nox
build bench

bench=build/bench/bench/compare
wordcount=build/bench/bench/wordcount/nbmap-wordcount-peers
java=()
if [ -x $bench/java/peer.sh ]; then
	java=(--java $bench/java/peer.sh)
fi

# wordcount_rows ROUNDS [FILE...]: the same program on every map, round by round, without the remover, which needs nbmap.
wordcount_rows()
{
	local rounds=$1 round threads map

	shift
	for ((round = 1; round <= rounds; round++)); do
		for threads in 1 2; do
			for map in $("$wordcount" --maps); do
				"$wordcount" --map "$map" --flavor qsbr --no-remover --verify --threads "$threads" --csv "$round" "$@"
			done
		done
	done
}

if [ "$quick" ]; then
	export NBMAP_JAVA_HEAP=1g # its pages are made before the first answer
	results=$(mktemp)
	trap 'rm -f "$results"' EXIT
	say "measuring, about two minutes"
	$bench/nbmap-bench all --quick "${java[@]}" --csv "$results"
	wordcount_rows 3 /usr/include/linux >>"$results"
	bench/compare/report.pl "$results"
	exit
fi

cpu=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1 | tr '[:upper:]' '[:lower:]' | tr -cs 'a-z0-9' '-')
cpu=${cpu#-}
cpu=${cpu%-}
mkdir -p bench/results
results=bench/results/$(date -u +%F)-${cpu:-unknown}.csv
say "measuring into $results"
$bench/nbmap-bench all "${java[@]}" --csv "$results.part"
wordcount_rows 5 >>"$results.part"
mv "$results.part" "$results"
bench/compare/report.pl --page bench/README.md --plots bench/results/plots "$results"
say "wrote $results, bench/results/plots and the tables of bench/README.md"
