#!/usr/bin/env python3
"""nbcached as a process: signals, limits, sockets, and clients that behave badly.

Usage: operations.py NBCACHED [CASE...]

Each case starts servers of its own, and ends them by SIGTERM: their exit status is 0.  What
is waited for is waited for without a limit; the test's own time is the limit.

NBMAP_SLOW set, as with sanitizers: resident memory is not looked at, as they keep what was freed.
"""
import concurrent.futures
import ctypes
import os
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

program = sys.argv[1]
started = []
work = tempfile.TemporaryDirectory()
os.chmod(work.name, 0o755)


def check(truth, what):
    if not truth:
        raise AssertionError(what)


class Server:
    def __init__(self, *arguments, inherited=(), prefix=()):
        self.path = os.path.join(work.name, "socket")
        self.log = open(os.path.join(work.name, "log"), "w+b")
        command = [*prefix, program, "-v", "-t", "2", *arguments]
        if os.getuid() == 0 and "-u" not in arguments:
            command += ["-u", "root"]
        if not inherited and "-s" not in arguments and "-p" not in arguments:
            command += ["-s", self.path]

        def prepare():
            for i, fd in enumerate(inherited):
                os.dup2(fd, 3 + i)
                os.set_inheritable(3 + i, True)
            if inherited:
                os.environ["LISTEN_PID"] = str(os.getpid())
                os.environ["LISTEN_FDS"] = str(len(inherited))
                os.execv(program, command)

        self.process = subprocess.Popen(command, stderr=self.log, preexec_fn=prepare, close_fds=not inherited)
        started.append(self.process)
        self.wait_for(b"listening on")

    def said(self):
        with open(self.log.name, "rb") as log:
            return log.read()

    def wait_for(self, words):
        while words not in self.said():
            check(self.process.poll() is None, "the server has ended: %r" % self.said())
            time.sleep(0.02)

    def connect(self, path=None):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(60)
        sock.connect(path or self.path)
        return sock

    def ask(self, line, end, path=None):
        with self.connect(path) as sock:
            sock.sendall(line)
            return receive(sock, end)

    def ask_or_not(self, line, end):
        try:
            return self.ask(line, end)
        except (BrokenPipeError, ConnectionResetError):
            return b""

    def stats(self):
        lines = self.ask(b"stats\r\n", b"END\r\n").decode().split("\r\n")
        return {line.split(" ")[1]: line.split(" ", 2)[2] for line in lines if line.startswith("STAT ")}

    def resident(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) * 1024

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        status = self.process.wait()
        check(status == 0, "exit status %d: %r" % (status, self.said()))


def receive(sock, end):
    answer = b""
    while not answer.endswith(end):
        piece = sock.recv(65536)
        if not piece:
            return answer
        answer += piece
    return answer


def check_grown(server, before, limit):
    grown = server.resident() - before
    check(grown < limit or "NBMAP_SLOW" in os.environ, "grown by %d bytes" % grown)


def fill(sock, count, size):
    data = b"x" * size
    sock.sendall(b"".join(b"set k%d 0 0 %d noreply\r\n%s\r\n" % (i, size, data) for i in range(count)) + b"mn\r\n")
    check(receive(sock, b"MN\r\n") == b"MN\r\n", "a set was refused")


# ---- Signals ---------------------------------------------------------------


def case_signals():
    server = Server()
    check(server.ask(b"set a 0 0 1\r\nx\r\n", b"\r\n") == b"STORED\r\n", "set")
    server.process.send_signal(signal.SIGUSR1)
    server.wait_for(b"1 items")
    server.stop(signal.SIGINT)
    check(not os.path.exists(server.path), "the socket's path is left")


def case_drain():
    """What came before the signal is answered; what is in mid-command is given up."""
    server = Server()
    idle, half, busy = server.connect(), server.connect(), server.connect()
    half.sendall(b"set a 0 0 1000000\r\nabc")
    busy.sendall(b"set a 0 0 1\r\nx\r\n" + b"get a\r\n" * 1000)
    first = busy.recv(1)
    server.stop()
    answer = first + receive(busy, b"none")
    check(answer == b"STORED\r\n" + b"VALUE a 0 1\r\nx\r\nEND\r\n" * 1000, "answers are lost: %d" % len(answer))
    check(idle.recv(1) == b"" and half.recv(1) == b"", "open for ever")


