#!/usr/bin/env bash
# Build and run the whole test suite: first under ThreadSanitizer and under
# AddressSanitizer with UndefinedBehaviorSanitizer, last and most in Release,
# with valgrind; then some mistakes are made on purpose, which must be noticed.
# Stops at the first stage that fails.  Installs what is missing on Debian; see
# scripts/packages.sh.
#
# Usage: tests/run.sh [--soak | --aarch64]
#   --soak     hours instead of minutes: each kind of test in its long form,
#              then random schedules, fuzzing and mutations
#   --aarch64  instead, cross-build for 64-bit ARM and run the tests emulated
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/packages.sh
show_help tests/run.sh "$@"

usage='usage: tests/run.sh [--soak | --aarch64]'
timeout=600
mode=
case "$#:${1:-}" in
0:) ;;
1:--soak)
	mode=soak
	export NBMAP_SOAK=1
	timeout=14400
	;;
1:--aarch64)
	mode=aarch64
	timeout=1200
	;;
*)
	printf '%s\n' "$usage" >&2
	exit 2
	;;
esac

# ThreadSanitizer of older compilers cannot place its shadow where newer kernels spread addresses widely.
fixed_addresses=()
if setarch "$(uname -m)" -R true 2>/dev/null; then
	fixed_addresses=(setarch "$(uname -m)" -R)
fi

stage()
{
	build "$1"
	say "testing $1"
	"${fixed_addresses[@]}" ctest --preset "$1" --parallel "$(nproc)" --timeout "$timeout" --no-tests=error \
		--no-label-summary
}

# Random schedules from a new seed, which the model prints.
random_schedules()
{
	local seed=$RANDOM

	say "random schedules"
	build/default/tests/model --random 100000 --depth 6 --seed "$seed"
	build/default/tests/model_scan --random 100000 --depth 6 --seed "$seed"
}

# What is found is left in build/fuzz; the corpus is only read.
fuzz()
{
	if ! has_fuzzer; then
		say "no clang, or none with libFuzzer: fuzzing left out"
		return
	fi
	build fuzz nbmap-fuzz
	mkdir -p build/fuzz/found
	say "fuzzing"
	build/fuzz/tests/nbmap-fuzz -max_total_time="$1" -print_final_stats=1 -artifact_prefix=build/fuzz/ \
		build/fuzz/found tests/fuzz/corpus
	build fuzz nbcached-fuzz
	mkdir -p build/fuzz/found-nbcached
	build/fuzz/tests/nbcached/nbcached-fuzz -max_total_time="$(($1 / 4))" -max_len=4096 \
		-artifact_prefix=build/fuzz/ build/fuzz/found-nbcached tests/nbcached/corpus
}

tools=(cmake make gcc g++ libc6-dev pkg-config)
if [ "$mode" = aarch64 ]; then
	needs_architecture arm64
	need "${tools[@]}" gcc-aarch64-linux-gnu g++-aarch64-linux-gnu libc6-dev-arm64-cross liburcu-dev:arm64 \
		check:arm64 qemu-user-static
	stage aarch64
	exit
fi
need "${tools[@]}" liburcu-dev check valgrind libc6-dbg git mandoc perl
stage tsan
stage asan
# What a user can do without: the tests that need it are left out, then.
want clang gdb systemtap-sdt-dev meson ninja-build abigail-tools debhelper dpkg-dev help2man lintian mmdebstrap rpm \
	memcached libmemcached-tools python3 python3-pymemcache
stage default
say "mutations"
if [ "$mode" = soak ]; then
	env -u NBMAP_SOAK tests/mutation/run.sh
	random_schedules
	fuzz 600
else
	# The three defects of the original, and one of reclaim/.
	tests/mutation/run.sh tombstone-sealed-as-empty promotion-by-counter size-doubles barrier-seals-nothing
fi
