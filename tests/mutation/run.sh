#!/usr/bin/env bash
# Break the core on purpose, one step at a time, and show which test sees it.
#
# Each patch beside this script is one mutation; its first line says what it
# does.  They are applied one by one to a copy of the tree, the tests below are
# built and run until one fails, and the table of mutation -> killing test is
# printed.  Exits 1 if a mutation survives, or if a patch no longer applies.
#
# Usage: tests/mutation/run.sh [NAME...]    names of patches; default: all
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$top/scripts/packages.sh"
show_help "$here/run.sh" "$@"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# In the order in which they are likely to see something soon; for a mutation of
# reclaim/ its own come first, as the model replaces that, and those of the headers'
# examples, typed maps and classes, or of statistics, for a mutation of these.
of_header=(counter_test visit_test store_test typed_test cpp_test)
of_figures=(figures_test figures_tiny_test)
of_reclaim=(awaited_test reclaim_test figures_test limit_test scarcity_test waiting_test nesting_test sizes_test)
killers=(model programs programs_wide stopped slot_test multilinear_test spread_test table_tiny_test table_test
	defects_test fault_test api_test u64_test leak_test reclaim_test core_threads_test iterate_tiny_test hash_tiny_test
	refusal_tiny_test limit_test batch_tiny_test count_test settle_tiny_test sizes_tiny_test walk_tiny_test
	walk_test cursor_test scan_tiny_test
	scan_test update_tiny_test creation_tiny_test add_int_tiny_test hashed_tiny_test callback_test pages_test
	figures_tiny_test model_wide model_scan)
# Where migrations are settled, and by the get that scans; one interruption is enough there.
declare -A options=([model_wide]="--writers-free --bound 1" [model_scan]="--bound 1")

mkdir "$work/tree"
(cd "$top" && cp -a CMakeLists.txt README.md cmake doc gdb src include reclaim bench examples tests "$work/tree")
cmake -S "$work/tree" -B "$work/build" -DNBMAP_INSTALL=OFF -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_C_FLAGS=-w -O1 -g0" \
	>"$work/log" 2>&1 || {
	cat "$work/log"
	exit 2
}

names=("$@")
if [ ${#names[@]} -eq 0 ]; then
	for patch in "$here"/*.patch; do
		names+=("$(basename "$patch" .patch)")
	done
fi

# killer PATCH: print who kills the mutation in the tree, or nothing.
killer()
{
	local patch=$1 test status seen order=("${killers[@]}")
	if grep -q '^+++ b/reclaim/' "$patch"; then
		order=("${of_reclaim[@]}" "${killers[@]}")
	elif grep -q '^+++ b/include/' "$patch"; then
		order=("${of_header[@]}" "${killers[@]}")
	elif grep -qE '^\+\+\+ b/src/(report|dump|print)\.c' "$patch"; then
		order=("${of_figures[@]}" "${killers[@]}")
	fi
	for test in "${order[@]}"; do
		if ! make -j2 -C "$work/build" "$test" >"$work/log" 2>&1; then
			echo "does not build"
			return
		fi
		# A map that grows for ever is to fail, and not the machine.
		(ulimit -v 8388608 && CK_FORK=yes timeout 300 "$work/build/tests/$test" ${options[$test]:-}) >"$work/log" 2>&1
		status=$?
		[ "$status" -eq 0 ] && continue
		seen=$(grep -m1 -E 'VIOLATION|:[FES]:|does not end|not linearizable' "$work/log" |
			sed -E 's/^.*VIOLATION:? ?(in )?//; s/^[^:]*:[0-9]+:[FES]:[^:]*:([^:]*):.*/\1/' | cut -c1-90)
		echo "$test: ${seen:-exit status $status}"
		return
	done
}

survived=0
for name in "${names[@]}"; do
	patch=$here/$name.patch
	if ! (cd "$work/tree" && git apply --unsafe-paths -p1 "$patch") 2>"$work/log"; then
		echo "$name: the patch does not apply: $(head -1 "$work/log")"
		survived=$((survived + 1))
		continue
	fi
	by=$(killer "$patch")
	(cd "$work/tree" && git apply --unsafe-paths -R -p1 "$patch")
	printf '%-30s %s\n%-30s -> %s\n' "$name" "$(head -1 "$patch")" "" "${by:-SURVIVES}"
	case "$by" in
	"" | "does not build") survived=$((survived + 1)) ;;
	esac
done
echo "${#names[@]} mutations, $((${#names[@]} - survived)) killed"
[ "$survived" -eq 0 ]
