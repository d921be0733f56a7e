#!/bin/sh
# nbmap-wordcount's options, exit codes, and awkward input.
# Usage: wordcount.sh PROGRAM
set -u

program=$1
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 99
failures=0

# expect STATUS ARGUMENT...: run the program; its output is in out and err.
expect()
{
	wanted=$1
	shift
	"$program" "$@" >out 2>err
	status=$?
	[ "$status" -eq "$wanted" ] && return
	echo "$*: exit status $status, should be $wanted"
	cat out err
	failures=$((failures + 1))
}

# contains FILE PATTERN: the last run wrote a line like this.
contains()
{
	grep -Eq -- "$2" "$1" && return
	echo "no line like \"$2\" in:"
	cat "$1"
	failures=$((failures + 1))
}

expect 0 --help
contains out '^Usage:'
expect 0 --version
expect 2 --nonsense
expect 2 --flavor signal
expect 2 --threads 0
expect 2 --threads 1x
expect 2 --threads 9999999999
expect 2 --values none
expect 2 --limit -1
expect 2 --limit ''
expect 2 --keys strings
expect 2 --map unheard
expect 2 --csv 0
expect 2 --label 'a,b'
expect 2 --label ''
expect 0 --maps
contains out '^nbmap$'

: >empty
expect 3 empty
contains err 'nothing to read'
expect 3 absent
contains err 'absent.*skipped'

printf 'a b a_b a1 A\na, (b) a' >text
expect 0 --verify text absent
contains err 'absent.*skipped'
contains out '^distinct +5$'
contains out '^ *3  a$'
contains out '^ *2  b$'
expect 0 --verify --values int --threads 1 text
expect 0 --verify --values inplace --threads 3 text
contains out '^run .* in-place values'
contains out '^ *3  a$'
expect 0 --verify --no-remover --threads 2 text
contains out '^run .* 2 threads$'
expect 0 --verify --no-remover --threads 2 --csv 3 text
contains out '^wordcount,values=boxed;remover=no,2,nbmap,3,mops,[0-9.e+-]+$'
expect 0 --no-remover --values inplace --threads 1 --csv 1 --label short text
contains out '^wordcount,input=short;values=inplace;remover=no,1,nbmap,1,mops,[0-9.e+-]+$'

# One word across many chunks; words that end and begin where a chunk does.
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "abcdefgh" }' >long
expect 0 --verify --threads 3 long
contains out '^distinct +1$'
contains out '^counted +1$'
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "abcdefg " }' >edge
expect 0 --verify --threads 3 edge
contains out '^distinct +1$'
contains out '^counted +100000$'
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "x%d\n", i % 1000 * i }' >many
expect 0 --verify --threads 3 many .

printf '\001\002\003\004\005\006\007\010\001\002\003\004\005\006\007\010\000' >numbers
expect 0 --verify --keys u64 numbers
contains out '^distinct +1$'
contains out '^counted +2$'
expect 0 --verify --keys u64 --values int numbers many
expect 0 --verify --keys u64 --values inplace numbers many

if [ -e /dev/full ]; then
	"$program" text >/dev/full 2>err
	[ $? -eq 3 ] || { echo "a full disk is not noticed"; failures=$((failures + 1)); }
fi

[ "$failures" -eq 0 ]
