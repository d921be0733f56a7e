#!/usr/bin/env python3
"""memcslap, of libmemcached-tools, through its tests; the server has counted what it was asked.

Usage: memslap.py PORT

memcslap exits with 0 also when nothing was answered, so what it says and the server's counters judge.
-B, its buffered mode, is left out: with memcached itself, 1.6.18, libmemcached 1.1.4 ends in it by a
failed assertion of its own.
"""
import re
import socket
import subprocess
import sys

port = int(sys.argv[1])
THREADS, KEYS = 4, 300


def ask(line, end):
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.sendall(line)
        answer = b""
        while not answer.endswith(end):
            piece = sock.recv(65536)
            if not piece:
                break
            answer += piece
        return answer


def stats():
    lines = ask(b"stats\r\n", b"END\r\n").decode().split("\r\n")
    return {line.split(" ")[1]: line.split(" ", 2)[2] for line in lines if line.startswith("STAT ")}


def run(what, options):
    """What went wrong, or nothing."""
    ask(b"flush_all\r\n", b"OK\r\n")
    ask(b"stats reset\r\n", b"RESET\r\n")
    command = ["memcslap", "-s", f"127.0.0.1:{port}", "-t", what, "-c", str(THREADS), "-e", str(KEYS), *options]
    said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout.decode()
    # Sets without an answer may still be on their way: a client's last command is quit, and is not waited for.
    wanted = {"cmd_set": KEYS * (THREADS if what == "set" else 1), "cmd_get": 0 if what == "set" else KEYS * THREADS,
              "get_misses": 0}
    while int(stats()["curr_connections"]) > int(stats_before["curr_connections"]):
        pass
    counted = {name: int(stats()[name]) for name in wanted}
    if not re.search(rf"Time to {what}\s+{KEYS * THREADS} keys", said) or re.search("rror", said):
        return said
    return counted != wanted and f"{counted}, should be {wanted}"


stats_before = stats()
failed = False
for what in "set", "get", "mget":
    for options in [], ["-N", "-n"], ["-R"]:
        wrong = run(what, options)
        failed = failed or wrong
        print("memcslap -t", what, *options, wrong or "good")
sys.exit(bool(failed))
