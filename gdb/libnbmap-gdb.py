"""nbmap in gdb: what a map, a domain and an entry look like from inside.

    nbmap map MAP           tables, how far they are left, how many slots in which state
    nbmap slots MAP [N]     each slot that is claimed or closed, of all tables or number N
    nbmap entry MAP KEY     where a key stands, and what a get would answer
    nbmap domain WHICH      a map's domain, or a domain: grace periods, garbage, limits

Memory is read, and no function of the program is called: so all of this works on a
live process, wherever its threads have stopped, and on a core dump.  What is read is
described by the library's debug info, and by what src/slot.h and src/key.h say of words.
"""

import struct

import gdb

# ---- Words: src/slot.h --------------------------------------------------------

KEY_EMPTY, KEY_CLOSED = 0, 1
PHASE = 3
OPEN, FROZEN, MOVED, CARRIED = range(4)
EMPTY, TOMB, VALUE_MIN = 0, 4, 8
LINE_SLOTS = 4
LINE_BYTES = LINE_SLOTS * 2 * 8
FLAVORS = ("bp", "qsbr", "memb", "mb")

# In the order in which they are counted.
STATES = (
    "VALUE",
    "TOMB",
    "EMPTY",
    "FROZEN",
    "SEALED_EMPTY",
    "SEALED_TOMB",
    "MOVED",
    "MOVED, CARRIED",
    "SEALED_EMPTY, CARRIED",
    "SEALED_TOMB, CARRIED",
    "CLOSED",
)


def payload_of(word):
    return word & ~PHASE


def has_value(word):
    return word >= VALUE_MIN


def state_of(word):
    """The name of a value word's state in slot.h's diagram."""
    removed = payload_of(word) == TOMB
    sealed = "SEALED_TOMB" if removed else "SEALED_EMPTY"
    phase = word & PHASE
    if phase == OPEN:
        return "VALUE" if has_value(word) else "TOMB" if removed else "EMPTY"
    if phase == FROZEN:
        return "FROZEN" if has_value(word) else sealed
    if phase == MOVED:
        return "MOVED"
    return ("MOVED" if has_value(word) else sealed) + ", CARRIED"


def show_value(word):
    """As the pointer that it is; nbmap_int() dresses integers as such."""
    payload = payload_of(word)
    return "0x%x, or the integer %d" % (payload, (payload >> 2) - 2)


def show_state(word):
    if has_value(word):
        return "%s %s" % (state_of(word), show_value(word))
    return state_of(word)


# ---- What is read -------------------------------------------------------------


def struct_type(name):
    try:
        found = gdb.lookup_type("struct " + name)
    except gdb.error:
        found = None
    if found is None or not found.strip_typedefs().fields():
        raise gdb.GdbError(
            "nbmap: the library has no debug info, so its structures are not known.\n"
            "Install that of its package (libnbmap0-dbgsym on Debian), or build it with -g."
        )
    return found


def number(value):
    """An integer or a pointer, atomic or not."""
    return int(value.cast(gdb.lookup_type("unsigned long")))


def pointed(value, name):
    """What a pointer points to, as a struct; None for NULL."""
    address = number(value)
    if address == 0:
        return None
    return at(address, name)


def at(address, name):
    return gdb.Value(address).cast(struct_type(name).pointer()).dereference()


def words_at(address, count):
    """`count` 64-bit words."""
    try:
        memory = gdb.selected_inferior().read_memory(address, count * 8)
    except gdb.MemoryError:
        raise gdb.GdbError("nbmap: 0x%x is not there: no map, or not in the core dump" % address)
    return struct.unpack("=%dQ" % count, bytes(memory))


def signed(value):
    """An unsigned difference that may be below 0 for a moment."""
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value


def sum_of(count):
    """nb_count_sum()."""
    total = number(count["first"]["added"]) - number(count["first"]["removed"])
    wide = pointed(count["wide"], "nb_stripes")
    while wide is not None:
        for i in range(number(wide["mask"]) + 1):
            stripe = wide["stripe"][i]
            for tally in (stripe["own"], stripe["shared"]):
                total += number(tally["added"]) - number(tally["removed"])
        wide = pointed(wide["older"], "nb_stripes")
    return signed(total)


def claims_of(claims):
    """nb_claims_sum()."""
    threads = number(claims["threads"])
    if threads == 0:
        total = number(claims["few"])
    else:
        total = sum(number(claims["shared"][i]["n"]) for i in range(number(claims["share_mask"]) + 1 + threads))
    return signed(total)


