#!/bin/sh
# The public header needs neither liburcu nor C11 atomics.
# Usage: opaque.sh COMPILER HEADER
set -eu

if "$1" -std=c11 -x c -M "$2" | grep -E 'urcu|stdatomic'; then
	echo "opaque.sh: $2 includes what its users need not have"
	exit 1
fi
# Comments may name them: they are removed first.
if "$1" -fpreprocessed -dD -E -P -x c "$2" | grep -nE '_Atomic|atomic_|urcu|rcu_'; then
	echo "opaque.sh: $2 names what its users need not know"
	exit 1
fi
