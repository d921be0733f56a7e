#!/usr/bin/env python3
"""What nbcached keeps, beside memcached: the same trace of gets, the same -m.

Usage: hits.py NBCACHED [TRACE...]      exits with 77 without memcached

A client asks for a hundred keys at once, and stores those that were missed, as users of a cache do.
Keys are drawn from a seed, NBMAP_SEED; the first half of a trace fills the cache, and the second half
is counted.  So the hits follow from what was evicted, and not from how fast anybody is.

For each trace the hits of both are printed, in percent of the gets.  Ours are at most 2 points below
memcached's.  GETS is how many gets a trace has (600000), MEBIBYTES the memory of each server (8).
"""
import itertools
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

program = sys.argv[1]
seed = int(os.environ.get("NBMAP_SEED", time.time_ns() % 1000000))
work = tempfile.TemporaryDirectory()
os.chmod(work.name, 0o755)
BATCH = 100
KEY = re.compile(rb"VALUE (\S+) ")


# ---- Traces: each a function of a random source, that yields keys ------------


def weights(count, theta):
    return list(itertools.accumulate((i + 1) ** -theta for i in range(count)))


def zipf(draw, keys, theta):
    """Keys whose shares fall as a power of their rank."""
    shares, names = weights(keys, theta), range(keys)
    while True:
        yield from draw.choices(names, cum_weights=shares, k=10000)


def with_scan(draw, keys, theta):
    """Zipf, and every other get goes through keys that nobody asks for again."""
    new = itertools.count(keys)
    for key in zipf(draw, keys, theta):
        yield key
        yield next(new)


def moving(draw, keys, theta):
    """Zipf, whose favourites are others after each tenth of the trace."""
    for n, key in enumerate(zipf(draw, keys, theta)):
        yield (key + n * 10 // GETS * 7919) % keys


def circle(draw, keys, theta):
    """Round and round through more than there is room for: an LRU never hits."""
    while True:
        yield from range(keys)


# name: the trace, its keys, Zipf's theta, bytes of a value
TRACES = {
    "zipf-0.99": (zipf, 200000, 0.99, lambda key: 100),
    "zipf-0.7": (zipf, 200000, 0.7, lambda key: 100),
    "zipf-1.2": (zipf, 200000, 1.2, lambda key: 100),
    "zipf-sizes": (zipf, 100000, 0.99, lambda key: 20 + key * 2654435761 % 600),
    "zipf-large": (zipf, 10000, 0.9, lambda key: 3000 + key * 2654435761 % 3000),
    "zipf-scan": (with_scan, 100000, 0.99, lambda key: 100),
    "zipf-moves": (moving, 200000, 0.99, lambda key: 100),
    "circle": (circle, 80000, 0, lambda key: 100),
}
GETS = int(os.environ.get("GETS", 600000))
MEBIBYTES = int(os.environ.get("MEBIBYTES", 8))


class Server:
    def __init__(self, command):
        self.path = os.path.join(work.name, "socket")
        user = ["-u", "root"] if os.getuid() == 0 else []
        self.process = subprocess.Popen([*command, "-t", "2", "-m", str(MEBIBYTES), "-s", self.path, *user])
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            try:
                self.socket.connect(self.path)
                return
            except OSError:
                if self.process.poll() is not None:
                    sys.exit("the server has ended")
                time.sleep(0.02)

    def ask(self, lines, end):
        self.socket.sendall(lines)
        answer = bytearray()
        while not answer.endswith(end):
            answer += self.socket.recv(1 << 20)
        return answer

    def stop(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait()
        if os.path.exists(self.path):
            os.unlink(self.path)


def hits(command, name):
    trace, keys, theta, size = TRACES[name]
    server = Server(command)
    source = trace(random.Random(seed), keys, theta)
    hit = 0
    for done in range(0, GETS, BATCH):
        batch = [b"%d" % key for key in itertools.islice(source, BATCH)]
        found = set(KEY.findall(server.ask(b"get " + b" ".join(batch) + b"\r\n", b"END\r\n")))
        missed = [key for key in batch if key not in found]
        if done >= GETS // 2:
            hit += BATCH - len(missed)
        server.ask(b"".join(b"set %s 0 0 %d noreply\r\n%s\r\n" % (key, size(int(key)), b"x" * size(int(key)))
                            for key in missed) + b"mn\r\n", b"MN\r\n")
    server.stop()
    return 100 * hit / (GETS / 2)


memcached = shutil.which("memcached")
if not memcached:
    print("left out: no memcached")
    sys.exit(77)
print(f"NBMAP_SEED={seed}")
failed = False
for name in sys.argv[2:] or TRACES:
    theirs, ours = hits([memcached], name), hits([program], name)
    bad = ours < theirs - 2
    failed = failed or bad
    print(f"{name}: nbcached {ours:.2f} %, memcached {theirs:.2f} %{': worse' if bad else ''}", flush=True)
sys.exit(failed)
