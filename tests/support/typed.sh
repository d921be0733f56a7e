#!/bin/sh
# Typed maps: what must not compile does not, and a call costs what nbmap.h's costs.
# Usage: typed.sh CC CXX INCLUDE
set -eu

cc=$1
cxx=$2
include=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
strict="-std=c11 -Wall -Wextra -Wpedantic -Wcast-qual -Wconversion -Wstrict-aliasing=1 -Wunused -Werror -I$include"

head='
#include <nbmap_typed.h>
struct person { int age; };
struct place { int height; };
NBMAP_TYPED(people, char, struct person);
NBMAP_TYPED(places, char, struct place);
NBMAP_TYPED_INT(ages, struct nbmap_bytes);
NBMAP_TYPED_U64(pages, int, struct person);
int update(const char *key, struct person *current, struct person **value, void *arg);
struct person *create(const char *key, void *arg);
int page_update(int key, struct person *current, struct person **value, void *arg);
void f(struct people *people, struct places *places, struct ages *ages, struct pages *pages, struct person *person,
       struct place *place, const char *name);
void f(struct people *people, struct places *places, struct ages *ages, struct pages *pages, struct person *person,
       struct place *place, const char *name)
{
	(void)people; (void)places; (void)ages; (void)pages; (void)person; (void)place; (void)name;
'

# compiles STATEMENTS
compiles()
{
	printf '%s\n%s\n}\n' "$head" "$1" >"$work/try.c"
	# shellcheck disable=SC2086
	"$cc" $strict -O2 -c -o "$work/try.o" "$work/try.c" 2>"$work/message"
}

while read -r right; do
	compiles "$right" || { echo "typed.sh: does not compile: $right"; cat "$work/message"; exit 1; }
done <<'END'
people_put(people, name, person, NULL);
people_update(people, name, update, NULL, &person);
if (people_get_or_add(people, name, create, NULL, &person)) return;
if (pages_update(pages, 7, page_update, NULL, &person)) return;
{ uint64_t age; if (!ages_del(ages, &(struct nbmap_bytes){"x", 1}, &age)) return; }
{ struct people_iter i; if (people_iter_init(people, &i)) return; while (people_iter_next(&i, &name, &person)) continue; }
{ const struct person *expected = person; people_del_if(people, name, expected, NULL); }
END

while read -r wrong; do
	if compiles "$wrong"; then
		echo "typed.sh: compiles, and should not: $wrong"
		exit 1
	fi
	grep -qE 'incompatible|makes (pointer|integer)|implicit declaration|undeclared function|unused-result' "$work/message" || {
		echo "typed.sh: does not compile, for another reason than its types, or a result: $wrong"
		cat "$work/message"
		exit 1
	}
done <<'END'
people_put(people, name, place, NULL);
people_put(people, person, person, NULL);
people_put(people, 7, person, NULL);
people_put(people, name, nbmap_int, NULL);
people_put(people, name, person, &place);
people_put(people, name, 7, NULL);
people_put(places, name, person, NULL);
people_put(people_map(people), name, person, NULL);
place = people_get(people, name);
person = pages_get(pages, name);
person = ages_get(ages, &(struct nbmap_bytes){"x", 1});
ages_put(ages, &(struct nbmap_bytes){"x", 1}, person, NULL);
ages_put(ages, name, 7, NULL);
people_replace(people, name, place, person, NULL);
people_del_if(people, name, place, NULL);
people_update(places, name, update, NULL, NULL);
places_update(places, name, update, NULL, NULL);
pages_update(pages, 7, update, NULL, NULL);
if (places_get_or_add(places, name, create, NULL, NULL)) return;
{ void *any; people_del(people, name, &any); }
{ struct places_iter i; if (people_iter_init(people, &i)) return; }
{ struct people_iter i; if (people_iter_init(people, &i)) return; people_iter_next(&i, &name, &place); }
{ struct people_iter i; int number; if (people_iter_init(people, &i)) return; people_iter_next(&i, &number, &person); }
{ struct nbmap_entry e[32]; struct nbmap_cursor c = {0}; if (people_scan(people, &c, e, 32)) return; }
{ static struct people_entry e; place = people_entry_value(&e); }
{ const char *keys[1] = {name}; struct place *values[1]; people_get_batch(people, keys, values, 1); }
people_add_int(people, name, 1, NULL);
people_get_or_add(people, name, create, NULL, &person);
ages_synchronize(ages);
END

# The header's example, as it stands.
{
	printf '#include <stdio.h>\n#include <nbmap_typed.h>\nstruct person { const char *town; };\n'
	sed -n '/^ \* Example:/,/^ \* What a NAME/s/^ \*     //p' "$include/nbmap_typed.h"
} >"$work/example.c"
grep -q people_put "$work/example.c" || { echo "typed.sh: there is no example"; exit 1; }
# shellcheck disable=SC2086
"$cc" $strict -c -o "$work/example.o" "$work/example.c"

# A call is the call of nbmap.h: functions that make one are alike, instruction by instruction.
cat >"$work/cost.c" <<'END'
#include <nbmap_typed.h>
struct person { int age; };
NBMAP_TYPED(people, char, struct person);
NBMAP_TYPED_INT(ages, char);
NBMAP_TYPED_U64(pages, int64_t, struct person);
#define TWICE(name, result, parameters, typed, plain)                                                              \
	result typed_##name parameters;                                                                            \
	result plain_##name parameters;                                                                            \
	result typed_##name parameters { return typed; }                                                           \
	result plain_##name parameters { return plain; }
TWICE(get, struct person *, (struct people *map, const char *key), people_get(map, key),
      nbmap_get((struct nbmap *)map, key))
TWICE(put, int, (struct people *map, const char *key, struct person *value), people_put(map, key, value, NULL),
      nbmap_put((struct nbmap *)map, key, value, NULL))
TWICE(del, int, (struct people *map, const char *key), people_del(map, key, NULL),
      nbmap_del((struct nbmap *)map, key, NULL))
TWICE(get_int, uint64_t, (struct ages *map, const char *key), ages_get(map, key),
      nbmap_int_of(nbmap_get((struct nbmap *)map, key)))
TWICE(put_int, int, (struct ages *map, const char *key, uint64_t value), ages_put(map, key, value, NULL),
      nbmap_put((struct nbmap *)map, key, nbmap_int(value), NULL))
TWICE(add_int, int, (struct ages *map, const char *key), ages_add_int(map, key, 1, NULL),
      nbmap_add_int((struct nbmap *)map, key, 1, NULL))
TWICE(get_u64, struct person *, (struct pages *map, int64_t key), pages_get(map, key),
      nbmap_u64_get((struct nbmap_u64 *)map, (uint64_t)key))
TWICE(count, size_t, (struct people *map), people_count(map), nbmap_count((struct nbmap *)map))
END
"$cc" -std=c11 -O2 -I"$include" -S -o "$work/cost.s" "$work/cost.c"
# body FUNCTION: its instructions, without labels and directives.
body()
{
	sed -n "/^$1:/,/\.size[[:space:]]*$1/p" "$work/cost.s" | grep -E '^[[:space:]]+[a-z]'
}
for name in get put del get_int put_int add_int get_u64 count; do
	[ -n "$(body "plain_$name")" ] || { echo "typed.sh: no code of plain_$name"; exit 1; }
	if [ "$(body "typed_$name")" != "$(body "plain_$name")" ]; then
		echo "typed.sh: a typed $name costs something:"
		body "typed_$name"
		body "plain_$name"
		exit 1
	fi
done

# C++ is told where to go.
echo '#include <nbmap_typed.h>' >"$work/try.cc"
if "$cxx" -fsyntax-only -I"$include" "$work/try.cc" 2>"$work/message"; then
	echo "typed.sh: compiles as C++"
	exit 1
fi
grep -q 'nbmap.hpp' "$work/message" || { cat "$work/message"; exit 1; }