def function_at(pointer):
    address = number(pointer)
    block = gdb.block_for_pc(address) if address else None
    while block is not None and block.function is None:
        block = block.superblock
    return block.function.name if block is not None else ""


class Keys:
    """How words in key slots are read: src/key.h."""

    MASK = (1 << 64) - 1
    FIRST_FOLD = 30

    def __init__(self, keys):
        self.integer = str(keys["kind"]) == "NB_INTEGER"
        self.seed = number(keys["seed"])
        self.multiplier = [number(keys["multiplier"][i]) for i in range(2)]
        self.inverse = [number(keys["inverse"][i]) for i in range(2)]
        self.pointer_mask = number(keys["pointer_mask"])
        equal = "" if self.integer else function_at(keys["equal"])
        self.strings = equal == "string_equal"
        self.bytes = equal == "bytes_equal"

    def kind(self):
        if self.integer:
            return "integers"
        return "strings" if self.strings else "byte ranges" if self.bytes else "objects"

    def word_of_integer(self, integer):
        x = ((integer ^ self.seed) ^ (integer >> self.FIRST_FOLD)) * self.multiplier[0] & self.MASK
        return (x ^ (x >> 32)) * self.multiplier[1] & self.MASK

    def integer_of(self, word):
        x = word * self.inverse[1] & self.MASK
        x = ((x ^ (x >> 32)) * self.inverse[0] & self.MASK) ^ self.seed
        return x ^ (x >> self.FIRST_FOLD) ^ (x >> 2 * self.FIRST_FOLD)

    def pointer_of(self, word):
        return word & self.pointer_mask

    def text_of(self, word):
        """The bytes of a string; None if they are not there."""
        text = gdb.Value(self.pointer_of(word)).cast(gdb.lookup_type("char").pointer())
        try:
            return text.string("latin-1").encode("latin-1")
        except gdb.error:
            return None

    def show(self, word):
        if self.integer:
            return str(self.integer_of(word))
        pointer = "0x%x" % self.pointer_of(word)
        if self.strings:
            text = self.text_of(word)
            return pointer if text is None else '%s "%s"' % (pointer, quoted(text))
        return pointer


def quoted(text):
    shown = "".join(chr(c) if 32 <= c < 127 and c not in (34, 92) else "\\x%02x" % c for c in text[:80])
    return shown + ("..." if len(text) > 80 else "")


class Table:
    STEP = 16384  # lines read at a time

    def __init__(self, table):
        self.number = number(table["number"])
        self.lines = number(table["lines"])
        self.blocks = number(table["blocks"])
        self.used = claims_of(table["used"])
        self.first = number(table["line"])
        self.left = number(table["next"]) != 0
        self.swept = self.count_swept(table)

    def count_swept(self, table):
        words = (self.blocks + 63) // 64
        swept = table["swept"]
        if self.blocks <= 64:
            flags = (number(swept["word"]),)
        else:
            flags = words_at(number(swept["words"]), words)
        return sum(bin(flag).count("1") for flag in flags)

    def line(self, at):
        """(keys, values) of one line."""
        words = words_at(self.first + at * LINE_BYTES, 2 * LINE_SLOTS)
        return words[:LINE_SLOTS], words[LINE_SLOTS:]

    def slots(self):
        """(line, index, key, value) of all."""
        for start in range(0, self.lines, self.STEP):
            lines = min(self.STEP, self.lines - start)
            words = words_at(self.first + start * LINE_BYTES, lines * 2 * LINE_SLOTS)
            for at in range(lines):
                base = at * 2 * LINE_SLOTS
                for i in range(LINE_SLOTS):
                    yield start + at, i, words[base + i], words[base + LINE_SLOTS + i]

    def probe(self, word):
        """(line, index, value) of the integer key with that word, or None: as nb_table_seek()."""
        at = word * self.lines >> 64
        for _ in range(self.lines):
            keys, values = self.line(at)
            for i in range(LINE_SLOTS):
                if keys[i] == word:
                    return at, i, values[i]
                if keys[i] <= KEY_CLOSED:
                    return None
            at = (at + 1) % self.lines
        return None

    def search(self, matches):
        for line, i, key, value in self.slots():
            if key > KEY_CLOSED and matches(key):
                return line, i, value
        return None

    def show(self):
        text = "table %d: %d lines, %d slots, %d used" % (self.number, self.lines, self.lines * LINE_SLOTS, self.used)
        if self.left:
            text += ", being left: %d of %d blocks swept" % (self.swept, self.blocks)
        return text


