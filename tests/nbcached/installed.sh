#!/bin/sh
# What is installed of nbcached fits together: what the systemd unit names is there, and the unit is good.
# Usage: installed.sh CMAKE BINARY_DIR      BINARY_DIR: of examples/nbcached
set -u
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
failed=0

DESTDIR=$work "$1" -DCMAKE_INSTALL_COMPONENT=tools -P "$2/cmake_install.cmake" >/dev/null || exit 1
unit=$(find "$work" -name nbcached.service)
[ -n "$unit" ] || { echo "no nbcached.service"; exit 1; }
[ -f "${unit%.service}.socket" ] || { echo "no nbcached.socket beside it"; failed=1; }
for path in $(sed -n 's/^Documentation=file://p; s/^ExecStart=\([^ ]*\).*/\1/p' "$unit"); do
	[ -f "$work$path" ] || { echo "the unit names $path, which is not installed"; failed=1; }
done
[ -x "$work$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit")" ] || { echo "ExecStart cannot be run"; failed=1; }
if command -v systemd-analyze >/dev/null; then
	systemd-analyze verify --root="$work" "$unit" "${unit%.service}.socket" 2>"$work/said" || true
	! grep 'nbcached\.[a-z]*:[0-9]' "$work/said" || failed=1
fi
exit "$failed"
