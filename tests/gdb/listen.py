"""Run in gdb on tests/gdb/probed.c: listens to the probes named in `probes`, and compares
what is passed with what the program says must be.

    gdb -batch -ex 'python work = "DIRECTORY"' -ex 'python probes = {"NAME": ARGUMENTS}' -x listen.py PROGRAM
"""

import os
import sys
import traceback

import gdb

said = os.path.join(work, "said")
failures = 0
passed = []


def fail(text):
    global failures
    failures += 1
    print("listen.py: " + text)


class Listener(gdb.Breakpoint):
    def __init__(self, name):
        super().__init__("-probe-stap nbmap:" + name, internal=True)
        self.name = name

    def stop(self):
        arguments = int(gdb.parse_and_eval("$_probe_argc"))
        if arguments != probes[self.name]:
            fail("%s has %d arguments" % (self.name, arguments))
        values = [int(gdb.parse_and_eval("$_probe_arg%d" % i)) for i in range(arguments)]
        passed.append((self.name, values))
        return False


def agree(values, wanted):
    """Arguments from the second on."""
    if len(values) != len(wanted):
        return False
    for i, (value, want) in enumerate(zip(values, wanted)):
        if want == ">":
            right = value > values[i - 1]
        elif want[0] == "+":
            right = value >= int(want[1:])
        else:
            right = value == int(want)
        if not right:
            return False
    return True


def check():
    pointers = {}
    musts = 0
    with open(said, encoding="ascii") as lines:
        for line in lines:
            words = line.split()
            if words[0] != "must":
                pointers[words[1]] = int(words[2], 16)
                continue
            musts += 1
            name, first, rest = words[1], pointers[words[2]], words[3:]
            if not any(probe == name and values[0] == first and agree(values[1:], rest) for probe, values in passed):
                fail("%s: but there was %s" % (line.strip(), [v for p, v in passed if p == name][:5]))
    for name in probes:
        times = sum(probe == name for probe, _ in passed)
        print("%s: passed %d times" % (name, times))
        if not times:
            fail("nobody has passed %s" % name)
    print("%d musts" % musts)


try:
    gdb.execute("set width 0")
    gdb.execute("break main", to_string=True)
    try:
        gdb.execute("run >'%s'" % said)
    except gdb.error as error:
        print("listen.py: gdb cannot run a program here: %s" % error)
        gdb.execute("quit 77")
    listeners = [Listener(name) for name in probes]
    gdb.execute("continue")
    if int(gdb.parse_and_eval("$_exitcode")) != 0:
        fail("the program has failed")
    check()
except Exception:
    fail(traceback.format_exc())
sys.stdout.flush()
gdb.execute("quit %d" % (failures != 0))
