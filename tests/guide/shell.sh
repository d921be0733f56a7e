#!/bin/sh
# Run the commands of the pages (sh run) as a reader would who has installed the library and copied the programs:
# in a folder of their own, with everything in the prefix that is meant.
# Usage: shell.sh CMAKE BUILD_DIRECTORY PAGE...
set -eu

cmake=$1 build=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

awk -f "$here/snippets.awk" -v want=list "$@" | while read -r name extension _ page; do
	awk -f "$here/snippets.awk" -v want=source -v name="$name" "$page" >"$work/$name.$extension"
done
awk -f "$here/snippets.awk" -v want=shell "$@" >"$work/commands"

"$cmake" --install "$build" --prefix "$prefix" >/dev/null
pc=$(find "$prefix" -name nbmap.pc)
libdir=$(dirname "$(dirname "$pc")")
export PKG_CONFIG_PATH="${pc%/*}${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}" LD_LIBRARY_PATH="$libdir"
cd "$work"
sh -eux commands
