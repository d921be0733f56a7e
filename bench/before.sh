#!/usr/bin/env bash
# Measure this tree's library beside that of an earlier commit, REV: the same driver, the two by turns, each cell as a
# ratio, losses first.  A CSV and the page before.md go to bench/results; with --quick the tables are printed.  Takes
# about ten minutes on two processors, with --quick two, with --large half an hour.
# Usage: bench/before.sh [OPTION...] REV     build, measure, write
#        bench/before.sh --build DIR REV     only build, into DIR
#        bench/before.sh --run DIR [OPTION...]
#                                            only measure, into DIR/before.csv, and print the tables where there is
#                                            perl.  DIR may be a copy on another machine of the same architecture:
#                                            it has all libraries with it, and no compiler is needed
#        bench/before.sh --page CSV          only keep the CSV of a --run in bench/results, and write its page
#   --quick          a subset, for a first look
#   --large          also the maps of ten million, and latencies
#   --only PATTERN   of the measurements (see measurements() below) those that match; an extended regular expression
#   --rounds N       how often each is made with each library (5; with --quick 3)
#   --threads LIST   numbers of threads (1,2)
# What REV's library cannot do is left out, by name.  bench/before.sh HEAD shows what the machine's noise is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/packages.sh
. bench/support/measure.sh
show_help bench/before.sh "$@"

usage()
{
	printf 'usage: bench/before.sh [OPTION...] REV | --build DIR REV | --run DIR [OPTION...] | --page CSV\n' >&2
	printf '       --help says more\n' >&2
	exit 2
}

mode=all dir=build/before rev='' from=''
set=default only=. rounds='' threads=1,2
while [ $# -gt 0 ]; do
	case $1 in
	--quick | --large) set=${1#--} ;;
	--build | --run | --page | --only | --rounds | --threads)
		[ $# -ge 2 ] || usage
		case $1 in
		--build | --run) mode=${1#--} dir=$2 ;;
		--page) mode=page from=$2 ;;
		--only) only=$2 ;;
		--rounds) rounds=$2 ;;
		--threads) threads=$2 ;;
		esac
		shift
		;;
	-*) usage ;;
	*)
		[ -z "$rev" ] || usage
		rev=$1
		;;
	esac
	shift
done
case $mode in
all | build) [ -n "$rev" ] || usage ;;
*) [ -z "$rev" ] || usage ;;
esac
[[ $rounds =~ ^[0-9]*$ && $threads =~ ^[0-9]+(,[0-9]+)*$ ]] || usage

# ---- Building ---------------------------------------------------------------

# What a program that includes nbmap.h calls of it.
calls()
{
	nm -D --undefined-only "$@" | sed -n 's/.* \(nbmap_[a-z0-9_]*\).*/\1/p' | sort -u
}

# What a library gives.
gives()
{
	nm -D --defined-only "$1" | sed -n 's/.* T \(nbmap_[a-z0-9_]*\).*/\1/p' | sort -u
}

# configure SOURCE BUILD OPTION...: nothing but what is measured.
configure()
{
	cmake -S "$1" -B "$2" -DCMAKE_BUILD_TYPE=Release -DNBMAP_TESTS=OFF -DNBMAP_EXAMPLES=OFF "${@:3}"
}

# library BUILD TO: nbmap's, by its soname.  Made anew: linkable() leaves another in its place.
library()
{
	rm -f "$1"/libnbmap.so*
	cmake --build "$1" --target nbmap --parallel "$(nproc)"
	mkdir -p "$2"
	cp -L "$1"/libnbmap.so.[0-9] "$2/"
}

# linkable LIBRARY BUILD: put a library without bodies in the place of BUILD's.  It gives what LIBRARY gives, but no
# versions of symbols, so that the program linked against it can run with any library that has the symbols, and, as
# they are looked up when they are first called, also with one that lacks some.
linkable()
{
	gives "$1" | sed 's/.*/void &(void);\nvoid &(void) { }/' | "${CC:-cc}" -shared -fPIC -x c - \
		-Wl,-soname,"$(basename "$1")" -o "$2/stub.so"
	cp "$2/stub.so" "$(readlink -f "$2/libnbmap.so")"
}

