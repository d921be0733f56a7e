#!/usr/bin/env bash
# Debian's packages are built from the archive of the sources, lintian finds no fault, and on a Debian that has nothing
# else they are installed and pass the tests of debian/tests.
#
# Exits with 77 where something for that is missing, or no clean Debian can be had, and names it.
# Usage: deb.sh CMAKE CPACK SOURCE
set -euo pipefail
cmake=$1 cpack=$2 source=$3

left_out()
{
	echo "deb.sh: left out: $*"
	exit 77
}

fail()
{
	echo "deb.sh: $*"
	exit 1
}

for tool in dpkg-buildpackage dh help2man lintian mmdebstrap; do
	command -v "$tool" >/dev/null || left_out "no $tool"
done
. /etc/os-release
export DEB_BUILD_OPTIONS='nocheck noautodbgsym' DEB_BUILD_PROFILES=nocheck
missing=$(cd "$source" && dpkg-checkbuilddeps 2>&1) || left_out "$missing"
[ -n "${VERSION_CODENAME-}" ] || left_out "${PRETTY_NAME-this system} names no suite of Debian's"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work" # other users work in there, too
cd "$work"

echo "building"
"$cmake" -S "$source" -B build -DNBMAP_TESTS=OFF -DNBMAP_BENCH=OFF >/dev/null
"$cpack" --config build/CPackSourceConfig.cmake >log 2>&1 || fail "$(cat log)"
archive=$(echo nbmap-*.tar.gz)
version=${archive#nbmap-}
version=${version%.tar.gz}
tar -xf "$archive"
mv "$archive" "nbmap_$version.orig.tar.gz"
(cd "nbmap-$version" && dpkg-buildpackage -us -uc) >log 2>&1 || fail "$(cat log)"
# Nothing of what happens to be installed here.
for package in *.deb; do
	others=$(dpkg-deb -f "$package" Depends | tr , '\n' | grep -vE '^ *((libc6|libnbmap0|liburcu8|liburcu-dev) .*)?$' || true)
	[ -z "$others" ] || fail "$package depends on $others"
done

echo "lintian"
lintian --allow-root --fail-on error,warning ./*.changes || fail "lintian finds fault"

echo "installing in a clean $VERSION_CODENAME"
cat >install.sh <<'END'
#!/bin/sh
# In the clean system, whose root is $1.
set -eu
echo "hook: begins"
sources=$WORK/nbmap-$VERSION
mkdir "$1/tmp/debs" "$1/tmp/sources"
cp "$WORK"/*.deb "$1/tmp/debs"
cp -R "$sources/." "$1/tmp/sources"
chroot "$1" sh -c 'apt-get install -y --no-install-recommends -o APT::Sandbox::User=root /tmp/debs/*.deb'
tests=$(sed -n 's/^Test-Command: //p' "$sources/debian/tests/control")
[ -n "$tests" ]
echo "$tests" | while read -r test; do
	echo "test: $test"
	chroot "$1" sh -c "cd /tmp/sources && $test" </dev/null || exit
done
echo "hook: ends"
END
chmod +x install.sh
depends=$(sed -n 's/^Depends: //p' "nbmap-$version/debian/tests/control" | tr ',' '\n' |
	sed 's/|.*//; s/ //g' | grep -v nbmap | sort -u | paste -sd ,)
if ! WORK=$work VERSION=$version mmdebstrap --variant=apt --include="$depends" --dpkgopt=force-unsafe-io \
	--aptopt='Acquire::Languages "none"' --customize-hook="$work/install.sh" --format=null \
	"$VERSION_CODENAME" /dev/null >log 2>&1; then
	grep -q '^hook: begins' log || left_out "mmdebstrap makes no clean $VERSION_CODENAME: $(tail -n 3 log)"
	fail "$(cat log)"
fi
grep -q '^hook: ends' log || fail "$(cat log)"
sed -n '/^test: /,/^hook: ends/p' log
