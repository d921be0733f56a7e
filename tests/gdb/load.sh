#!/bin/sh
# As it is installed, the gdb script is loaded with the library.
# Usage: load.sh GDB CMAKE BUILD_DIRECTORY LIBRARY PROGRAM     exit status 77: gdb can run no program here
set -eu

gdb=$1 cmake=$2 build=$3 library=$4 program=$5
work=$(cd "$(mktemp -d)" && pwd -P)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
[ -x "$program" ] || { echo "load.sh: no $program"; exit 1; }

"$cmake" --install "$build" --prefix "$prefix" --component tools >/dev/null
script=$(find "$prefix" -name '*-gdb.py')
auto_load=$prefix/share/gdb/auto-load
libdir=$(dirname "${script#"$auto_load"}")
echo "$script"
mkdir -p "$libdir"
cp -P "$(dirname "$library")"/libnbmap.so* "$libdir"
cat >"$work/commands" <<EOF
break main
run
help nbmap map
info auto-load python-scripts
EOF
LD_LIBRARY_PATH=$libdir "$gdb" -nx -batch -iex "set auto-load safe-path $work" \
	-iex "set auto-load scripts-directory $auto_load" -x "$work/commands" "$program" >"$work/output" 2>&1 || true
cat "$work/output"
grep -q 'Breakpoint 1, main' "$work/output" || exit 77
grep -q '^nbmap map MAP: its tables' "$work/output"