def case_reset():
    server = Server()
    for _ in range(3):
        server.ask(b"get a\r\n", b"END\r\n")
    check(int(server.stats()["cmd_get"]) == 3, "cmd_get")
    check(server.ask(b"stats reset\r\n", b"\r\n") == b"RESET\r\n", "reset")
    check(int(server.stats()["cmd_get"]) == 0, "cmd_get behind a reset")
    server.ask(b"get a\r\n", b"END\r\n")
    check(int(server.stats()["get_misses"]) == 1, "get_misses")
    server.stop()


def wait_for_path(path, process):
    while not os.path.exists(path):
        check(process.poll() is None, "the server has ended with %s" % process.returncode)
        time.sleep(0.02)


def serves_without_a_log(stderr):
    path = os.path.join(work.name, "no-log")
    user = ["-u", "root"] if os.getuid() == 0 else []
    process = subprocess.Popen([program, "-vv", "-s", path, "-t", "2", *user], stderr=stderr)
    started.append(process)
    wait_for_path(path, process)
    with socket.socket(socket.AF_UNIX) as sock:
        while sock.connect_ex(path) != 0:
            check(process.poll() is None, "the server has ended with %s" % process.returncode)
        process.send_signal(signal.SIGUSR1)
        sock.sendall(b"set a 0 0 1\r\nx\r\nget a\r\n")
        check(receive(sock, b"END\r\n") == b"STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\n", "get")
    process.send_signal(signal.SIGTERM)
    check(process.wait() == 0, "exit status %d" % process.returncode)


def case_full_disk():
    """What cannot be said is not said."""
    with open("/dev/full", "wb") as full:
        serves_without_a_log(full)


def case_closed_log():
    read, write = os.pipe()
    os.close(read)
    serves_without_a_log(write)
    os.close(write)


