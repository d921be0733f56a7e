# Sourced by bench.sh and scale.sh: what is wrong is named and counted in `failures`.
# shellcheck shell=bash
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failures=0

wrong()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	failures=$((failures + 1))
}

# refused_by PROGRAM OPTION...: status 2, a message, and nothing on standard output.
refused_by()
{
	local program=$1 status=0

	shift
	"$program" "$@" >"$dir/out" 2>"$dir/err" || status=$?
	[ "$status" -eq 2 ] || wrong "$*: status $status, not 2"
	[ -s "$dir/err" ] || wrong "$*: no message"
	[ ! -s "$dir/out" ] || wrong "$*: wrote to standard output"
}
