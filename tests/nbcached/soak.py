#!/usr/bin/env python3
"""nbcached under all that clients do, for a while; then nothing is left over.

Usage: soak.py NBCACHED NBCACHED-LOAD [SECONDS]      60 seconds; NBMAP_SOAK set: ten minutes
NBMAP_SLOW set: as with sanitizers: resident memory is not looked at, nor whether all was evicted.
VALGRIND set: the server runs under it, by valgrind.sh: no error, and no block is left.

Three load generators get and set more than fits into memory, and check every byte that they
get; one of them is stopped by SIGSTOP now and then.  Beside them clients

  disconnect in mid-command          stop reading what they asked for
  set, cas, delete, touch, count     on keys of their own: each answer is known
  let keys expire                    flush all

Each goes on until it has had a whole round at least, and says how many it had.

At the end: resident memory was flat over the last half; all connections are gone; garbage is
back to zero; what was counted agrees; after a flush no item is left; SIGTERM ends it with 0,
while a client is in mid-command, one does not read, and one is quiet.
"""
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

program, load = sys.argv[1:3]
seconds = 600 if os.environ.get("NBMAP_SOAK") else int(sys.argv[3]) if len(sys.argv) > 3 else 60
slow = "NBMAP_SLOW" in os.environ or "VALGRIND" in os.environ
seed = int(os.environ.get("NBMAP_SEED", time.time_ns() % 1000000))
work = tempfile.TemporaryDirectory()
os.chmod(work.name, 0o755)
path = os.path.join(work.name, "socket")
log = os.path.join(work.name, "log")
memory = 16 << 20
ended = threading.Event()
failures = []
rounds = {}  # of each client; each key is written by one thread, or by few that need no exact number


def check(truth, what):
    if not truth:
        raise AssertionError(what)


def connect():
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(path)
    return sock


def receive(sock, end):
    answer = b""
    while not answer.endswith(end):
        piece = sock.recv(65536)
        check(piece, "the server has closed the connection")
        answer += piece
    return answer


def ask(sock, line, end=b"\r\n"):
    sock.sendall(line)
    return receive(sock, end)


def stats():
    with connect() as sock:
        lines = ask(sock, b"stats\r\n", b"END\r\n").decode().split("\r\n")
    return {line.split(" ")[1]: line.split(" ", 2)[2] for line in lines if line.startswith("STAT ")}


def number(name):
    return int(stats()[name])


# ---- Clients ---------------------------------------------------------------


def goes_on(client):
    """Whether the client begins one more round."""
    rounds.setdefault(client, 0)
    return not failures and not (ended.is_set() and rounds[client])


def disconnects(draw):
    halves = [b"set d 0 0 100000\r\n", b"set d 0 0 100\r\nabc", b"get d d", b"ms d 7000 q\r\n" + b"x" * 3000, b"incr",
              b"get " + b"d " * 500, b"set d 0 0 3\r\nabc\r\n" * 100, b"\x00\xff" * 100]
    while goes_on("disconnects"):
        sock = connect()
        sock.sendall(draw.choice(halves))
        sock.close()
        rounds["disconnects"] += 1
        time.sleep(0.002)


def does_not_read(draw):
    data = bytes(range(256)) * 2000
    while goes_on("does_not_read"):
        with connect() as sock:
            check(ask(sock, b"set large 0 0 %d\r\n%s\r\n" % (len(data), data)) == b"STORED\r\n", "set large")
            sock.setblocking(False)
            try:
                for _ in range(1000):
                    sock.send(b"get large large key-0000000001\r\n" * 10)
            except BlockingIOError:
                rounds["does_not_read"] += 1
            ended.wait(draw.random())
            sock.setblocking(True)
            first = sock.recv(6)
            check(first in (b"VALUE ", b"END\r\nV", b"END\r\nE"), "large: %r" % first)


