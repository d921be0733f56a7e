#!/bin/sh
# Install into a temporary prefix; build and run a program against that with pkg-config (shared and static) and with
# CMake's find_package.
# Usage: installed.sh CMAKE BUILD_DIRECTORY COMPILER SOURCE
set -eu

cmake=$1 build=$2 cc=$3 source=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

"$cmake" --install "$build" --prefix "$prefix" >/dev/null
pc=$(find "$prefix" -name nbmap.pc)
libdir=$(dirname "$(dirname "$pc")")
export PKG_CONFIG_PATH="${pc%/*}${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
cd "$work"

echo "pkg-config, shared library"
# shellcheck disable=SC2046 # the output is a list of words
"$cc" -std=c11 "$source" -o shared $(pkg-config --cflags --libs nbmap)
LD_LIBRARY_PATH=$libdir ./shared
readelf -d shared | grep -q 'NEEDED.*libnbmap\.so'

echo "pkg-config, static library"
rm -f "$libdir"/libnbmap.so*
# shellcheck disable=SC2046
"$cc" -std=c11 "$source" -o static $(pkg-config --static --cflags --libs nbmap)
./static

echo "find_package"
"$cmake" --install "$build" --prefix "$prefix" >/dev/null
mkdir consumer
cat >consumer/CMakeLists.txt <<EOF
cmake_minimum_required(VERSION 3.22)
project(consumer LANGUAGES C)
find_package(nbmap 0.1 REQUIRED)
add_executable(with_shared $source)
target_link_libraries(with_shared PRIVATE nbmap::nbmap)
add_executable(with_static $source)
target_link_libraries(with_static PRIVATE nbmap::static)
EOF
"$cmake" -S consumer -B consumer/build -DCMAKE_C_COMPILER="$cc" -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
"$cmake" --build consumer/build >/dev/null
consumer/build/with_shared
consumer/build/with_static