# Of the cells that need functions which not every library has, those that REV's cannot do.
leave_out()
{
	local -a lacking

	mapfile -t lacking < <(comm -23 <(calls "$dir/nbmap-bench" "$dir/nbmap-wordcount") \
		<(gives "$dir"/before/libnbmap.so.*))
	: >"$dir/left-out"
	if [[ " ${lacking[*]} " == *" nbmap_add_int "* ]]; then
		echo "wordcount int" >"$dir/left-out"
		say "left out, as $rev has no nbmap_add_int(): wordcount int"
	fi
	mapfile -t lacking < <(printf '%s\n' "${lacking[@]}" | grep -vx -e '' -e nbmap_add_int -e nbmap_u64_add_int)
	[ "${#lacking[@]}" -eq 0 ] ||
		die "$rev lacks what cells call that leave_out() does not know: ${lacking[*]}"
}

build_both()
{
	local commit differ built loader
	local -a called

	commit=$(git rev-parse --verify --quiet "$rev^{commit}") || die "there is no commit $rev"
	need cmake make gcc libc6-dev pkg-config liburcu-dev perl
	mkdir -p "$dir"
	built=$(mktemp -d)
	# shellcheck disable=SC2064 # the folder of now
	trap "rm -rf '$built'" EXIT
	mkdir "$built/source"
	git archive "$commit" | tar -x -C "$built/source"
	say "building $rev"
	configure "$built/source" "$built/before" -DNBMAP_BENCH=OFF
	library "$built/before" "$dir/before"
	say "building this tree, and the driver"
	configure . "$built/head" -DNBMAP_BENCH=ON -DNBMAP_PEERS=OFF -DCMAKE_SKIP_BUILD_RPATH=ON \
		-DCMAKE_EXE_LINKER_FLAGS=-Wl,-z,lazy
	library "$built/head" "$dir/head"
	[ "$(ls "$dir/head")" = "$(ls "$dir/before")" ] || die "the libraries have different sonames"
	linkable "$dir"/head/libnbmap.so.* "$built/head"
	cmake --build "$built/head" --target nbmap-bench nbmap-wordcount --parallel "$(nproc)"
	cp "$built/head/bench/compare/nbmap-bench" "$built/head/bench/wordcount/nbmap-wordcount" "$dir/"

	# The driver has this tree's header: REV's library must understand it.
	mapfile -t called < <(calls "$dir/nbmap-bench" "$dir/nbmap-wordcount")
	differ=$(bench/support/abi.pl "$built/source/include/nbmap.h" include/nbmap.h "${called[@]}") ||
		die "a driver with this tree's nbmap.h does not fit the library of $rev; different: ${differ//$'\n'/, }"
	leave_out

	mkdir -p "$dir/lib"
	LD_LIBRARY_PATH=$dir/head ldd "$dir/nbmap-bench" "$dir/nbmap-wordcount" "$dir/before"/* |
		grep -o '/[^ ]*' | grep '\.so' | grep -v libnbmap | sort -u | xargs cp -L -t "$dir/lib"
	loader=$(ldd "$dir/nbmap-bench" | sed -n 's/^[[:space:]]*\(\/[^ ]*\/ld-[^ ]*\) .*/\1/p')
	basename "$loader" >"$dir/loader"
	mkdir -p "$dir/input"
	cp -rL /usr/include/linux "$dir/input/"
	{
		printf '# head: %s\n' "$(git log -1 --format='%h %ad %s' --date=short)"
		printf '# before: %s\n' "$(git log -1 --format='%h %ad %s' --date=short "$commit")"
		sed 's/^/# left out: /' "$dir/left-out"
	} >"$dir/about"
	trap - EXIT
	rm -rf "$built"
}

# ---- Measuring --------------------------------------------------------------

