#!/bin/sh
# The scripts that install what is missing: --help does nothing but help; all that is missing is named at once, by
# whose name it is asked for; and before anything is installed it is said that a version is too old.
# What is on this machine does not matter: they see a folder with a few tools and with stand-ins that write down how
# they are called.
. "$(dirname "$0")/common.sh"

mkdir "$work/bin"
for tool in awk bash cat dirname env grep head sed sort uname; do
	ln -s "$(command -v $tool)" "$work/bin"
done
: >"$work/calls"

# stand_in NAME <<TEXT: a command of that name that notes its call, and then does what the text says.
stand_in()
{
	{
		# shellcheck disable=SC2016 # the stand-in expands it
		printf '#!%s\necho "${0##*/} $*" >>"%s"\n' "$(command -v bash)" "$work/calls"
		cat
	} >"$work/bin/$1"
	chmod +x "$work/bin/$1"
}

# run SCRIPT ARGUMENT...: with those tools; what it prints is in output, and how it ended in status.
run()
{
	script=$source/$1 status=0
	shift
	env -i PATH="$work/bin" ${CC_ASKED:+CC="$CC_ASKED"} ${CXX_ASKED:+CXX="$CXX_ASKED"} bash "$script" "$@" \
		>"$work/output" 2>&1 || status=$?
}

# printed PATTERN: on one line.
printed()
{
	grep -q -- "$1" "$work/output" && return
	cat "$work/output"
	fail "not printed: $1"
}

for each in tests/run.sh tests/mutation/run.sh bench/run.sh bench/compare.sh bench/before.sh bench/scale.sh; do
	run $each --help
	[ "$status" -eq 0 ] || fail "$each --help ends with $status"
	printed "Usage: $each"
done

# No apt-get is there yet: named, and no more.
run tests/run.sh
[ "$status" -eq 1 ] || fail "tests/run.sh goes on without tools"
printed 'missing.*: cmake (3.22 or later), make, gcc, g++, .*liburcu-dev (0.13 or later), check, valgrind'
CC_ASKED=clang-99 CXX_ASKED=/opt/bin/clang++-99 run bench/run.sh
printed 'missing.*, clang-99, '
grep -qw gcc "$work/output" && fail "clang is called gcc"

# An apt that offers what the test wants to be offered.
stand_in id <<'EOF'
echo 0
EOF
stand_in apt-get <<'EOF'
EOF
stand_in apt-cache <<'EOF'
case $2 in
cmake) echo "  Candidate: 3.18.4-2" ;;
valgrind) echo "  Candidate: (none)" ;;
*) echo "  Candidate: 9" ;;
esac
EOF
stand_in dpkg <<EOF
exec "$(command -v dpkg)" "\$@"
EOF
if ! env PATH="$work/bin" bash -c ". '$source/scripts/packages.sh'; is_debian" || ! command -v dpkg >/dev/null; then
	echo "not Debian: what it would install is not tested"
	exit
fi
run tests/run.sh
[ "$status" -eq 1 ] || fail "tests/run.sh goes on with an old cmake"
printed 'nothing is installed.*cmake 3.22 or later, and this system offers 3.18.4-2, valgrind, which'
grep -q '^apt-get update' "$work/calls" || fail "what is offered is not asked for"
grep '^apt-get.*install' "$work/calls" && fail "packages are installed, and then cmake is too old"

# The same with nothing too old: all in one go.
stand_in apt-cache <<'EOF'
echo "  Candidate: 9"
EOF
run tests/run.sh
printed 'installing cmake make gcc g++ .*valgrind'
[ "$(grep -c '^apt-get.*install' "$work/calls")" -eq 1 ] || fail "packages are installed one after the other"
