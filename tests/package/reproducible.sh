#!/bin/sh
# The library is the same, byte for byte, from two folders: built for Debug and Release, and with NBMAP_SOAK with the
# other two types of CMake's.
. "$(dirname "$0")/common.sh"

copy "$work/one"
copy "$work/another and deeper/two"
for type in Debug Release ${NBMAP_SOAK:+RelWithDebInfo MinSizeRel}; do
	# One build folder within its sources, the other beside them; and the sources a day older.
	configure "$work/one" "$work/one/build $type" -DCMAKE_BUILD_TYPE="$type"
	quietly "$cmake" --build "$work/one/build $type"
	find "$work/another and deeper" -type f -exec touch -d yesterday {} +
	configure "$work/another and deeper/two" "$work/b $type" -DCMAKE_BUILD_TYPE="$type"
	quietly "$cmake" --build "$work/b $type"
	for library in libnbmap.a libnbmap.so; do
		cmp "$work/one/build $type/$library" "$work/b $type/$library" || fail "$type: $library differs"
	done
	echo "$type: the same"
done
