"""Run in gdb on tests/gdb/scene.c, live or on a core dump: what the program says is to be
seen is shown by the commands of gdb/libnbmap-gdb.py.

    gdb -batch -ex 'python work = "DIRECTORY"' -ex 'python live = True' -x scenes.py PROGRAM
"""

import os
import re
import sys
import traceback

import gdb

said = os.path.join(work, "said")
core = os.path.join(work, "core")
failures = 0
seen = 0


def fail(text):
    global failures
    failures += 1
    print("scenes.py: " + text)


def ask(command):
    return gdb.execute("nbmap " + command, to_string=True)


def refused(command, why):
    """It is answered by a message, and not by gdb's trace of a script."""
    try:
        print(ask(command))
        fail("%s is answered" % command)
    except gdb.error as error:
        if not re.search(why, str(error)):
            fail("%s: %s" % (command, error))


def key_as_shown(name, key):
    return '0x[0-9a-f]+ "%s"' % key if name == "strings" else key


def key_as_written(name, key):
    return {"strings": '"%s"', "pointers": "(void *) %s"}.get(name, "%s") % key


def check(line):
    global seen
    _, name, what, rest = line.split(" ", 3)
    if what == "state":
        shown, wanted = ask("map " + name), r"^ +[1-9][0-9]* %s$" % rest
    else:
        key, rest = rest.split(" ", 1)
        if what == "slot":
            shown = ask("slots " + name)
            wanted = r" key %s %s( 0x[0-9a-f]+, or the integer \d+)?$" % (key_as_shown(name, key), rest)
        else:
            shown = ask("entry %s %s" % (name, key_as_written(name, key)))
            wanted = r"^value: none$" if what == "none" else r"^value: 0x[0-9a-f]+, or the integer %s$" % rest
    if not re.search(wanted, shown, re.M):
        fail("%s: not shown:\n%s" % (line, shown))
    seen += 1


def check_scene():
    """Of the program where it stands."""
    scene = gdb.parse_and_eval("scene").string()
    with open(said, encoding="ascii") as lines:
        for line in lines:
            if line.startswith(scene + " "):
                check(line.strip("\n"))
    for name in ("integers", "strings", "pointers"):
        shown = ask("map " + name)
        entries = int(re.search(r"(\d+) entries", shown)[1])
        values = sum(int(n) for n in re.findall(r"^ +(\d+) (?:VALUE|FROZEN)$", shown, re.M)) + shown.count("aside:")
        if entries != values:
            fail("%s, %s: not as many values as entries:\n%s" % (scene, name, shown))
        tables = shown.count("table ")
        if tables != (2 if scene == "migrating" else 1):
            fail("%s, %s: %d tables" % (scene, name, tables))
        domain = ask("domain " + name)
        if not re.search(r"flavour bp, 3 users, shared, without threads", domain):
            fail("%s: %s" % (scene, domain))
    print("scene %s: %d lines seen so far" % (scene, seen))
    return scene


def watch():
    """The program, from scene to scene."""
    gdb.execute("break at_scene")
    try:
        gdb.execute("run >'%s'" % said)
    except gdb.error as error:
        print("scenes.py: gdb cannot run a program here: %s" % error)
        gdb.execute("quit 77")
    scenes = []
    while gdb.selected_inferior().pid:
        gdb.execute("up", to_string=True)
        scenes.append(check_scene())
        if scenes[-1] == "migrating":
            refused("map", "MAP")
            refused("map 0", "no map at 0x0")
            refused("map 16", "no map at 0x10")
            refused("map no_such_variable", "no_such_variable")
            refused("entry integers", "KEY")
            refused('entry pointers "text"', "by their pointers")
            gdb.execute("generate-core-file " + core, to_string=True)
        gdb.execute("continue")
    if scenes != ["filled", "migrating", "settled"]:
        fail("scenes: %s" % scenes)


def look_back():
    """At the core dump."""
    gdb.execute("core-file " + core)
    if check_scene() != "migrating":
        fail("not the scene that was dumped")


try:
    gdb.execute("set width 0")
    gdb.execute("set confirm off")
    if live:
        watch()
    else:
        look_back()
    if seen < (200 if live else 20):
        fail("only %d lines" % seen)
except Exception:
    fail(traceback.format_exc())
sys.stdout.flush()
gdb.execute("quit %d" % (failures != 0))
