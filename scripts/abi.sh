#!/usr/bin/env bash
# The library's ABI, held against that of the last release, which stands in abi/.
#
#   scripts/abi.sh check [FOLDER]   fails if a program built with the last release might not run with this library
#   scripts/abi.sh renew [FOLDER]   writes abi/ anew: a step of a release
#
# The library is built in FOLDER (build/abi): layouts are read from debug information.  Functions and enumerators that
# were added pass.  What is gone fails, and so does each size, offset, type and value that differs; doc/ABI.md has the
# reasons.  NBMAP_ABI names another file than that of abi/.
#
# Layouts are those of one architecture: on others, or without abigail-tools, nothing is checked, and it exits with 77.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mode=${1-}
folder=${2:-$top/build/abi}
abi=${NBMAP_ABI:-$top/abi/libnbmap.x86_64.abi}

left_out()
{
	echo "abi.sh: left out: $*"
	exit 77
}

# The ABI of LIBRARY: the types are those that the installed headers show.  No folders, lines, or names of parameters:
# it changes with the ABI alone.
abi_of()
{
	abidw --headers-dir "$top/include" --drop-private-types --exported-interfaces-only --no-corpus-path \
		--no-comp-dir-path --no-show-locs --no-parameter-names --no-elf-needed --no-write-default-sizes \
		--type-id-style hash "$1" | sed -E "s|(<abi-instr .*path=')[^']*/|\1|"
}

case $#:$mode in
[12]:check | [12]:renew) ;;
*)
	echo "usage: scripts/abi.sh check|renew [FOLDER]" >&2
	exit 2
	;;
esac
[ "$(uname -m)" = x86_64 ] || left_out "abi/ has the layouts of x86_64"
command -v abidiff >/dev/null || left_out "no abidiff (abigail-tools)"

mkdir -p "$folder"
{
	cmake -S "$top" -B "$folder" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBUILD_SHARED_LIBS=ON \
		-DNBMAP_TESTS=OFF -DNBMAP_BENCH=OFF &&
		cmake --build "$folder" --target nbmap
} >"$folder/abi.log" 2>&1 || {
	cat "$folder/abi.log"
	exit 1
}
abi_of "$folder/libnbmap.so" >"$folder/libnbmap.abi"
grep -q "<class-decl name='nbmap_config'.* size-in-bits=" "$folder/libnbmap.abi" || {
	echo "abi.sh: no layouts are seen in $folder/libnbmap.so"
	exit 1
}

if [ "$mode" = renew ]; then
	mkdir -p "${abi%/*}"
	cp "$folder/libnbmap.abi" "$abi"
else
	# What is in a FILE is libc's affair.
	printf '[suppress_type]\nname_regexp = ^_IO_\n' >"$folder/libc.suppr"
	abidiff --no-added-syms --suppressions "$folder/libc.suppr" "$abi" "$folder/libnbmap.abi"
fi
