#!/usr/bin/env bash
# Model nbmap on up to 768 threads, and hold the model against real ones: about fifteen minutes.
# What a line takes is measured here, the costs of instructions are fitted to real runs of one
# thread, both go with the results to bench/results, and their page and plot there are made anew
# from them.  Installs what is missing on Debian; see scripts/packages.sh.
# Usage: bench/scale.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/packages.sh
. bench/support/measure.sh
show_help bench/scale.sh "$@"

if [ $# -ne 0 ]; then
	printf 'usage: bench/scale.sh\n' >&2
	exit 2
fi

need cmake make gcc libc6-dev pkg-config liburcu-dev perl
want gnuplot-nox
build bench nbmap-scale
build bench nbmap-scale-real

scale=build/bench/bench/scale
parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT

say "real runs of one and two threads"
check=(--ops 200000 --warm 20000)
$scale/nbmap-scale-real "${check[@]}" --subjects nbmap,lock,readers --rounds 7 --calibrate --csv "$parts/real"
$scale/nbmap-scale-real "${check[@]}" --n 1000000 --dist uniform --rounds 5 --csv "$parts/real.large"
rows "$parts/real.large" >>"$parts/real"
say "costs of instructions"
$scale/nbmap-scale "${check[@]}" --threads 1 get overwrite remove boxed count mix10 mix50 \
	--costs "$parts/real" --real "$parts/real" --fit >"$parts/costs"
say "the model of the same runs"
check+=(--costs "$parts/costs" --real "$parts/real")
$scale/nbmap-scale "${check[@]}" --subjects nbmap,lock,readers --csv "$parts/check"
$scale/nbmap-scale "${check[@]}" --n 1000000 --dist uniform --csv "$parts/check.large"
say "the model of up to 768 threads"
many=(--costs "$parts/costs" --processors 768 --warm 50 --ops 80000 --threads 1,2,4,8,16,48,96,192,384,768)
$scale/nbmap-scale "${many[@]}" --csv "$parts/small"
$scale/nbmap-scale "${many[@]}" --dist uniform --subjects lock,readers get overwrite mix10 mix50 \
	--csv "$parts/standins"
$scale/nbmap-scale "${many[@]}" --n 1000000 --dist uniform get overwrite insert remove boxed --csv "$parts/large"
mkdir -p bench/results/plots
committed=$(results_path scale "$parts/check")
{
	cat "$parts/check"
	rows "$parts/check.large" "$parts/small" "$parts/standins" "$parts/large" "$parts/real"
} >"$committed"
bench/scale/report.pl --page bench/results/scale.md --plots bench/results/plots "$committed"
say "wrote $committed, bench/results/scale.md and its plot"
