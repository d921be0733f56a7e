# Sourced by the tests of this folder: what they are called with, and what they share.
# Usage of each: NAME.sh CMAKE COMPILER SOURCE BUILT PROGRAM
#   SOURCE   the project's folder
#   BUILT    the folder in which build.sh builds the library for the others
#   PROGRAM  a C file that uses nbmap, to build and run
# Each works in a folder of its own, whose name has a space, and which is removed at its end.
# shellcheck shell=sh disable=SC2034 # used by those that source this
set -eu

name=${0##*/}
cmake=$1 cc=$2 source=$3 built=$4 program=$5
work=$(mktemp -d "${TMPDIR:-/tmp}/nbmap package.XXXXXX")
trap 'rm -rf "$work"' EXIT
# What the caller has in its environment is not what is tested.
unset DESTDIR CFLAGS LDFLAGS CPPFLAGS

# Something that the test checks is not so.
fail()
{
	printf '%s: %s\n' "$name" "$*" >&2
	exit 1
}

# Run a command; what it prints matters only if it fails.
quietly()
{
	"$@" >"$work/output" 2>&1 || {
		tail -n 30 "$work/output" >&2
		fail "failed: $*"
	}
}

# configure SOURCE BUILD OPTION...: no tests, no bench, and the compiler that is tested.
configure()
{
	configure_source=$1 configure_build=$2
	shift 2
	quietly "$cmake" -S "$configure_source" -B "$configure_build" -DCMAKE_C_COMPILER="$cc" -DNBMAP_TESTS=OFF \
		-DNBMAP_BENCH=OFF "$@"
}

# copy FOLDER: a folder of that name with all that the libraries are built from.
copy()
{
	mkdir -p "$1"
	for copied in "$source"/*; do
		case ${copied##*/} in
		build | tests | bench) ;;
		*) cp -R "$copied" "$1" ;;
		esac
	done
}