# Each line is a measurement: the sets that have it, and what nbmap-bench is told; or `wordcount` and the values.
# A million keys are worked on for longer: where keys come and go a map migrates a few times in a second, and a shorter
# time would either meet a migration or not.
measurements()
{
	cat <<'LIST'
default,large        mix --n 10000 --millis 40
default,large        mix --n 1000000 --millis 400
quick                mix --n 10000 --dist uniform --updates 0,50 --millis 40
quick                mix --n 1000000 --dist uniform --updates 0,50 --millis 400
default,large        hits --n 10000,1000000 --millis 40
quick                hits --n 10000 --millis 40
quick,default,large  room --n 10000 --dist uniform --millis 60
default,large        room --n 1000000 --dist uniform --updates 0,10 --millis 60
large                room --n 1000000 --dist zipf --updates 50 --millis 60
large                room --n 10000000 --dist uniform --updates 0,10 --millis 100
default,large        strings --updates 0,10 --millis 40
quick                strings --updates 10 --millis 40
default,large        bustle --millis 40
quick                fill --n 1000000
default,large        fill --n 600000,750000,900000,1000000,1200000,1500000,1800000,2100000
large                fill --n 10000000
large                latency --n 8000000
default,large        churn --n 1000000
quick,default,large  memory --n 1000000
large                memory --n 10000000
default,large        batch --n 1000000 --millis 40
large                expiry --flavors bp --threads 1
large                outrun --patterns overwrite,churn,mix --flavors bp,qsbr --threads 1,2 --millis 3000
quick,default,large  wordcount boxed
quick,default,large  wordcount inplace
quick,default,large  wordcount int
LIST
}

# Those that are asked for and can be made.
chosen()
{
	measurements | sed -n "/^[^ ]*\<$set\>/s/^[^ ]* *//p" | grep -E -e "$only" | grep -vxFf "$dir/left-out" || true
}

# with LIBRARY PROGRAM ARGUMENT...: `head` or `before`; with no other library than those of the folder.
with()
{
	local library=$1 program=$2

	shift 2
	"$dir/lib/$loader" --library-path "$dir/$library:$dir/lib" "$dir/$program" "$@"
}

# once LIBRARY ROUND WORKLOAD ARGUMENT...: the rows of one measurement.  In them this tree's library is `nbmap`, REV's is
# `before`.
once()
{
	local library=$1 round=$2 workload=$3 peer=before each wordcount

	shift 3
	[ "$library" = before ] || peer=nbmap
	if [ "$workload" = wordcount ]; then
		wordcount=("$dir/lib/$loader" --library-path "$dir/$library:$dir/lib" "$dir/nbmap-wordcount")
		for each in ${threads//,/ }; do
			count_words short nbmap "$1" "$each" "$round" "$dir/input/linux"
		done >"$part"
	else
		[[ " $* " == *" --threads "* ]] || set -- "$@" --threads "$threads"
		with "$library" nbmap-bench "$workload" "$@" --rounds 1 --seed "$round" --peers nbmap --csv "$part"
	fi
	rows "$part" | awk -F, -v OFS=, -v peer="$peer" -v round="$round" '{ $4 = peer; $5 = round; print }' >>"$results"
}

measure_both()
{
	local dir=$dir loader results part each list round order library times

	[ -r "$dir/loader" ] || die "$dir has nothing to measure: see --build"
	loader=$(cat "$dir/loader")
	results=$dir/before.csv part=$dir/part.csv
	times=${rounds:-$([ "$set" = quick ] && echo 3 || echo 5)}
	mapfile -t list < <(chosen)
	[ "${#list[@]}" -gt 0 ] || die "nothing is left to measure"
	with head nbmap-bench hits --n 10000 --rounds 1 --millis 1 --threads 1 --peers nbmap --csv "$part"
	{
		grep '^#' "$part" | grep -v -e '^# peer' -e '^# absent' -e '^# seed'
		cat "$dir/about"
		grep '^workload,' "$part"
	} >"$results"
	for each in "${list[@]}"; do
		say "$each"
		for ((round = 1; round <= times; round++)); do
			# Who is first changes by turns.
			order='head before'
			[ $((round % 2)) -eq 1 ] || order='before head'
			for library in $order; do
				# shellcheck disable=SC2086 # words
				once "$library" "$round" $each
			done
		done
	done
	rm -f "$part"
	say "wrote $results"
}

# ---- The whole --------------------------------------------------------------

# keep CSV: in bench/results, with its page.
keep()
{
	local committed

	committed=$(results_path before "$1")
	mkdir -p bench/results
	cp "$1" "$committed"
	bench/compare/report.pl --page bench/results/before.md "$committed"
	say "wrote $committed and bench/results/before.md"
}

case $mode in
build) build_both ;;
run)
	measure_both
	! perl -MFindBin -e 1 2>/dev/null || bench/compare/report.pl "$dir/before.csv"
	;;
page) keep "$from" ;;
all)
	build_both
	measure_both
	if [ "$set" = quick ]; then
		bench/compare/report.pl "$dir/before.csv"
	else
		keep "$dir/before.csv"
	fi
	;;
esac
