# Sourced by the scripts of tests/ and bench/, in the project's folder: makes sure
# that what they need is installed.  On Debian and its likes missing packages are
# installed, as root or with sudo, if all of them can be had; elsewhere they are
# named.
# shellcheck shell=bash

say()
{
	printf '== %s\n' "$*"
}

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# show_help SCRIPT ARGUMENT...: with --help, print what the script's first lines say, and end.
show_help()
{
	case ${2:-} in
	-h | --help)
		sed -n -e 1d -e '/^[^#]/q' -e 's/^# \{0,1\}//p' "$1"
		exit
		;;
	esac
}

compiles()
{
	printf '#include <stdio.h>\nint main(void) { return 0; }\n' | "$1" -x "$2" -o /dev/null - 2>/dev/null
}

# Whether C++ finds the header.
includes()
{
	printf '#include <%s>\n' "$1" | "${CXX:-c++}" -std=c++17 -x c++ -fsyntax-only - 2>/dev/null
}

# The oldest version that will do, of a package where that matters.
oldest()
{
	case $1 in
	cmake) echo 3.22 ;;
	liburcu-dev | liburcu-dev:*) echo 0.13 ;;
	esac
}

cmake_is_new()
{
	local version oldest

	oldest=$(oldest cmake)
	version=$(cmake --version 2>/dev/null | sed -n 's/^cmake version //p')
	[ -n "$version" ] && [ "$(printf '%s\n' "$oldest" "$version" | sort -V | head -n 1)" = "$oldest" ]
}

# Whether what a Debian package is needed for is there, wherever it came from.
have()
{
	case $1 in
	cmake) cmake_is_new ;;
	gcc) command -v "${CC:-cc}" >/dev/null ;;
	g++) compiles "${CXX:-c++}" c++ ;;
	libc6-dev) compiles "${CC:-cc}" c ;;
	pkg-config) command -v pkg-config >/dev/null ;;
	liburcu-dev) pkg-config --atleast-version="$(oldest liburcu-dev)" liburcu-qsbr liburcu-memb liburcu-mb liburcu-bp 2>/dev/null ;;
	check) pkg-config --exists check 2>/dev/null ;;
	libc6-dbg) valgrind --error-exitcode=1 true >/dev/null 2>&1 ;; # valgrind reads ld.so's symbols
	systemtap-sdt-dev) includes sys/sdt.h ;;
	gcc-aarch64-linux-gnu) command -v aarch64-linux-gnu-gcc >/dev/null ;;
	g++-aarch64-linux-gnu) compiles aarch64-linux-gnu-g++ c++ ;;
	libc6-dev-arm64-cross) compiles aarch64-linux-gnu-gcc c ;;
	*:arm64) PKG_CONFIG_PATH='' PKG_CONFIG_LIBDIR=/usr/lib/aarch64-linux-gnu/pkgconfig have "${1%:arm64}" ;;
	qemu-user-static) command -v qemu-aarch64-static >/dev/null ;;
	libck-dev) pkg-config --exists ck 2>/dev/null ;;
	libtbb-dev) pkg-config --exists tbb 2>/dev/null ;;
	libabsl-dev) pkg-config --exists absl_flat_hash_map 2>/dev/null ;;
	libglib2.0-dev) pkg-config --exists glib-2.0 2>/dev/null ;;
	libcuckoo-dev) includes libcuckoo/cuckoohash_map.hh ;;
	debhelper) command -v dh >/dev/null ;;
	dpkg-dev) command -v dpkg-buildpackage >/dev/null ;;
	rpm) command -v rpmbuild >/dev/null ;;
	abigail-tools) command -v abidiff >/dev/null ;;
	ninja-build) command -v ninja >/dev/null ;;
	libmemcached-tools) command -v memccapable >/dev/null ;;
	python3-pymemcache) /usr/bin/python3 -c 'import pymemcache' 2>/dev/null ;;
	gnuplot-nox) command -v gnuplot >/dev/null ;;
	default-jdk-headless) command -v javac >/dev/null && command -v java >/dev/null ;;
	libjctools-java) [ -r /usr/share/java/jctools-core.jar ] ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

