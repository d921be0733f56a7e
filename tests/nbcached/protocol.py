#!/usr/bin/env python3
"""Send scripts of bytes to a memcached server, and compare what it answers.

Usage: protocol.py compare ADDRESS FILE...    what the server answers is what the files say
       protocol.py record ADDRESS FILE...     write into the files what the server answers

ADDRESS is HOST:PORT, or the path of a unix socket.

A file holds cases.  "# name" begins one.  Its lines are sent over one connection, with
"\\r\\n" behind each; the answer follows:

  > line           to be sent; escapes as in Python: \\x00, \\r.  "\\" at the end: no "\\r\\n" behind it
  > {A*300}        stands for three hundred A
  < line           expected, without its "\\r\\n"
  ## words         why it is so
  ! sleep SECONDS  what was sent so far is sent; then the time is let pass

Before each case everything is flushed, over another connection.  {cas:name} in an
expected line stands for any number, and for the same one wherever it is again, also in a
line to be sent.  After the last line the sending half is closed, and the server answers
all that it has and closes the connection: no time is waited.
"""
import re
import socket
import sys
import time

REPEAT = re.compile(r"\{(.+?)\*(\d+)\}")
NAMED = re.compile(r"\{(\w+):(\w+)\}")


def connect(address):
    if "/" in address:
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(address)
    else:
        host, port = address.rsplit(":", 1)
        sock = socket.create_connection((host.strip("[]"), int(port)))
    sock.settimeout(20)
    return sock


def read_all(sock):
    answer = b""
    while True:
        try:
            piece = sock.recv(65536)
        except ConnectionResetError:
            return answer
        if not piece:
            return answer
        answer += piece


def flush(address):
    sock = connect(address)
    sock.sendall(b"flush_all\r\nquit\r\n")
    read_all(sock)
    sock.close()


def bytes_of(text, names):
    """What a line of a script stands for."""
    text = REPEAT.sub(lambda m: m.group(1) * int(m.group(2)), text)
    text = NAMED.sub(lambda m: names.get(m.group(2), "?"), text)
    end = "\r\n"
    if text.endswith("\\"):
        text, end = text[:-1], ""
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1") + end.encode()


def text_of(line):
    """A line of an answer, as a script shows it."""
    text = line.decode("latin-1").replace("\\", "\\\\")
    text = re.sub(r" +$", lambda m: "\\x20" * len(m.group(0)), text)
    text = "".join(c if " " <= c <= "~" else "\\x%02x" % ord(c) for c in text)
    return re.sub(r"(.)\1{39,}", lambda m: "{%s*%d}" % (m.group(1), len(m.group(0))), text)


class Case:
    def __init__(self, name):
        self.name, self.lines = name, []


def read_cases(path):
    cases = []
    with open(path, encoding="latin-1") as file:
        for line in file.read().split("\n"):
            if line.startswith("# "):
                cases.append(Case(line[2:]))
            elif line and cases:
                cases[-1].lines.append(line)
            elif line:
                sys.exit(f"{path}: a line before the first case: {line}")
    return cases


def answer_of(address, case):
    """Run the case; every line of its answer."""
    names, received = {}, b""
    wanted = [line[2:] for line in case.lines if line.startswith("< ") or line == "<"]
    sock = connect(address)
    try:
        for line in case.lines:
            if line.startswith("> "):
                # A name that is learnt from an answer: all before it must have come.
                if NAMED.search(line):
                    sock.sendall(b"mn\r\n")
                    while not received.endswith(b"MN\r\n"):
                        received += sock.recv(65536)
                    received = received[:-4]
                    learn(wanted, received, names)
                sock.sendall(bytes_of(line[2:], names))
            elif line.startswith("! sleep "):
                time.sleep(float(line[8:]))
        sock.shutdown(socket.SHUT_WR)
    except (BrokenPipeError, ConnectionResetError, OSError):
        pass
    received += read_all(sock)
    sock.close()
    learn(wanted, received, names)
    return received.split(b"\r\n"), names


def pattern_of(text, names):
    """An expected line as a regular expression."""
    text = REPEAT.sub(lambda m: m.group(1) * int(m.group(2)), text)
    parts, at, groups = [], 0, []
    for m in NAMED.finditer(text):
        parts.append(re.escape(text[at : m.start()]))
        if m.group(2) in names:
            parts.append(re.escape(names[m.group(2)]))
        else:
            parts.append(r"(\d+)")
            groups.append(m.group(2))
        at = m.end()
    parts.append(re.escape(text[at:]))
    return "".join(parts), groups


def learn(wanted, received, names):
    """Compare line by line; a name takes what stands in its place first."""
    for text, line in zip(wanted, received.split(b"\r\n")):
        pattern, groups = pattern_of(text, names)
        plain = REPEAT.sub(lambda m: m.group(1) * int(m.group(2)), text_of(line))
        found = re.fullmatch(pattern, plain)
        if not found:
            return
        names.update(zip(groups, found.groups()))


def differs(case, lines, names):
    wanted = [line[2:] for line in case.lines if line.startswith("< ") or line == "<"] + [""]
    shown = [REPEAT.sub(lambda m: m.group(1) * int(m.group(2)), text_of(line)) for line in lines]
    for i in range(max(len(wanted), len(shown))):
        expected = wanted[i] if i < len(wanted) else None
        got = shown[i] if i < len(shown) else None
        if expected is None or got is None or not re.fullmatch(pattern_of(expected, names)[0], got):
            return f"line {i + 1}: expected {expected!r}, got {got!r}"
    return None


def named(line, numbers):
    """A recorded line, with names for the numbers of a cas."""
    found = re.fullmatch(r"(VALUE \S+ \d+ \d+ )(\d+)", line) or re.fullmatch(r"((?:HD|VA \d+)(?: \S+)*? c)(\d+)(.*)", line)
    if not found or found.group(2) == "0":
        return line
    name = numbers.setdefault(found.group(2), "n%d" % (len(numbers) + 1))
    return found.group(1) + "{cas:%s}" % name + "".join(found.groups()[2:])


def record(path, address):
    """Write the answers behind what was sent; those that are there already and fit stay as they are."""
    out = []
    for case in read_cases(path):
        flush(address)
        lines, names = answer_of(address, case)
        out.append(f"# {case.name}")
        if differs(case, lines, names):
            numbers = {number: name for name, number in names.items()}
            out += [line for line in case.lines if line[0] != "<"]
            out += [("< " + named(text_of(line), numbers)).rstrip() if line else "<" for line in lines[:-1]]
            if lines[-1]:
                sys.exit(f"{path}: {case.name}: an answer without an end: {lines[-1]!r}")
        else:
            out += case.lines
        out.append("")
    with open(path, "w", encoding="latin-1") as file:
        file.write("\n".join(out))


def main():
    if len(sys.argv) < 4 or sys.argv[1] not in ("compare", "record"):
        sys.exit(__doc__)
    address, failed, count = sys.argv[2], 0, 0
    for path in sys.argv[3:]:
        if sys.argv[1] == "record":
            record(path, address)
            continue
        for case in read_cases(path):
            flush(address)
            count += 1
            difference = differs(case, *answer_of(address, case))
            if difference:
                failed += 1
                print(f"{path}: {case.name}: {difference}")
    if sys.argv[1] == "compare":
        print(f"{count} cases, {failed} differ")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
