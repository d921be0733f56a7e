#!/bin/sh
# A project that is built by Meson finds nbmap where it is installed, by dependency(); and builds it from a folder of
# its own, by the module cmake.
. "$(dirname "$0")/common.sh"
export CC="$cc"

echo "dependency"
prefix="$work/a prefix"
quietly "$cmake" --install "$built/build" --prefix "$prefix"
pc=$(find "$prefix" -name nbmap.pc)
mkdir "$work/installed"
cp "$program" "$work/installed/program.c"
cat >"$work/installed/meson.build" <<'EOF'
project('consumer', 'c', default_options : ['c_std=c11'])
executable('program', 'program.c', dependencies : dependency('nbmap', version : '>=0.1'))
executable('program_static', 'program.c', dependencies : dependency('nbmap', static : true))
EOF
(
	export PKG_CONFIG_PATH="${pc%/*}${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
	quietly meson setup "$work/installed/build" "$work/installed"
	quietly meson compile -C "$work/installed/build"
)
LD_LIBRARY_PATH=$(dirname "$(dirname "$pc")") "$work/installed/build/program"
"$work/installed/build/program_static"

echo "cmake.subproject"
mkdir -p "$work/nested/subprojects"
copy "$work/nested/subprojects/nbmap"
cp "$program" "$work/nested/program.c"
cat >"$work/nested/meson.build" <<'EOF'
project('consumer', 'c', default_options : ['c_std=c11'])
cmake = import('cmake')
options = cmake.subproject_options()
options.add_cmake_defines({'NBMAP_TESTS': false, 'NBMAP_BENCH': false})
nbmap = cmake.subproject('nbmap', options : options)
executable('program', 'program.c', dependencies : nbmap.dependency('nbmap'))
EOF
quietly meson setup "$work/nested/build" "$work/nested"
quietly meson compile -C "$work/nested/build" program
"$work/nested/build/program"
