#!/bin/sh
# A 32-bit build is refused when it is configured, and the refusal says why.
# Without linking, so that no 32-bit libraries are needed.
. "$(dirname "$0")/common.sh"

"$cmake" -S "$source" -B "$work/build" -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS=-m32 \
	-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY >"$work/output" 2>&1 && fail "a 32-bit build is configured"
grep -q 'nbmap needs a 64-bit machine' "$work/output" || {
	cat "$work/output"
	fail "a 32-bit build is refused, but not for that"
}
