#!/usr/bin/env bash
# Build and run the whole test suite: first under ThreadSanitizer and under
# AddressSanitizer with UndefinedBehaviorSanitizer, last and most in Release,
# with valgrind.  Stops at the first stage that fails.  Installs what is
# missing on Debian; see scripts/packages.sh.
# Usage: tests/run.sh [--soak]    --soak: hours instead of minutes
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/packages.sh

timeout=300
case "$#:${1:-}" in
0:) ;;
1:--soak)
	export NBMAP_SOAK=1
	timeout=14400
	;;
*) die "usage: tests/run.sh [--soak]" ;;
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

need cmake make gcc g++ libc6-dev pkg-config liburcu-dev check valgrind libc6-dbg
stage tsan
stage asan
stage default
