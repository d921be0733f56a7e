#!/bin/sh
# Build the library as a user does who has a C compiler and liburcu, but neither C++ nor Check; the other tests install
# what this leaves in BUILT/build, where nothing else installs from.
. "$(dirname "$0")/common.sh"

# Of what pkg-config could find, liburcu alone.
mkdir "$work/pkgconfig"
for module in liburcu-qsbr liburcu-memb liburcu-mb liburcu-bp; do
	cp "$(pkg-config --variable=pcfiledir $module)/$module.pc" "$work/pkgconfig"
done
unset PKG_CONFIG_PATH
export PKG_CONFIG_LIBDIR="$work/pkgconfig" CXX="$work/no C++ here"

rm -rf "$built"
mkdir -p "$built"
configure "$source" "$built/build"
grep -q '^CMAKE_BUILD_TYPE:STRING=Release$' "$built/build/CMakeCache.txt" || fail "the build type is not Release by itself"
quietly "$cmake" --build "$built/build"

# The programs want no C++ either: only the maps they are compared with do.
quietly "$cmake" -S "$source" -B "$work/bench" -DCMAKE_C_COMPILER="$cc" -DNBMAP_TESTS=OFF -DNBMAP_BENCH=ON
