#!/usr/bin/env python3
"""Every call of pymemcache's client, and what it returns.  Usage: pymemcache_calls.py PORT"""
import sys

from pymemcache.client.base import Client, PooledClient
from pymemcache.client.hash import HashClient
from pymemcache.exceptions import MemcacheClientError, MemcacheServerError, MemcacheUnknownCommandError

failures = 0


def equal(got, expected, what):
    global failures
    if got != expected:
        failures += 1
        print(f"{what}: expected {expected!r}, got {got!r}")


def raises(error, call, *arguments, **options):
    global failures
    try:
        got = call(*arguments, **options)
    except error:
        return
    failures += 1
    print(f"{call.__name__}{arguments}: expected {error.__name__}, got {got!r}")


def storage(c):
    c.flush_all(noreply=False)
    equal(c.get("a"), None, "get")
    equal(c.get("a", "default"), "default", "get with a default")
    equal(c.set("a", "1", noreply=False), True, "set")
    equal(c.get("a"), b"1", "get of what was set")
    equal(c.set("quiet", "2", noreply=True), True, "set, noreply")
    equal(c.get("quiet"), b"2", "get of what was set, noreply")
    equal(c.add("a", "2", noreply=False), False, "add of what is there")
    equal(c.add("b", "2", noreply=False), True, "add")
    equal(c.replace("b", "3", noreply=False), True, "replace")
    equal(c.replace("none", "3", noreply=False), False, "replace of none")
    equal(c.append("b", "4", noreply=False), True, "append")
    equal(c.prepend("b", "0", noreply=False), True, "prepend")
    equal(c.append("none", "4", noreply=False), False, "append to none")
    equal(c.prepend("none", "4", noreply=False), False, "prepend to none")
    equal(c.get("b"), b"034", "get")
    equal(c.set("expired", "x", expire=-1, noreply=False), True, "set, expired")
    equal(c.get("expired"), None, "get of what has expired")
    equal(c.set("flags", "x", flags=77, noreply=False), True, "set with flags")
    equal(c.set("binary", bytes(range(256)), noreply=False), True, "set of all bytes")
    equal(c.get("binary"), bytes(range(256)), "get of all bytes")
    equal(c.set("large", b"x" * 1000000, noreply=False), True, "set of a megabyte")
    equal(c.get("large"), b"x" * 1000000, "get of a megabyte")
    raises(MemcacheServerError, c.set, "larger", b"x" * 2000000, noreply=False)
    equal(c.get("larger"), None, "get of what is too large")


def many(c):
    c.flush_all(noreply=False)
    pairs = {f"key{i}": f"value{i}".encode() for i in range(1000)}
    equal(c.set_many(pairs, noreply=False), [], "set_many")
    equal(c.get_many(list(pairs)), pairs, "get_many")
    equal(c.set_multi({"m": "1"}, noreply=False), [], "set_multi")
    equal(c.get_multi(["m", "none"]), {"m": b"1"}, "get_multi")
    equal(set(c.gets_many(["key1", "key2", "none"])), {"key1", "key2"}, "gets_many")
    equal(c.delete_many(["key1", "none"], noreply=False), True, "delete_many")
    equal(c.delete_multi(["key2"], noreply=False), True, "delete_multi")
    equal(c.get_many(["key1", "key2", "key3"]), {"key3": b"value3"}, "get_many of what was deleted")


def compare(c):
    c.flush_all(noreply=False)
    equal(c.gets("a"), (None, None), "gets of none")
    equal(c.cas("a", "1", b"1", noreply=False), None, "cas of none")
    c.set("a", "1", noreply=False)
    value, cas = c.gets("a")
    equal(value, b"1", "gets")
    equal(c.cas("a", "2", cas, noreply=False), True, "cas")
    equal(c.cas("a", "3", cas, noreply=False), False, "cas, too late")
    equal(c.get("a"), b"2", "get")


def numbers(c):
    c.flush_all(noreply=False)
    equal(c.incr("n", 1), None, "incr of none")
    equal(c.decr("n", 1), None, "decr of none")
    c.set("n", "10", noreply=False)
    equal(c.incr("n", 5), 15, "incr")
    equal(c.decr("n", 6), 9, "decr")
    equal(c.decr("n", 600), 0, "decr below 0")
    equal(c.incr("n", 2**64 - 1), 2**64 - 1, "incr to the top")
    equal(c.incr("n", 1), 0, "incr around")
    equal(c.incr("n", 1, noreply=True), None, "incr, noreply")
    equal(c.decr("n", 1, noreply=True), None, "decr, noreply")
    c.set("text", "x", noreply=False)
    raises(MemcacheClientError, c.incr, "text", 1)


def rest(c):
    c.flush_all(noreply=False)
    equal(c.touch("a", 10, noreply=False), False, "touch of none")
    c.set("a", "1", noreply=False)
    equal(c.touch("a", 10, noreply=False), True, "touch")
    equal(c.delete("a", noreply=False), True, "delete")
    equal(c.delete("a", noreply=False), False, "delete of none")
    equal(c.delete("a", noreply=True), True, "delete, noreply")
    c["item"] = "1"
    equal(c["item"], b"1", "[]")
    del c["item"]
    raises(KeyError, lambda: c["item"])
    equal(c.flush_all(delay=100, noreply=False), True, "flush_all, later")
    c.set("a", "1", noreply=False)
    equal(c.get("a"), b"1", "get before the flush")
    equal(c.flush_all(noreply=False), True, "flush_all")
    equal(c.get("a"), None, "get behind the flush")


def server(c):
    equal(c.version().startswith(b"1.6"), True, "version")
    stats = c.stats()
    for name in (b"pid", b"uptime", b"curr_items", b"cmd_get", b"get_hits", b"bytes", b"limit_maxbytes", b"threads",
                 b"evictions", b"garbage_bytes", b"garbage_bytes_limit", b"map_slots", b"grace_periods"):
        equal(type(stats.get(name)), int, f"stats: {name}")
    equal(c.stats("settings")[b"evictions"], b"on", "stats settings")
    equal(b"items:1:number" in c.stats("items"), True, "stats items")
    raises(MemcacheUnknownCommandError, c.stats, "nonsense")
    raises(MemcacheUnknownCommandError, c.cache_memlimit, 100)
    raises(MemcacheUnknownCommandError, c.shutdown)


address = ("127.0.0.1", int(sys.argv[1]))
for client in (Client(address), PooledClient(address, max_pool_size=4), HashClient([address])):
    name = type(client).__name__
    storage(client) if name != "HashClient" else None
    many(client) if name == "Client" else None
    compare(client)
    numbers(client)
    if name == "Client":
        rest(client)
        server(client)
        client.disconnect_all()
        equal(client.get("a"), None, "get after disconnect_all")
        client.quit()
    client.close()
print(f"pymemcache: {failures} failures")
sys.exit(failures != 0)
