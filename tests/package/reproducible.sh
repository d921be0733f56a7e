#!/bin/sh
# The library is the same, byte for byte, from two folders: built for Debug and Release, and with NBMAP_SOAK with the
# other two types of CMake's.
. "$(dirname "$0")/common.sh"

copy "$work/another folder/sources"
find "$work/another folder/sources" -type f -exec touch -d yesterday {} +
for type in Debug Release ${NBMAP_SOAK:+RelWithDebInfo MinSizeRel}; do
	one="$work/build $type" other="$work/another folder/sources/build"
	if [ "$type" = Release ]; then
		one=$built/build
	else
		configure "$source" "$one" -DCMAKE_BUILD_TYPE="$type"
		quietly "$cmake" --build "$one"
	fi
	# Within its sources this time.
	rm -rf "$other"
	configure "$work/another folder/sources" "$other" -DCMAKE_BUILD_TYPE="$type"
	quietly "$cmake" --build "$other"
	for library in libnbmap.a libnbmap.so; do
		cmp "$one/$library" "$other/$library" || fail "$type: $library differs"
	done
	echo "$type: the same"
done
