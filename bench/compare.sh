#!/usr/bin/env bash
# Measure nbmap beside other maps.  Without arguments everything but outrun, expiry,
# room and the word count, which takes about fifty minutes on two processors; with one of
# their names that alone, which takes about as long, two minutes, and ten each: results go to
# bench/results, and their page and plots there are made anew from them.  With --quick a subset
# that takes about two minutes and prints its tables, and writes nothing but build/.
# Installs what is missing on Debian; see scripts/packages.sh.  A map whose
# package cannot be had is left out, by name.
# Usage: bench/compare.sh [--quick | --outrun | --expiry | --room | --wordcount]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/packages.sh
. bench/support/measure.sh
show_help bench/compare.sh "$@"

mode=
case "$#:${1:-}" in
0:) ;;
1:--quick | 1:--outrun | 1:--expiry | 1:--room | 1:--wordcount) mode=${1#--} ;;
*)
	printf 'usage: bench/compare.sh [--quick | --outrun | --expiry | --room | --wordcount]\n' >&2
	exit 2
	;;
esac

need cmake make gcc libc6-dev pkg-config liburcu-dev perl
want g++ libck-dev libtbb-dev libabsl-dev libglib2.0-dev libcuckoo-dev default-jdk-headless libjctools-java gnuplot-nox
build bench

bench=build/bench/bench/compare
wordcount=(build/bench/bench/wordcount/nbmap-wordcount-peers)
java=()
if [ -x $bench/java/peer.sh ]; then
	java=(--java $bench/java/peer.sh)
fi

# wordcount_rows ROUNDS INPUT [FILE...]: the same program on every map, round by round, without the remover, which
# needs nbmap.  INPUT is what the rows call the files.
wordcount_rows()
{
	local rounds=$1 input=$2 round values threads map

	shift 2
	for ((round = 1; round <= rounds; round++)); do
		for values in boxed inplace int; do
			for threads in 1 2; do
				for map in $("${wordcount[@]}" --maps); do
					count_words "$input" "$map" "$values" "$threads" "$round" "$@"
				done
			done
		done
	done
}

results=$(mktemp)
part=$(mktemp)
trap 'rm -f "$results" "$part"' EXIT

# measure WORKLOAD... OPTION...: add the rows; what was measured with is said once.
measure()
{
	$bench/nbmap-bench "$@" "${java[@]}" --csv "$part"
	if [ -s "$results" ]; then
		rows "$part" >>"$results"
	else
		cp "$part" "$results"
	fi
}

# Those that a bar names, where every peer would take an hour.
rivals=nbmap,cds_lfht,libcuckoo,tbb,empty

if [ "$mode" = quick ]; then
	export NBMAP_JAVA_HEAP=1g # its pages are made before the first answer
	say "measuring, about two minutes"
	measure mix --n 1000000 --updates 0,50 --rounds 3 --millis 40
	measure hits --n 10000 --rounds 3 --millis 40
	measure room --n 10000,1000000 --updates 10 --dist uniform --rounds 3 --millis 40 --peers "$rivals"
	measure strings --n 100000 --updates 10 --rounds 3 --millis 40
	measure fill latency --n 1000000 --rounds 1 --peers "$rivals"
	measure batch --n 1000000 --rounds 3 --millis 40
	measure memory --n 1000000 --peers "$rivals,abseil"
	measure expiry --flavors bp --threads 1 --quick --rounds 1 --peers nbmap
	measure outrun --patterns overwrite,mix,barrier --flavors bp,qsbr --quick --peers nbmap,cds_lfht
	wordcount_rows 1 short /usr/include/linux >>"$results"
	bench/compare/report.pl "$results"
	exit
fi

say "measuring"
case $mode in
outrun)
	measure outrun --patterns overwrite,churn,mix,barrier --peers nbmap,cds_lfht
	measure outrun --patterns overwrite --flavors bp --free-ns 300,1000 --peers nbmap
	measure outrun --patterns clear --flavors bp,qsbr --peers nbmap --mxfast0
	;;
expiry) measure expiry --flavors bp,qsbr --threads 1 --rounds 3 --peers nbmap ;;
room)
	measure room --n 10000,1000000 --dist uniform --millis 100 --peers "$rivals,abseil"
	measure room --n 1000000 --dist zipf --updates 50 --millis 100 --peers "$rivals,abseil"
	measure room --n 10000000 --dist uniform --updates 0,10 --rounds 3 --peers "$rivals,abseil"
	;;
wordcount)
	# What it was measured with, as the other workloads have it.
	measure hits --n 10000 --rounds 1 --millis 1 --peers nbmap,cds_lfht,libcuckoo,tbb,glib
	sed -i -e '/^hits,/d' "$results"
	wordcount_rows 5 short /usr/include/linux >>"$results"
	wordcount_rows 3 long >>"$results"
	;;
*)
	measure mix hits --n 10000,1000000,10000000 --millis 40
	measure strings bustle --millis 50
	measure fill --n 1000000
	measure fill --n 10000000 --peers "$rivals"
	measure latency --n 8000000 --peers nbmap,cds_lfht,libcuckoo,empty
	measure churn --n 1000000 --peers "$rivals"
	measure memory batch stopped --millis 100
	;;
esac
mkdir -p bench/results
committed=$(results_path "$mode" "$results")
cp "$results" "$committed"
page=bench/results/${mode:-tables}.md
bench/compare/report.pl --page "$page" --plots bench/results/plots "$committed"
say "wrote $committed, $page and bench/results/plots"