def case_user():
    """As root it becomes the user, who owns the socket, and can go back to nobody else."""
    if os.getuid() != 0:
        print("user: left out, as this is not root")
        return
    import pwd

    nobody = pwd.getpwnam("nobody")
    server = Server("-u", "nobody")
    check(server.ask(b"mn\r\n", b"\r\n") == b"MN\r\n", "mn")  # it listens before it becomes the user
    with open(f"/proc/{server.process.pid}/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    check(fields["Uid"].split() == [str(nobody.pw_uid)] * 4, "Uid: " + fields["Uid"])
    check(fields["Gid"].split() == [str(nobody.pw_gid)] * 4, "Gid: " + fields["Gid"])
    check("0" not in fields["Groups"].split(), "Groups: " + fields["Groups"])
    check(int(fields["CapEff"], 16) == 0, "CapEff: " + fields["CapEff"])
    check(os.stat(server.path).st_uid == nobody.pw_uid, "the socket's owner")
    server.stop()
    for user in ([], ["-u", "nobody-has-this-name"]):
        result = subprocess.run([program, "-s", server.path, *user], stderr=subprocess.PIPE)
        check(result.returncode == 1, "%s: exit status %d" % (user, result.returncode))


def case_slices():
    """Workers ask for short slices of their processor, and change nothing else of their scheduling."""
    numbers = {"x86_64": (315, 314), "aarch64": (275, 274)}.get(os.uname().machine)
    if numbers is None:
        print("slices: left out, as the numbers of sched_getattr and sched_setattr are not known here")
        return
    libc = ctypes.CDLL(None, use_errno=True)

    def scheduling(thread):
        """Policy, nice value and slice in ns of a thread, or of the caller (0)."""
        room = ctypes.create_string_buffer(48)
        check(libc.syscall(numbers[0], thread, room, 48, 0) == 0, os.strerror(ctypes.get_errno()))
        _, policy, _, nice, _, slice_ns, _, _ = struct.unpack("=IIQiIQQQ", room.raw)
        return policy, nice, slice_ns

    def slice_kept(slice_ns):
        """What a thread of this machine has when it has asked for slices of that length."""
        policy, nice, _ = scheduling(0)
        asked = struct.pack("=IIQiIQQQ", 48, policy, 0, nice, 0, slice_ns, 0, 0)
        check(libc.syscall(numbers[1], 0, asked, 0) == 0, os.strerror(ctypes.get_errno()))
        return scheduling(0)[2]

    def workers():
        for task in os.listdir(f"/proc/{server.process.pid}/task"):
            with open(f"/proc/{server.process.pid}/task/{task}/comm") as comm:
                if re.fullmatch(r"nbcached-\d+", comm.read().strip()):
                    yield int(task)

    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        kept = thread.submit(slice_kept, 300000).result()
    for prefix, policy, nice in ([], 0, 0), (["nice", "-n", "7"], 0, 7), (["chrt", "-b", "0"], 3, 0):
        server = Server(prefix=prefix)
        server.ask(b"mn\r\n", b"MN\r\n")
        found = [scheduling(worker) for worker in workers()]
        check(len(found) == 2, f"{len(found)} workers")
        for is_policy, is_nice, slice_ns in found:
            check((is_policy, is_nice) == (policy, nice), f"{prefix}: policy {is_policy}, nice {is_nice}")
            check(policy != 0 or slice_ns == kept, f"{prefix}: slices of {slice_ns} ns, not {kept}")
        server.stop()


# ---- Sockets ---------------------------------------------------------------


def case_two_unix_sockets():
    one, two = os.path.join(work.name, "one"), os.path.join(work.name, "two")
    server = Server("-s", one, "-s", two, "-a", "600")
    server.wait_for(b"/two")
    server.ask(b"set a 0 0 1\r\nx\r\n", b"\r\n", one)
    check(server.ask(b"get a\r\n", b"END\r\n", two) == b"VALUE a 0 1\r\nx\r\nEND\r\n", "get by the other")
    check(os.stat(one).st_mode & 0o777 == 0o600, "its mode")
    server.stop()


def case_addresses():
    try:
        socket.socket(socket.AF_INET6).bind(("::1", 0))
        addresses = "127.0.0.1,[::1]"
    except OSError:
        addresses = "127.0.0.1"
    server = Server("-p", "-1", "-l", addresses)
    for host, port in re.findall(rb"listening on (\S+) port (\d+)", server.said()):
        with socket.create_connection((host.decode(), int(port))) as sock:
            sock.sendall(b"mn\r\n")
            check(receive(sock, b"\r\n") == b"MN\r\n", "mn")
        # Whoever is second does not share the port in silence.
        if host == b"127.0.0.1":
            user = ["-u", "root"] if os.getuid() == 0 else []
            second = subprocess.run([program, "-p", port, "-l", "127.0.0.1", *user], stderr=subprocess.PIPE)
            check(second.returncode == 1 and b"in use" in second.stderr, "a port is taken twice")
    server.stop()


def case_systemd():
    listener = socket.socket(socket.AF_UNIX)
    path = os.path.join(work.name, "activated")
    listener.bind(path)
    listener.listen()
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(os.path.join(work.name, "notify"))
    os.environ["NOTIFY_SOCKET"] = notify.getsockname()
    server = Server(inherited=[listener.fileno()])
    del os.environ["NOTIFY_SOCKET"]
    check(notify.recv(100) == b"READY=1", "notify")
    check(server.ask(b"mn\r\n", b"\r\n", path) == b"MN\r\n", "mn")
    server.stop()
    check(os.path.exists(path), "systemd's socket was removed")
    listener.close()
    notify.close()


# ---- Limits ----------------------------------------------------------------


def case_connections():
    server = Server("-c", "5")
    held = [server.connect() for _ in range(5)]
    for sock in held:
        sock.sendall(b"mn\r\n")
        receive(sock, b"MN\r\n")
    with server.connect() as sixth:
        check(receive(sixth, b"none") == b"ERROR Too many open connections\r\n", "the sixth connection")
    held.pop().close()
    while b"MN" not in server.ask_or_not(b"mn\r\n", b"\r\n"):  # until the close has been seen
        time.sleep(0.02)
    for sock in held:
        sock.close()
    server.stop()


def case_no_files():
    """Without a file for one more it accepts again when there is one."""
    server = Server("-c", "1000")
    # Root would have raised a lower limit; so it is lowered under its hands.
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (24, 24))
    held = []
    while b"accept: " not in server.said():
        held.append(server.connect())
        time.sleep(0.01)
        check(len(held) < 100, "it has files for all")
    for sock in held:
        sock.close()
    check(server.ask(b"mn\r\n", b"\r\n") == b"MN\r\n", "mn")
    server.stop()


