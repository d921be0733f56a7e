#!/bin/sh
# BUILD_SHARED_LIBS, where it is given, leaves one library, built and installed, and nbmap::nbmap is that one.
. "$(dirname "$0")/common.sh"

mkdir "$work/consumer"
cp "$program" "$work/consumer/program.c"
cat >"$work/consumer/CMakeLists.txt" <<'EOF'
cmake_minimum_required(VERSION 3.22)
project(consumer LANGUAGES C)
find_package(nbmap REQUIRED)
add_executable(program program.c)
target_link_libraries(program PRIVATE nbmap::nbmap)
EOF

# one SHARED KEPT GONE: with BUILD_SHARED_LIBS=SHARED there is the file KEPT, and no file GONE.
one()
{
	prefix="$work/prefix $1"
	configure "$source" "$work/build $1" -DBUILD_SHARED_LIBS="$1" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS=-g0
	quietly "$cmake" --build "$work/build $1"
	quietly "$cmake" --install "$work/build $1" --prefix "$prefix"
	for folder in "$work/build $1" "$prefix"; do
		[ -n "$(find "$folder" -name "$2")" ] || fail "BUILD_SHARED_LIBS=$1: no $2 in $folder"
		[ -z "$(find "$folder" -name "$3")" ] || fail "BUILD_SHARED_LIBS=$1: $3 in $folder"
	done
	quietly "$cmake" -S "$work/consumer" -B "$work/consumer $1" -DCMAKE_C_COMPILER="$cc" -DCMAKE_PREFIX_PATH="$prefix"
	quietly "$cmake" --build "$work/consumer $1"
	"$work/consumer $1/program"
	# What is there without --static is enough to link.
	pc=$(find "$prefix" -name nbmap.pc)
	flags=$(PKG_CONFIG_PATH="${pc%/*}${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}" pkg-config --cflags --libs nbmap)
	eval "'$cc' -std=c11 '$program' -o '$work/program $1' $flags"
	LD_LIBRARY_PATH=$(dirname "$(dirname "$pc")") "$work/program $1"
}

one ON libnbmap.so libnbmap.a
one OFF libnbmap.a 'libnbmap.so*'