class Map:
    def __init__(self, argument):
        struct_type("nb_map")
        value = gdb.parse_and_eval(argument)
        if value.type.strip_typedefs().code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
            value = value.address
        self.address = number(value)
        self.inside = at(self.address, "nb_map")
        try:
            self.keys = Keys(self.inside["keys"])
            self.top = pointed(self.inside["top"], "nb_table")
            if self.top is None:
                raise gdb.MemoryError()
            self.chain = pointed(self.top["chain"], "nb_chain")
            self.entries = sum_of(self.chain["live"])
        except (gdb.MemoryError, gdb.error):
            raise gdb.GdbError("nbmap: there is no map at 0x%x" % self.address)

    def tables(self):
        table = self.top
        while table is not None:
            yield Table(table)
            table = pointed(table["next"], "nb_table")

    def print_aside(self):
        """The integer keys that have no slot in a table."""
        for word in (KEY_EMPTY, KEY_CLOSED):
            value = number(self.chain["side"][word])
            if self.keys.integer and value != EMPTY:
                print("  aside: key %s %s" % (self.keys.show(word), show_state(value)))

    def show(self):
        return "map 0x%x: %d entries, keys are %s, %d migrations, domain 0x%x" % (
            self.address,
            self.entries,
            self.keys.kind(),
            number(self.inside["migrations"]),
            number(self.inside["domain"]),
        )


# ---- Commands -----------------------------------------------------------------


class Nbmap(gdb.Command):
    """Look into maps of nbmap."""

    def __init__(self):
        super().__init__("nbmap", gdb.COMMAND_DATA, prefix=True)