def own_keys(draw):
    name = b"own%d" % draw.randrange(1 << 30)
    version = 0
    with connect() as sock:
        while goes_on("own_keys"):
            version += 1
            data = b"%d:" % version * draw.randrange(1, 300)
            check(ask(sock, b"set %s 7 0 %d\r\n%s\r\n" % (name, len(data), data)) == b"STORED\r\n", "set")
            answer = ask(sock, b"gets %s\r\n" % name, b"END\r\n")
            if answer == b"END\r\n":
                continue  # evicted, or flushed
            head, rest = answer.split(b"\r\n", 1)
            check(head.startswith(b"VALUE %s 7 %d " % (name, len(data))) and rest == data + b"\r\nEND\r\n", "gets")
            cas = int(head.split(b" ")[4])
            check(ask(sock, b"cas %s 8 0 1 %d\r\nx\r\n" % (name, cas)) in (b"STORED\r\n", b"NOT_FOUND\r\n"), "cas")
            check(ask(sock, b"cas %s 8 0 1 %d\r\ny\r\n" % (name, cas)) in (b"EXISTS\r\n", b"NOT_FOUND\r\n"), "late cas")
            check(ask(sock, b"append %s 8 0 1\r\nz\r\n" % name) in (b"STORED\r\n", b"NOT_STORED\r\n"), "append")
            check(ask(sock, b"get %s\r\n" % name, b"END\r\n") in (b"END\r\n", b"VALUE %s 8 2\r\nxz\r\nEND\r\n" % name), "get")
            check(ask(sock, b"delete %s\r\n" % name) in (b"DELETED\r\n", b"NOT_FOUND\r\n"), "delete")
            check(ask(sock, b"get %s\r\n" % name, b"END\r\n") == b"END\r\n", "get of what is deleted")
            rounds["own_keys"] += 1


def counts(draw):
    name, value = b"count%d" % draw.randrange(1 << 30), None
    with connect() as sock:
        while goes_on("counts"):
            delta = draw.randrange(1000)
            answer = ask(sock, b"incr %s %d\r\n" % (name, delta))
            if answer == b"NOT_FOUND\r\n":
                value = 0
                check(ask(sock, b"add %s 0 0 1\r\n0\r\n" % name) == b"STORED\r\n", "add")
            else:
                value += delta
                check(answer == b"%d\r\n" % value, "incr: %r, should be %d" % (answer, value))
                rounds["counts"] += 1


def expires(draw):
    with connect() as sock:
        while goes_on("expires"):
            keys = [b"e%d" % draw.randrange(1 << 40) for _ in range(200)]
            check(ask(sock, b"".join(b"set %s 0 1 3 noreply\r\nabc\r\n" % key for key in keys) + b"mn\r\n") == b"MN\r\n",
                  "set")
            check(ask(sock, b"gat -1 %s\r\n" % keys[0], b"END\r\n") is not None, "gat")
            check(ask(sock, b"get %s\r\n" % keys[0], b"END\r\n") == b"END\r\n", "touched to expire")
            time.sleep(2.1)
            check(ask(sock, b"get %s\r\n" % b" ".join(keys), b"END\r\n") == b"END\r\n", "what has expired is there")
            rounds["expires"] += 1


def flushes(draw):
    with connect() as sock:
        while goes_on("flushes"):
            ended.wait(1 + 4 * draw.random())
            check(ask(sock, draw.choice([b"flush_all\r\n", b"flush_all 1\r\n"])) == b"OK\r\n", "flush_all")
            rounds["flushes"] += 1


def stops(draw, process):
    while goes_on("stops"):
        ended.wait(draw.random())
        process.send_signal(signal.SIGSTOP)
        ended.wait(draw.random())
        process.send_signal(signal.SIGCONT)
        rounds["stops"] += 1


def thread(client, stream, *arguments):
    def run():
        try:
            client(random.Random(seed * 100 + stream), *arguments)
        except (AssertionError, OSError) as error:
            failures.append(f"{client.__name__}: {error!r}")
            ended.set()

    return threading.Thread(target=run)


# ---- The run ---------------------------------------------------------------


def server_itself(process):
    """Under valgrind it is the child of a shell."""
    if "VALGRIND" not in os.environ:
        return process.pid
    with open(f"/proc/{process.pid}/task/{process.pid}/children") as children:
        return int(children.read())


def resident(process):
    with open(f"/proc/{process.pid}/status") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    return 0