# Whether clang is there with its libFuzzer.
has_fuzzer()
{
	printf 'int LLVMFuzzerTestOneInput(void) { return 0; }\n' |
		clang -fsanitize=fuzzer -x c -o /dev/null - 2>/dev/null
}

# The package of the compiler that is asked for: clang where CC or CXX is clang or clang++, and so for clang-15.
package_of()
{
	local compiler=

	case $1 in
	gcc) compiler=${CC:-} ;;
	g++) compiler=${CXX:-} ;;
	esac
	compiler=${compiler##*/}
	case $compiler in
	clang*) printf '%s\n' "${compiler/++/}" ;;
	*) printf '%s\n' "$1" ;;
	esac
}

# Those that are missing, each once.
missing_of()
{
	local package

	for package; do
		have "$package" || package_of "$package"
	done | awk '!seen[$0]++'
}

# The same in words.
named()
{
	local package oldest names=

	for package; do
		oldest=$(oldest "$package")
		names+=", $package${oldest:+ ($oldest or later)}"
	done
	printf '%s\n' "${names#, }"
}

is_debian()
{
	[ -r /etc/os-release ] && command -v apt-get >/dev/null &&
		(. /etc/os-release && case " ${ID:-} ${ID_LIKE:-} " in *" debian "*) ;; *) exit 1 ;; esac)
}

# Never asks: without root and without a password-less sudo it fails.
as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo -n "$@"
	fi
}

can_be_root()
{
	[ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null
}

# needs_architecture NAME: let need() install that architecture's packages too.
needs_architecture()
{
	is_debian && ! dpkg --print-foreign-architectures | grep -qx "$1" || return 0
	can_be_root || die "neither root nor password-less sudo to add the architecture $1"
	as_root dpkg --add-architecture "$1"
}

# Go on only if apt can install all of these, and none is too old.
need_offered()
{
	local package offered oldest bad=

	for package; do
		offered=$(apt-cache policy "$package" | sed -n 's/^ *Candidate: //p')
		oldest=$(oldest "$package")
		case $offered in
		'' | '(none)') bad+=", $package, which this system does not offer" ;;
		*)
			[ -z "$oldest" ] || dpkg --compare-versions "$offered" ge "$oldest" ||
				bad+=", $package $oldest or later, and this system offers $offered"
			;;
		esac
	done
	[ -z "$bad" ] || die "nothing is installed; needed are ${bad#, }"
}

# need PACKAGE...: go on only with all of them.
need()
{
	local missing

	mapfile -t missing < <(missing_of "$@")
	[ "${#missing[@]}" -gt 0 ] || return 0
	is_debian || die "missing (by their Debian names): $(named "${missing[@]}")"
	can_be_root || die "missing, and neither root nor password-less sudo to install them: $(named "${missing[@]}")"
	as_root apt-get update
	need_offered "${missing[@]}"
	say "installing ${missing[*]}"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" </dev/null
	mapfile -t missing < <(missing_of "$@")
	[ "${#missing[@]}" -eq 0 ] || die "installed, but still missing or too old: $(named "${missing[@]}")"
}

# want PACKAGE...: have those that can be had, and name the others.
want()
{
	local missing package

	mapfile -t missing < <(missing_of "$@")
	[ "${#missing[@]}" -gt 0 ] || return 0
	if is_debian && can_be_root; then
		say "installing, where they can be had: ${missing[*]}"
		as_root apt-get update || true
		# One by one: a package that does not exist keeps no other away.
		for package in "${missing[@]}"; do
			as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package" \
				</dev/null || true
		done
	fi
	mapfile -t missing < <(missing_of "$@")
	[ "${#missing[@]}" -eq 0 ] || say "going on without ${missing[*]}"
}

# build PRESET [TARGET]: configure and build, in build/PRESET.
build()
{
	say "building $1 in build/$1"
	cmake --preset "$1"
	cmake --build --preset "$1" --parallel "$(nproc)" ${2:+--target "$2"}
}