def case_memory():
    server = Server("-m", "16")
    with server.connect() as sock:
        fill(sock, 60000, 1000)
    stats = server.stats()
    # What is in use passes -m by what is not yet counted, and by a table that was made since the last look.
    used, uncounted, table = (int(stats[name]) for name in ("bytes", "items_bytes_uncounted_limit", "map_bytes"))
    check(used <= (16 << 20) + uncounted + table, "%d bytes" % used)
    check(int(stats["evictions"]) > 40000, "evictions %s" % stats["evictions"])
    check(int(stats["items_bytes"]) + table <= (16 << 20) + int(stats["garbage_bytes_limit"]) + uncounted,
          "items_bytes %s" % stats["items_bytes"])
    # An item that is as large as many is stored, too.
    check(server.ask(b"set big 0 0 1000000\r\n" + b"y" * 1000000 + b"\r\n", b"\r\n") == b"STORED\r\n", "a large one")
    server.stop()


def case_set_behind_a_flush():
    """What a flush leaves waits to be freed, and is no reason to refuse what comes next."""
    server = Server("-m", "128")
    with server.connect() as sock:
        fill(sock, 140, 900000)
        sock.sendall(b"flush_all\r\n" + b"set a 0 0 1000\r\n%s\r\n" % (b"x" * 1000) * 200 + b"mn\r\n")
        check(receive(sock, b"MN\r\n") == b"OK\r\n" + b"STORED\r\n" * 200 + b"MN\r\n", "refused behind a flush")
    server.stop()


