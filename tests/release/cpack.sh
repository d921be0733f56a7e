#!/usr/bin/env bash
# What cpack makes is whole: an archive that works where it is unpacked, packages with what belongs in them, and all
# sources.  A kind of package whose tools are missing is left out, by name.
# Usage: cpack.sh CMAKE CPACK SOURCE COMPILER
set -euo pipefail
cmake=$1 cpack=$2 source=$3 cc=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail()
{
	echo "cpack.sh: $*"
	exit 1
}

# has WHAT NAME...: the list on standard input has lines that end so.
has()
{
	local list name what=$1

	list=$(cat)
	shift
	for name; do
		grep -q -- "$name\$" <<<"$list" || fail "$what has no $name, but
$list"
	done
}

generators=TGZ
if command -v dpkg-deb >/dev/null && command -v dpkg-shlibdeps >/dev/null; then
	generators+=';DEB'
else
	echo "left out: deb, without dpkg-dev"
fi
if command -v rpmbuild >/dev/null; then
	generators+=';RPM'
else
	echo "left out: rpm, without rpmbuild"
fi

cd "$work"
"$cmake" -S "$source" -B build -DCMAKE_C_COMPILER="$cc" -DNBMAP_TESTS=OFF -DNBMAP_BENCH=OFF >/dev/null
"$cpack" --config build/CPackConfig.cmake -G "$generators" -B packages >log 2>&1 || fail "$(cat log)"
"$cpack" --config build/CPackSourceConfig.cmake -B packages >log 2>&1 || fail "$(cat log)"

echo "archive"
mkdir root
tar -C root --strip-components=1 -xf packages/nbmap-*-*.tar.gz
pc=$(find root -name nbmap.pc)
! grep -r --include=nbmap.pc --include='*.cmake' -F "$work" root || fail "names of this folder"
! find root -path '*_CPack_Packages*' | grep . || fail "this folder within the archive"
"$source/tests/support/readme_example.sh" "$source/README.md" >example.c
# shellcheck disable=SC2046 # a list of words
PKG_CONFIG_PATH=${pc%/*} "$cc" -std=c11 -o example example.c \
	$(PKG_CONFIG_PATH=${pc%/*} pkg-config --cflags --libs nbmap)
LD_LIBRARY_PATH=$(dirname "${pc%/*}") ./example

case $generators in
*DEB*)
	echo "deb"
	dpkg-deb -f packages/libnbmap[0-9]*.deb Depends | has "what libnbmap.deb depends on" 'liburcu.*'
	dpkg-deb -f packages/libnbmap-dev*.deb Depends |
		has "what libnbmap-dev.deb depends on" 'libnbmap[0-9]* (= .*), liburcu-dev (>= [0-9.]*)'
	dpkg-deb -c packages/libnbmap[0-9]*.deb | has libnbmap.deb '/libnbmap.so.[0-9.]*'
	dpkg-deb -c packages/libnbmap-dev*.deb | has libnbmap-dev.deb /nbmap.h /libnbmap.a /nbmap.pc /nbmap-config.cmake
	dpkg-deb -c packages/nbmap-doc*.deb | has nbmap-doc.deb /README.md '/nbmap.[37]'
	;;
esac
case $generators in
*RPM*)
	echo "rpm"
	rpm -qp --requires packages/nbmap-[0-9]*.rpm | has "what nbmap.rpm requires" 'liburcu-bp.*'
	rpm -qp --requires packages/nbmap-devel-*.rpm |
		has "what nbmap-devel.rpm requires" 'nbmap = [0-9.]*' 'pkgconfig(liburcu-bp) >= [0-9.]*'
	rpm -qlp packages/nbmap-[0-9]*.rpm | has nbmap.rpm '/libnbmap.so.[0-9.]*'
	rpm -qlp packages/nbmap-devel-*.rpm | has nbmap-devel.rpm /nbmap.h /libnbmap.a /nbmap.pc /nbmap-config.cmake
	rpm -qlp packages/nbmap-doc-*.rpm | has nbmap-doc.rpm /README.md '/nbmap.[37]'
	;;
esac

echo "sources"
rm packages/nbmap-*-*.tar.gz
mkdir sources
tar -C sources --strip-components=1 -xf packages/nbmap-*.tar.gz
for path in build .git; do
	[ ! -e "sources/$path" ] || fail "$path is no source"
done
if git -C "$source" rev-parse >/dev/null 2>&1; then
	git -C "$source" ls-files | sort >wanted
	(cd sources && find . -type f -o -type l | sed 's|^\./||' | sort) >there
	comm -23 wanted there >missing
	[ ! -s missing ] || fail "the sources lack $(cat missing)"
fi
