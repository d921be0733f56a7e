#!/bin/sh
# What a client of memcached's sees of nbcached.
# Usage: clients.sh NBCACHED WHAT
#   protocol    scripts of bytes, and what is answered, over a unix socket
#   memcached   the same scripts to memcached itself: what is expected is what it answers
#   memccapable memccapable -a, of libmemcached-tools, over TCP
#   memslap     memcslap, of libmemcached-tools; then memcached, if there is one, with the same counts
#   pymemcache  python3-pymemcache, every call
#   valgrind    the scripts once more, under the valgrind that $VALGRIND names: no block is left
# Exits with 77 where the client cannot be had.
set -u

program=$1
what=$2
here=$(dirname "$0")
work=$(mktemp -d) || exit 99
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; wait; rm -rf "$work"' EXIT
chmod 755 "$work"

skip()
{
	echo "left out: $1"
	exit 77
}

# The Python that Debian's packages are for.
python=
for candidate in /usr/bin/python3 python3; do
	if "$candidate" -c "import socket" 2>/dev/null; then
		python=$candidate
		break
	fi
done
[ -n "$python" ] || skip "no python3"

# wait_for PATTERN: until the server has said so; it is what it does once it listens.
wait_for()
{
	while ! grep -q "$1" "$work/log"; do
		kill -0 "$server" 2>/dev/null || { cat "$work/log"; exit 1; }
		sleep 0.05
	done
}

# start ARGUMENT...: the server; $port and $path are where it listens.
start()
{
	user=
	[ "$(id -u)" -ne 0 ] || user="-u root"
	path=$work/socket
	# shellcheck disable=SC2086
	${valgrind:-} "$program" $user -v -t 2 -s "$path" -p -1 -l 127.0.0.1 "$@" 2>"$work/log" &
	server=$!
	wait_for '127.0.0.1 port'
	port=$(sed -n 's/.*127.0.0.1 port //p' "$work/log")
}

# Behind a wrapper it is that one's child.
server_itself()
{
	if [ -n "${valgrind:-}" ]; then
		cat "/proc/$server/task/$server/children"
	else
		echo "$server"
	fi
}

# The server ends well when it is told to.
stop()
{
	# shellcheck disable=SC2046
	kill -TERM $(server_itself)
	wait "$server"
	ended=$?
	server=
	[ "$ended" -eq 0 ] || { echo "the server's exit status is $ended"; cat "$work/log"; }
	return "$ended"
}

case $what in
protocol)
	start
	"$python" "$here/protocol.py" compare "$path" "$here/classic.txt" "$here/meta.txt" "$here/own.txt"
	;;
valgrind)
	valgrind="$here/../support/valgrind.sh ${VALGRIND:-valgrind}"
	start -m 8
	"$python" "$here/protocol.py" compare "$path" "$here/classic.txt" "$here/meta.txt" "$here/own.txt"
	;;
memcached)
	memcached=$(command -v memcached) || skip "no memcached"
	# Meta commands are as of this version.
	[ "$("$memcached" --version)" = "memcached 1.6.18" ] || skip "another version of memcached"
	"$memcached" -u root -s "$work/socket" &
	server=$!
	while [ ! -S "$work/socket" ]; do
		kill -0 "$server" 2>/dev/null || exit 1
		sleep 0.05
	done
	"$python" "$here/protocol.py" compare "$work/socket" "$here/classic.txt" "$here/meta.txt"
	exit
	;;
memccapable)
	command -v memccapable >/dev/null || skip "no memccapable"
	start
	memccapable -a -h 127.0.0.1 -p "$port" >"$work/out" 2>&1 || { cat "$work/out"; false; }
	;;
memslap)
	command -v memcslap >/dev/null || skip "no memcslap"
	start
	"$python" "$here/memslap.py" "$port" || exit 1
	if memcached=$(command -v memcached); then
		stop || exit 1
		"$memcached" -u root -l 127.0.0.1 -p "$port" &
		server=$!
		until "$python" -c "import socket; socket.create_connection(('127.0.0.1', $port))" 2>/dev/null; do
			kill -0 "$server" 2>/dev/null || exit 1
			sleep 0.05
		done
		echo "memcached:"
		"$python" "$here/memslap.py" "$port"
		exit
	fi
	;;
pymemcache)
	"$python" -c 'import pymemcache' 2>/dev/null || skip "no python3-pymemcache"
	start
	"$python" "$here/pymemcache_calls.py" "$port"
	;;
*)
	exit 99
	;;
esac
status=$?
stop && exit "$status"