def case_flush_beside_sets():
    """A flush gives room, also to a thread that is about to make some by eviction."""
    import threading

    server = Server("-m", "4", "-I", "100k")
    batch, refused, ended = 200, [], threading.Event()

    def store(stream):
        with server.connect() as sock:
            n = 0
            while not ended.is_set():
                sock.sendall(b"".join(b"set %d.%d 0 0 1000\r\n%s\r\n" % (stream, n + i, b"x" * 1000)
                                      for i in range(batch)) + b"mn\r\n")
                n += batch
                if receive(sock, b"MN\r\n") != b"STORED\r\n" * batch + b"MN\r\n":
                    refused.append(n)

    threads = [threading.Thread(target=store, args=(stream,)) for stream in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(150):
        before = int(server.stats()["evictions"])
        while int(server.stats()["evictions"]) <= before:
            pass
        server.ask(b"flush_all\r\n", b"OK\r\n")
    ended.set()
    for thread in threads:
        thread.join()
    check(not refused, "%d times was a set refused" % len(refused))
    server.stop()


def case_no_eviction():
    server = Server("-m", "4", "-M")
    with server.connect() as sock:
        for i in range(100000):
            sock.sendall(b"set k%d 0 0 1000\r\n%s\r\n" % (i, b"x" * 1000))
            answer = receive(sock, b"\r\n")
            if answer != b"STORED\r\n":
                break
        check(answer == b"SERVER_ERROR out of memory storing object\r\n", "at the limit: %r" % answer)
        check(i > 3000, "only %d were stored" % i)
        sock.sendall(b"get k0\r\n")
        check(receive(sock, b"END\r\n").startswith(b"VALUE"), "the first is gone")
        for j in range(i):
            sock.sendall(b"delete k%d noreply\r\n" % j)
        sock.sendall(b"mn\r\n")
        receive(sock, b"MN\r\n")
        while True:  # until what was deleted is freed
            sock.sendall(b"set new 0 0 1000\r\n%s\r\n" % (b"x" * 1000))
            if receive(sock, b"\r\n") == b"STORED\r\n":
                break
    check(int(server.stats()["evictions"]) == 0, "evictions")
    server.stop()


def case_item_size():
    """-I is the size of the largest item's data, also of one that append makes."""
    server = Server("-I", "2k", "-m", "64")
    set_a = b"set a 0 0 %d\r\n%s\r\n"
    check(server.ask(set_a % (2048, b"x" * 2048), b"\r\n") == b"STORED\r\n", "2048 bytes")
    check(server.ask(b"append a 0 0 1\r\nx\r\n", b"\r\n") == b"NOT_STORED\r\n", "append to 2048 bytes")
    check(server.ask(set_a % (2049, b"x" * 2049) + b"get a\r\n", b"END\r\n") ==
          b"SERVER_ERROR object too large for cache\r\nEND\r\n", "2049 bytes; what was there must not stay")
    server.stop()
    server = Server("-I", "20m", "-m", "64")
    data = os.urandom(20 << 20)
    check(server.ask(set_a % (len(data), data), b"\r\n") == b"STORED\r\n", "20 MiB")
    check(server.ask(b"get a\r\n", b"\r\nEND\r\n") == b"VALUE a 0 %d\r\n%s\r\nEND\r\n" % (len(data), data), "get 20 MiB")
    server.stop()


def check_bound(server, before):
    """Items and the map, and what has left the map and is not yet freed, are below what stats shows."""
    stats = {name: int(value) for name, value in server.stats().items() if value.isdigit()}
    bound = stats["limit_maxbytes"] + stats["garbage_bytes_limit"] + stats["items_bytes_uncounted_limit"]
    used = stats["items_bytes"] + stats["map_bytes"]
    check(used <= bound, "%d bytes, may be %d" % (used, bound))
    check_grown(server, before, bound)
    return stats


def case_memory_held():
    """What slow clients hold of items that are overwritten counts: others get less room, and nobody more."""
    for mebibytes in (1, 4, 16, 64):
        size = 100000
        server = Server("-m", str(mebibytes), "-I", "100k")
        before = server.resident()
        held = []
        for i in range(60):
            server.ask(b"set k 0 0 %d\r\n%s\r\n" % (size, b"%02d" % i * (size // 2)), b"\r\n")
            sock = server.connect()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.sendall(b"get k k k k k k k k k k\r\n")
            held.append(sock)
            sock.recv(1, socket.MSG_PEEK)
            check_bound(server, before)
        with server.connect() as sock:
            stored = 0
            for i in range(3000):
                sock.sendall(b"set n%d 0 0 50000\r\n%s\r\n" % (i, b"z" * 50000))
                answer = receive(sock, b"\r\n")
                check(answer in (b"STORED\r\n", b"SERVER_ERROR out of memory storing object\r\n"), "%r" % answer)
                stored += answer == b"STORED\r\n"
            check_bound(server, before)
        for sock in held:
            sock.close()
        # As they go there is room again.
        while server.ask(b"set n 0 0 50000\r\n%s\r\n" % (b"z" * 50000), b"\r\n") != b"STORED\r\n":
            time.sleep(0.02)
        check(stored > 0 or mebibytes < 8, "nothing was stored beside what is held")
        server.stop()


def case_expiry():
    """What nobody asks for is removed, too."""
    server = Server()
    with server.connect() as sock:
        sock.sendall(b"".join(b"set k%d 0 1 1 noreply\r\nx\r\n" % i for i in range(100)) + b"mn\r\n")
        receive(sock, b"MN\r\n")
    while int(server.stats()["curr_items"]) > 0:
        time.sleep(0.1)
    check(int(server.stats()["expired"]) == 100, "expired")
    server.stop()


# ---- A thread that does not go on -------------------------------------------

PTRACE_DETACH, PTRACE_SYSCALL, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 24, 0x4206, 0x4207
WAIT_ALL = 0x40000000
SEND = {"x86_64": 44, "aarch64": 206}  # sendto


def ptrace(request, thread):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    if libc.ptrace(request, thread, None, None) != 0:
        raise PermissionError(ctypes.get_errno(), "ptrace")


def stop_in_a_turn(server, thread):
    """Let the thread run until it sends an answer, and stop it there."""
    task = f"/proc/{server.process.pid}/task/{thread}/syscall"
    while True:
        os.waitpid(thread, WAIT_ALL)
        with open(task) as call:
            if call.read().startswith(f"{SEND[os.uname().machine]} "):
                return
        ptrace(PTRACE_SYSCALL, thread)


def case_stall():
    """A worker that stays in its turn is named, and holds up no other."""
    server = Server("-S", "50")
    stuck = server.connect()
    stuck.sendall(b"mn\r\n")
    receive(stuck, b"MN\r\n")
    tasks = f"/proc/{server.process.pid}/task"
    thread = next(int(t) for t in os.listdir(tasks) if open(f"{tasks}/{t}/comm").read() == "nbcached-0\n")
    try:
        ptrace(PTRACE_SEIZE, thread)
    except PermissionError:
        print("stall: left out, as threads may not be traced here")
        return
    ptrace(PTRACE_INTERRUPT, thread)
    stuck.sendall(b"mn\r\n")
    stop_in_a_turn(server, thread)
    with server.connect() as other:
        while b"it waits for nbcached-0" not in server.said():
            for _ in range(50):
                other.sendall(b"set k 0 0 1\r\nx\r\n")
                check(receive(other, b"\r\n") == b"STORED\r\n", "set")
    check(b"nbcached-1" not in server.said(), "the wrong one is named, too")
    ptrace(PTRACE_DETACH, thread)
    check(receive(stuck, b"MN\r\n") == b"MN\r\n", "mn")
    server.stop()


# ---- Clients that behave badly ---------------------------------------------


def case_never_reads():
    """A client that asks and does not read costs little, and holds up nobody."""
    server = Server("-m", "64", "-I", "1m")
    server.ask(b"set big 0 0 1000000\r\n" + b"y" * 1000000 + b"\r\n", b"\r\n")
    before = server.resident()
    held = []
    for _ in range(20):
        sock = server.connect()
        sock.setblocking(False)
        try:
            while True:
                sock.send(b"get big\r\n" * 1000)
        except BlockingIOError:
            pass
        held.append(sock)
    with server.connect() as other:
        for i in range(2000):
            other.sendall(b"set k 0 0 1000\r\n%s\r\nget k\r\n" % (b"z" * 1000))
            receive(other, b"END\r\n")
    check_grown(server, before, 8 << 20)
    # They get what they asked for when they read: in the right order, and whole.
    sock = held[0]
    sock.setblocking(True)
    whole = b"VALUE big 0 1000000\r\n" + b"y" * 1000000 + b"\r\nEND\r\n"
    for _ in range(20):
        answer = b""
        while len(answer) < len(whole):
            answer += sock.recv(len(whole) - len(answer))
        check(answer == whole, "a wrong answer")
    for sock in held:
        sock.close()
    server.stop()


def case_never_reads_small():
    """Each gets its own answers, although those of others went through the same buffers meanwhile."""
    server = Server()
    clients = []
    for i in range(6):
        data = b"%d" % i * 1500
        server.ask(b"set k%d 0 0 1500\r\n%s\r\n" % (i, data), b"\r\n")
        sock = server.connect()
        sock.sendall(b"get k%d\r\n" % i * 1000)
        clients.append((sock, b"VALUE k%d 0 1500\r\n%s\r\nEND\r\n" % (i, data)))
    for sock, answer in clients:
        got = b""
        while len(got) < 1000 * len(answer):
            got += sock.recv(1 << 20)
        check(got == 1000 * answer, "wrong answers")
        sock.close()
    server.stop()


def case_never_reads_what_is_gone():
    """The rest of an answer is right, although its item was overwritten, deleted, flushed."""
    server = Server()
    data = bytes(i * 7 % 251 for i in range(1000000))
    server.ask(b"set big 0 0 1000000\r\n" + data + b"\r\n", b"\r\n")
    slow = server.connect()
    slow.sendall(b"get big big big\r\n")
    slow.recv(1, socket.MSG_PEEK)
    for line in (b"set big 0 0 1\r\nx\r\n", b"delete big\r\n", b"flush_all\r\n"):
        server.ask(line, b"\r\n")
    while int(server.stats()["garbage_objects"]) > 0:
        time.sleep(0.02)
    answer = receive(slow, b"END\r\n")
    check(answer.startswith(b"VALUE big 0 1000000\r\n" + data + b"\r\n"), "the first is wrong")
    slow.close()
    server.stop()


def case_reads_fast():
    """One that reads as fast as it asks has its turns, and not the worker."""
    server = Server("-t", "1")
    data = b"y" * 1000000
    server.ask(b"set big 0 0 1000000\r\n%s\r\n" % data, b"\r\n")
    whole = b"VALUE big 0 1000000\r\n" + data + b"\r\nEND\r\n"
    with server.connect() as fast:
        fast.sendall(b"get big\r\n" * 300)
        fast.shutdown(socket.SHUT_WR)
        answer = bytearray()
        while True:
            piece = fast.recv(1 << 20)
            if not piece:
                break
            answer += piece
    check(answer == whole * 300, "wrong answers: %d bytes" % len(answer))
    server.stop()


def case_lengthens():
    """One that lengthens a large item by a byte at a time has its turns, and not the worker, nor all garbage."""
    server = Server("-t", "1")
    server.ask(b"set big 0 0 900000\r\n%s\r\n" % (b"y" * 900000), b"\r\n")
    with server.connect() as sock:
        sock.sendall(b"append big 0 0 1\r\nz\r\n" * 1000)
        sock.shutdown(socket.SHUT_WR)
        answer = receive(sock, b"none")
    check(answer == b"STORED\r\n" * 1000, "%d were stored" % answer.count(b"STORED"))
    # A turn copies a mebibyte, and what it has begun.
    check(int(server.stats()["conn_yields"]) > 400, "%s turns were cut" % server.stats()["conn_yields"])
    server.stop()


def case_half_commands():
    """Half commands of all kinds, and then the connection is closed, or reset."""
    server = Server()
    before = server.resident()
    halves = [b"s", b"set a", b"set a 0 0 100\r\n", b"set a 0 0 1000000\r\n", b"set a 0 0 1000000\r\nabc", b"get ",
              b"get a", b"get " + b"k" * 200, b"ms a 500 q\r\nxx", b"set a 0 0 3\r\nabc", b"set a 0 0 3\r\nabc\r",
              b"set a 0 0 99999999\r\nabc", b"x" * 2000, b"\x80\x01\x00", b"mg", b"gat 1", b"\r", b"\n" * 100]
    for i in range(30):
        for half in halves:
            sock = server.connect()
            sock.sendall(half)
            if i % 3 == 0:
                sock.shutdown(socket.SHUT_WR)
                receive(sock, b"none")
            sock.close()
    while int(server.stats()["curr_connections"]) > 1:
        time.sleep(0.02)
    held = [server.connect() for _ in range(400)]
    for i, sock in enumerate(held):
        sock.sendall(halves[i % len(halves)])
    check(server.ask(b"mn\r\n", b"\r\n") == b"MN\r\n", "mn")
    # 45 of them upload a megabyte each, of which little has come.
    check_grown(server, before, 24 << 20)
    for sock in held:
        sock.close()
    server.stop()


def case_many_half_lines():
    """10,000 clients with half a line each: a buffer for each, and not more; nothing for one that is quiet."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(10000, hard - 100)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count + 100), hard))
    server = Server("-c", str(count + 10), "-b", "1024")
    before = server.resident()
    held = []
    while len(held) < count:
        try:
            held.append(server.connect())
        except BlockingIOError:  # the backlog is full
            time.sleep(0.001)
    while int(server.stats()["curr_connections"]) < count:
        time.sleep(0.02)
    quiet = server.resident() - before
    for i, sock in enumerate(held):
        sock.sendall([b"get some-key", b"set some-key 0 0 5\r\nab", b"mg some-key", b"x" * 2000][i % 4])
    while int(server.stats()["bytes_read"]) < sum([12, 22, 11, 2000][i % 4] for i in range(count)):
        time.sleep(0.02)
    half = server.resident() - before
    print("bytes a connection: %d quiet, %d with half a line" % (quiet // count, half // count))
    check(quiet < count * 2048 + (2 << 20) or "NBMAP_SLOW" in os.environ, "quiet: %d bytes" % quiet)
    check(half < count * 20480 + (2 << 20) or "NBMAP_SLOW" in os.environ, "half a line: %d bytes" % half)
    check(server.ask(b"mn\r\n", b"\r\n") == b"MN\r\n", "mn")
    for sock in held:
        sock.close()
    while int(server.stats()["curr_connections"]) > 1:
        time.sleep(0.02)
    server.stop()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def case_slow():
    """One byte at a time, in the midst of everything."""
    server = Server()
    with server.connect() as sock:
        for byte in b"set a 0 0 10\r\n0123456789\r\nget a b\r\nms c 3 c k\r\nabc\r\nmg c v\r\n":
            sock.sendall(bytes([byte]))
            server.ask(b"mn\r\n", b"\r\n")  # the other worker, or the same: it has had its turn
        sock.sendall(b"mn\r\n")
        answer = receive(sock, b"MN\r\n")
    check(re.fullmatch(rb"STORED\r\nVALUE a 0 10\r\n0123456789\r\nEND\r\nHD c\d+ kc\r\nVA 3\r\nabc\r\nMN\r\n", answer),
          "%r" % answer)
    server.stop()


def case_garbage():
    """Random bytes, with words of the protocol among them."""
    seed = int(os.environ.get("NBMAP_SEED", time.time_ns() % 1000000))
    print(f"NBMAP_SEED={seed}")
    import random

    draw = random.Random(seed)
    words = [b"get ", b"set ", b"a ", b"0 ", b"5 ", b"\r\n", b"\n", b"mg ", b"ms ", b"v ", b"q", b"noreply", b"\x00",
             b"99999999999", b"-1", b"k" * 260, b"gat ", b"incr ", b"cas ", b"delete ", b"touch ", b"flush_all ",
             b"md ", b"ma ", b"me ", b"stats ", b"\xff\xfe", b" ", b"\r"]
    server = Server()
    for _ in range(300):
        sock = server.connect()
        try:
            sock.sendall(b"".join(draw.choice(words) for _ in range(draw.randrange(1, 400))))
            sock.shutdown(socket.SHUT_WR)
            receive(sock, b"none")
        except (BrokenPipeError, ConnectionResetError):
            pass
        sock.close()
    check(server.ask(b"mn\r\n", b"\r\n") == b"MN\r\n", "mn")
    server.stop()


def case_wrong_options():
    for arguments, status in ((["-x"], 2), (["-m", "0"], 2), (["-p", "99999"], 2), (["-I", "x"], 2), (["-t", "0"], 2),
                              (["-I", "100m"], 2), (["more"], 2), (["-h"], 0), (["-V"], 0), (["-a", "999"], 2)):
        result = subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        check(result.returncode == status, "%s: exit status %d" % (arguments, result.returncode))
    user = ["-u", "root"] if os.getuid() == 0 else []
    for arguments in (["-p", "0"], ["-s", "/nonexistent/socket"], ["-s", "/" + "x" * 200]):
        result = subprocess.run([program, *arguments, *user], stderr=subprocess.PIPE)
        check(result.returncode == 1, "%s: exit status %d" % (arguments, result.returncode))


wanted = sys.argv[2:]
failed = 0
for name, case in list(globals().items()):
    if not name.startswith("case_") or (wanted and name[5:] not in wanted):
        continue
    began = time.monotonic()
    try:
        case()
    except (AssertionError, OSError) as error:
        failed += 1
        print(f"{name[5:]}: {error!r}")
    for process in started:
        process.kill()
        process.wait()
    started.clear()
    print(f"{name[5:]}: {time.monotonic() - began:.1f} s", flush=True)
sys.exit(failed != 0)
