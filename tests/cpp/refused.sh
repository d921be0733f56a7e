#!/bin/sh
# What must not compile does not, and says why: each case of a C++ file, after a line
#     // CASE: a part of the error's text, as a regular expression
# is compiled with what stands before the first; that alone must compile.
# Usage: refused.sh COMPILER INCLUDE_DIRECTORY FILE
set -eu

cxx=$1 include=$2 file=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

compile()
{
	LC_ALL=C "$cxx" -std=c++17 -Werror=unused-result "-I$include" "$@" >"$work/out" 2>&1
}

# What is before, 0.hpp, is compiled once; 1.cpp and so on are the cases.
awk -v work="$work" '
	/^\/\/ CASE: / { close(to); to = work "/" ++n ".cpp"; sub(/^\/\/ CASE: /, ""); print >(work "/cases"); next }
	{ print >(n ? to : work "/0.hpp") }
' "$file"
if ! compile -x c++-header "$work/0.hpp" -o "$work/0.hpp.gch"; then
	cat "$work/out"
	exit 1
fi
n=0
while IFS= read -r text; do
	n=$((n + 1))
	if compile -include "$work/0.hpp" -fsyntax-only "$work/$n.cpp"; then
		echo "compiles: case $n, $text"
		failed=1
	elif ! grep -Eq -e "$text" "$work/out"; then
		echo "does not compile for another reason: case $n, $text"
		cat "$work/out"
		failed=1
	fi
done <"$work/cases"
echo "$n cases"
[ "$n" -gt 0 ] && [ "$failed" -eq 0 ]