def start():
    command = []
    if "VALGRIND" in os.environ:
        command = [os.path.join(os.path.dirname(__file__), "../support/valgrind.sh"), os.environ["VALGRIND"]]
    command += [program, "-v", "-t", "2", "-m", str(memory >> 20), "-s", path]
    if os.getuid() == 0:
        command += ["-u", "root"]
    process = subprocess.Popen(command, stderr=open(log, "wb"))
    while b"listening" not in open(log, "rb").read():
        check(process.poll() is None, "the server has ended")
        time.sleep(0.05)
    return process


def start_load(stream, *arguments):
    return subprocess.Popen([load, "-s", path, "-T", str(seconds), "-S", str(seed + stream), "-V", "-k", "200000",
                             *arguments], stdout=subprocess.PIPE)


def run(server):
    loads = [start_load(1, "-m", "-d", "16", "-c", "20"), start_load(2, "-g", "60", "-c", "10"),
             start_load(3, "-m", "-d", "64", "-c", "5")]
    clients = [disconnects, does_not_read, own_keys, own_keys, counts, expires, flushes]
    threads = [thread(client, stream) for stream, client in enumerate(clients)] + [thread(stops, 99, loads[2])]
    sizes = []
    for client in threads:
        client.start()
    end = time.monotonic() + seconds
    while time.monotonic() < end and not ended.is_set():
        sizes.append(resident(server))
        ended.wait(0.1)
    ended.set()
    for client in threads:
        client.join()
    loads[2].send_signal(signal.SIGCONT)
    for process in loads:
        out = process.communicate()[0].decode().strip().split("\n")[-1]
        print(out)
        check(process.returncode == 0, "a load generator has ended with %d" % process.returncode)
        check(int(out.split(" ")[0]) > 0, "a load generator got nothing done")
    check(not failures, "; ".join(failures))
    print("rounds:", ", ".join(f"{client} {count}" for client, count in rounds.items()))
    check(min(rounds.values()) > 0, "a client got nothing done")
    return sizes


def settle(server, sizes):
    half = sizes[len(sizes) // 2:]
    third, fourth = half[: len(half) // 2], half[len(half) // 2:]
    print("resident: third quarter at most %.1f MiB, last at most %.1f MiB" % (max(third) / 2**20, max(fourth) / 2**20))
    if not slow:
        check(max(fourth) < max(third) * 1.15 + (4 << 20), "resident memory grows")
    while number("curr_connections") > 1 or number("garbage_objects") > 0:
        time.sleep(0.05)
    now = stats()
    print(", ".join(f"{name} {now[name]}" for name in ("curr_items", "bytes", "evictions", "expired", "cmd_get", "cmd_set",
                                                      "grace_periods", "map_migrations", "store_no_memory")))
    check(int(now["cmd_get"]) == int(now["get_hits"]) + int(now["get_misses"]), "gets are neither hits nor misses")
    check(int(now["bytes"]) <= memory + int(now["items_bytes_uncounted_limit"]) + int(now["map_bytes"]),
          "more than -m in use: %s" % now["bytes"])
    if not slow:
        check(int(now["evictions"]) > 0 and int(now["expired"]) > 0, "nothing was evicted, or has expired")
    with connect() as sock:
        check(ask(sock, b"flush_all\r\n") == b"OK\r\n", "flush_all")
    while number("garbage_objects") > 0 or number("items_bytes") > int(now["items_bytes_uncounted_limit"]):
        time.sleep(0.05)
    check(number("curr_items") == 0, "items behind a flush")
    uploads, asks, quiet = connect(), connect(), connect()
    uploads.sendall(b"set d 0 0 100000\r\nabc")
    data = bytes(500000)
    check(ask(asks, b"set large 0 0 %d\r\n%s\r\n" % (len(data), data)) == b"STORED\r\n", "set large")
    asks.sendall(b"get large large large\r\n")
    asks.recv(1, socket.MSG_PEEK)
    check(ask(quiet, b"mn\r\n") == b"MN\r\n", "mn")
    os.kill(server_itself(server), signal.SIGTERM)
    check(server.wait() == 0, "exit status %d" % server.returncode)


print(f"NBMAP_SEED={seed}", flush=True)
server = start()
try:
    settle(server, run(server))
except (AssertionError, OSError) as error:
    os.kill(server_itself(server), signal.SIGKILL)
    server.wait()
    print(f"soak: {error!r}")
    print(open(log, "rb").read().decode(errors="replace"))
    sys.exit(1)
