#!/bin/sh
# Inside another project nbmap is two libraries and nothing else: no variable, option or property of that project
# changes; nothing is installed; no test and no program is added.  By add_subdirectory and by FetchContent; the latter
# is built, linked in both ways, and run.
. "$(dirname "$0")/common.sh"

mkdir "$work/parent"
cp "$program" "$work/parent/program.c"
cat >"$work/parent/CMakeLists.txt" <<'EOF'
cmake_minimum_required(VERSION 3.22)
project(parent VERSION 7.6.5.4 LANGUAGES C)
enable_testing()

# All that this folder and the cache know, but what is nbmap's own, and where CMake found what nbmap needs.
function(known result)
	get_cmake_property(variables VARIABLES)
	set(all "")
	foreach(variable IN LISTS variables)
		if(NOT variable MATCHES "^(ARGV|result$|before$|nbmap_|NBMAP_|FETCHCONTENT_|pkgcfg_lib_NBMAP_|_|PKG_CONFIG_|prefix_result$|FIND_PACKAGE_MESSAGE_|CMAKE_HAVE_LIBC_PTHREAD$)")
			string(APPEND all "${variable}=${${variable}}\n")
		endif()
	endforeach()
	foreach(property COMPILE_OPTIONS COMPILE_DEFINITIONS INCLUDE_DIRECTORIES LINK_OPTIONS LINK_DIRECTORIES TESTS
			BUILDSYSTEM_TARGETS IMPORTED_TARGETS)
		get_property(value DIRECTORY PROPERTY ${property})
		string(APPEND all "directory ${property}=${value}\n")
	endforeach()
	set(${result} "${all}" PARENT_SCOPE)
endfunction()

known(before)
if(how STREQUAL add_subdirectory)
	add_subdirectory(${nbmap_source} nbmap)
	set(nbmap_folder ${nbmap_source})
else()
	include(FetchContent)
	FetchContent_Declare(nbmap SOURCE_DIR ${nbmap_source})
	known(before)
	FetchContent_MakeAvailable(nbmap)
endif()
known(after)
if(NOT before STREQUAL after)
	file(WRITE ${CMAKE_BINARY_DIR}/before "${before}")
	file(WRITE ${CMAKE_BINARY_DIR}/after "${after}")
	message(FATAL_ERROR "the parent is not what it was")
endif()

get_property(targets DIRECTORY ${nbmap_source} PROPERTY BUILDSYSTEM_TARGETS)
list(SORT targets)
if(NOT targets STREQUAL "nbmap;nbmap_core;nbmap_static")
	message(FATAL_ERROR "targets of nbmap: ${targets}")
endif()
get_property(tests DIRECTORY ${nbmap_source} PROPERTY TESTS)
if(tests)
	message(FATAL_ERROR "tests of nbmap: ${tests}")
endif()

add_executable(with_shared program.c)
target_link_libraries(with_shared PRIVATE nbmap::nbmap)
add_executable(with_static program.c)
target_link_libraries(with_static PRIVATE nbmap::static)
EOF

# parent HOW
parent()
{
	"$cmake" -S "$work/parent" -B "$work/$1" -DCMAKE_C_COMPILER="$cc" -Dhow="$1" -Dnbmap_source="$source" \
		>"$work/output" 2>&1 || {
		diff "$work/$1/before" "$work/$1/after" || tail -n 30 "$work/output"
		fail "$1 does not do"
	}
	grep -q '^CMAKE_BUILD_TYPE:STRING=$' "$work/$1/CMakeCache.txt" || fail "$1: the build type is not the parent's"
	grep -q '^CHECK_' "$work/$1/CMakeCache.txt" && fail "$1: Check is looked for"
	echo "$1: the parent is as it was"
}

parent add_subdirectory
parent FetchContent
quietly "$cmake" --build "$work/FetchContent"
"$work/FetchContent/with_shared"
"$work/FetchContent/with_static"
# The parent installs nothing, so nothing is to be there.
quietly "$cmake" --install "$work/FetchContent" --prefix "$work/prefix"
[ ! -d "$work/prefix" ] || [ -z "$(find "$work/prefix" -type f)" ] || fail "nbmap installs itself"