class Command(gdb.Command):
    def __init__(self, name):
        super().__init__("nbmap " + name, gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        if not argument:
            raise gdb.GdbError(self.__doc__)
        try:
            self.run(argument)
        except gdb.MemoryError as error:
            raise gdb.GdbError("nbmap: %s" % error)

    @staticmethod
    def split(argument, least):
        """Arguments as gdb separates them, quotes kept off."""
        words = gdb.string_to_argv(argument)
        if len(words) < least:
            raise gdb.GdbError("nbmap: too few arguments")
        return words


class ShowMap(Command):
    """nbmap map MAP: its tables, how far they are left, and how many slots in which state.
    MAP is a struct nbmap * or a struct nbmap_u64 *."""

    def run(self, argument):
        shown = Map(argument)
        print(shown.show())
        shown.print_aside()
        for table in shown.tables():
            count = dict.fromkeys(STATES, 0)
            free = 0
            for _, _, key, value in table.slots():
                if key == KEY_EMPTY:
                    free += 1
                elif key == KEY_CLOSED:
                    count["CLOSED"] += 1
                else:
                    count[state_of(value)] += 1
            print("  " + table.show())
            for state in STATES:
                if count[state]:
                    print("    %7d %s" % (count[state], state))
            print("    %7d not claimed" % free)


class ShowSlots(Command):
    """nbmap slots MAP [N]: each slot that is claimed or closed, of all tables or number N.
    A line each: the table's line, the slot in it, its key, the name of its state (src/slot.h), its value."""

    def run(self, argument):
        words = self.split(argument, 1)
        shown = Map(words[0])
        wanted = number(gdb.parse_and_eval(words[1])) if len(words) > 1 else None
        print(shown.show())
        if wanted is None:
            shown.print_aside()
        for table in shown.tables():
            if wanted is not None and wanted != table.number:
                continue
            print("  " + table.show())
            for line, i, key, value in table.slots():
                if key == KEY_CLOSED:
                    print("    %d.%d CLOSED" % (line, i))
                elif key != KEY_EMPTY:
                    print("    %d.%d key %s %s" % (line, i, shown.keys.show(key), show_state(value)))


class ShowEntry(Command):
    """nbmap entry MAP KEY: where a key stands, and what a get would answer.
    KEY is an integer; in a map of strings also a string or a char *, compared by what it says; else the pointer
    that the map keeps, which is that of a copy where its type has a key_dup."""

    def run(self, argument):
        words = gdb.string_to_argv(argument)
        if len(words) < 2:
            raise gdb.GdbError(self.__doc__)
        shown = Map(words[0])
        # Of the rest as it stands: gdb's own quotes make a string.
        key = gdb.parse_and_eval(argument.strip()[self.length_of_first(argument.strip()) :].strip())
        if shown.keys.integer:
            found = self.of_integer(shown, number(key) & Keys.MASK)
        else:
            found = self.of_object(shown, key)
        answer = EMPTY
        for where, value in found:
            print("  %s: %s" % (where, show_state(value)))
            # As src/ops.h says of a get: a payload is the answer, unless a later table has another.
            if payload_of(value) != EMPTY:
                answer = payload_of(value) if has_value(value) else EMPTY
            if value & PHASE == OPEN:
                break
        print("value: " + (show_value(answer) if answer else "none"))

    @staticmethod
    def length_of_first(argument):
        """Of the first argument in it, quotes and backslashes included."""
        quote, escaped = None, False
        for at, character in enumerate(argument):
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif quote:
                quote = None if character == quote else quote
            elif character in "'\"":
                quote = character
            elif character.isspace():
                return at
        return len(argument)

    @staticmethod
    def of_integer(shown, integer):
        word = shown.keys.word_of_integer(integer)
        if word <= KEY_CLOSED:
            yield "aside", number(shown.chain["side"][word])
            return
        for table in shown.tables():
            place = table.probe(word)
            if place:
                yield "table %d, slot %d.%d" % (table.number, place[0], place[1]), place[2]

    @staticmethod
    def of_object(shown, key):
        kind = key.type.strip_typedefs()
        text = None
        if kind.code in (gdb.TYPE_CODE_ARRAY, gdb.TYPE_CODE_PTR) and shown.keys.strings:
            if kind.target().strip_typedefs().sizeof == 1 and kind.target().strip_typedefs().code == gdb.TYPE_CODE_INT:
                text = key.string("latin-1").encode("latin-1")
        if text is None and kind.code == gdb.TYPE_CODE_ARRAY:
            raise gdb.GdbError("nbmap: keys of this map are found by their pointers only")
        pointer = None if text is not None else number(key) & shown.keys.pointer_mask

        def matches(word):
            if text is None:
                return shown.keys.pointer_of(word) == pointer
            return shown.keys.text_of(word) == text

        for table in shown.tables():
            place = table.search(matches)
            if place:
                yield "table %d, slot %d.%d" % (table.number, place[0], place[1]), place[2]


class ShowDomain(Command):
    """nbmap domain WHICH: grace periods, garbage and limits of a map's domain, or of a domain.
    WHICH is a struct nbmap_domain *, or a map."""

    def run(self, argument):
        struct_type("nbr_domain")
        value = gdb.parse_and_eval(argument)
        target = value.type.strip_typedefs()
        name = target.target().unqualified().strip_typedefs().tag if target.code == gdb.TYPE_CODE_PTR else None
        if name in ("nbmap_domain", "nbr_domain"):
            address = number(value)
        else:
            address = number(Map(argument).inside["domain"])
        domain = at(address, "nbr_domain")
        stripes = [domain["stripes"][i] for i in range(number(domain["stripe_mask"]) + 1)]
        counts = [domain["direct"]] + [stripe["counts"] for stripe in stripes]
        direct = number(domain["direct"]["queued_objects"])
        retired = direct + sum(number(stripe["retired"]) for stripe in stripes)
        freed, freed_bytes = (sum(number(one[name]) for one in counts) for name in ("freed_objects", "freed_bytes"))
        queued_bytes = sum(number(one["queued_bytes"]) for one in counts)
        begun, ended = number(domain["clock"]["begun"]), number(domain["clock"]["ended"])
        print(
            "domain 0x%x: flavour %s, %d users, %s, %s"
            % (
                address,
                FLAVORS[number(domain["flavor"])],
                number(domain["users"]),
                "shared" if domain["shared"] else "not shared",
                "with threads" if domain["threaded"] else "without threads",
            )
        )
        under_way = ", number %d under way" % begun if begun != ended else ""
        print("  grace periods: %d have ended%s" % (ended, under_way))
        print(
            "  garbage: %d objects wait, %d bytes; %d objects freed, %d bytes"
            % (
                signed(retired - freed),
                signed(queued_bytes - freed_bytes),
                freed,
                freed_bytes,
            )
        )
        print("  limits: %d objects, %d bytes" % (number(domain["limit_objects"]), number(domain["limit_bytes"])))
        for i, stripe in enumerate(stripes):
            if number(stripe["oldest"]):
                print("  stripe %d: the oldest waits for grace period %d" % (i, number(stripe["oldest"])))


Nbmap()
ShowMap("map")
ShowSlots("slots")
ShowEntry("entry")
ShowDomain("domain")
