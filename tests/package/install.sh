#!/bin/sh
# Install into an empty root and into a prefix with a space: each file belongs to one component and to no other.  Build
# and run a program against that with pkg-config, shared and static, and with CMake's find_package.  Uninstall: what
# others put there stays, and nothing else.
. "$(dirname "$0")/common.sh"

# files ROOT: all that is no folder, by path from there.
files()
{
	(cd "$1" && find . ! -type d | sort)
}

echo "components"
for component in lib dev doc tools; do
	mkdir "$work/$component"
	quietly env DESTDIR="$work/$component" "$cmake" --install "$built/build" --prefix /usr --component $component
	files "$work/$component" >"$work/$component.files"
done
quietly env DESTDIR="$work/root" "$cmake" --install "$built/build" --prefix /usr
files "$work/root" >"$work/root.files"
sort "$work/lib.files" "$work/dev.files" "$work/doc.files" "$work/tools.files" | diff - "$work/root.files" ||
	fail "the components together are not the whole"
# What packages are cut by: the loader's files, and all that a compiler and its friends look for.
grep -v '/libnbmap\.so\.0\(\.[0-9.]*\)\{0,1\}$' "$work/lib.files" && fail "lib has more than the library"
[ "$(wc -l <"$work/lib.files")" -eq 2 ] || fail "lib has not the library and its soname"
for file in include/nbmap.h 'lib.*/libnbmap\.so' 'lib.*/libnbmap\.a' 'lib.*/pkgconfig/nbmap\.pc' \
	'lib.*/cmake/nbmap/nbmap-config\.cmake'; do
	grep -qx "\./usr/$file" "$work/dev.files" || fail "dev has no $file"
done
grep -v '^\./usr/share/' "$work/doc.files" && fail "doc has more than pages"
grep -q '/man3/' "$work/doc.files" || fail "doc has no manual"
find "$work/root" -name nbmap.pc -exec grep -q '^prefix=/usr$' {} \; || fail "nbmap.pc knows the root"

echo "uninstall, from a root"
echo "not nbmap's" >"$work/root/usr/include/other.h"
quietly env DESTDIR="$work/root" "$cmake" --build "$built/build" --target uninstall
files "$work/root" >"$work/left"
echo ./usr/include/other.h | diff - "$work/left" || fail "uninstall left that"
[ -z "$(find "$work/root" -name nbmap)" ] || fail "uninstall left a folder of nbmap's own"
"$cmake" --build "$built/build" --target uninstall >"$work/output" 2>&1 && fail "uninstall has nothing to do, and does it"
grep -q 'nothing was installed' "$work/output" || fail "uninstall does not say that nothing was installed"

echo "pkg-config, shared library"
prefix="$work/a prefix"
quietly "$cmake" --install "$built/build" --prefix "$prefix"
pc=$(find "$prefix" -name nbmap.pc)
libdir=$(dirname "$(dirname "$pc")")
export PKG_CONFIG_PATH="${pc%/*}${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
# pkg-config escapes the spaces for a shell: eval reads them.
eval "'$cc' -std=c11 '$program' -o '$work/shared' $(pkg-config --cflags --libs nbmap)"
LD_LIBRARY_PATH=$libdir "$work/shared"
readelf -d "$work/shared" | grep -q 'NEEDED.*libnbmap\.so\.0\]' || fail "the program does not ask for libnbmap.so.0"

echo "pkg-config, static library"
rm -f "$libdir"/libnbmap.so*
eval "'$cc' -std=c11 '$program' -o '$work/static' $(pkg-config --static --cflags --libs nbmap)"
"$work/static"

echo "find_package"
quietly "$cmake" --install "$built/build" --prefix "$prefix"
mkdir "$work/consumer"
cp "$program" "$work/consumer/program.c"
cat >"$work/consumer/CMakeLists.txt" <<'EOF'
cmake_minimum_required(VERSION 3.22)
project(consumer LANGUAGES C)
find_package(nbmap 0.1 REQUIRED COMPONENTS shared static)
add_executable(with_shared program.c)
target_link_libraries(with_shared PRIVATE nbmap::nbmap)
add_executable(with_static program.c)
target_link_libraries(with_static PRIVATE nbmap::static)
# A major version is one ABI: what asks for an older minor version gets this one, and what asks for another major version
# does not.
find_package(nbmap 0.0 REQUIRED)
find_package(nbmap 1 QUIET)
if(nbmap_FOUND)
	message(FATAL_ERROR "0.x is taken for 1")
endif()
EOF
quietly "$cmake" -S "$work/consumer" -B "$work/consumer/build" -DCMAKE_C_COMPILER="$cc" -DCMAKE_PREFIX_PATH="$prefix"
quietly "$cmake" --build "$work/consumer/build"
"$work/consumer/build/with_shared"
"$work/consumer/build/with_static"
readelf -d "$work/consumer/build/with_static" | grep 'NEEDED.*libnbmap' && fail "nbmap::static is shared"

echo "uninstall, from a prefix"
quietly "$cmake" --build "$built/build" --target uninstall
[ -z "$(files "$prefix")" ] || fail "uninstall left files"
