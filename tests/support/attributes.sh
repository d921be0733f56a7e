#!/bin/sh
# What the header has compilers check: results that are dropped, and maps that are NULL.
# Usage: attributes.sh CC CXX INCLUDE
set -eu

cc=$1
cxx=$2
include=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# compiles STATEMENT [OPTION]: in C and in C++; the second half of the messages is C++'s.
compiles()
{
	printf '#include <nbmap.h>\nint f(struct nbmap *map, struct nbmap_u64 *numbers, void *object);\n' >"$work/try.c"
	printf 'int f(struct nbmap *map, struct nbmap_u64 *numbers, void *object)\n{\n' >>"$work/try.c"
	printf '\t(void)map; (void)numbers; (void)object;\n\t%s\n\treturn 0;\n}\n' "$1" >>"$work/try.c"
	: >"$work/message"
	if "$cc" -std=c11 -Wall -Wextra -Wpedantic -Wredundant-decls -Werror ${2:+"$2"} -I"$include" -c -o /dev/null \
		"$work/try.c" 2>>"$work/message"; then
		in_c=yes
	else
		in_c=no
	fi
	if "$cxx" -std=c++11 -x c++ -Wall -Wextra -Wpedantic -Wredundant-decls -Werror ${2:+"$2"} -I"$include" \
		-c -o /dev/null "$work/try.c" 2>>"$work/message"; then
		in_cxx=yes
	else
		in_cxx=no
	fi
	[ "$in_c" = "$in_cxx" ] || { echo "attributes.sh: in C $in_c, in C++ $in_cxx: $1"; cat "$work/message"; exit 1; }
	[ "$in_c" = yes ]
}

while read -r right; do
	compiles "$right" || { echo "attributes.sh: does not compile: $right"; cat "$work/message"; exit 1; }
done <<'END'
nbmap_put(map, "key", object, NULL);
nbmap_u64_del(numbers, 1, NULL);
nbmap_clear(map);
nbmap_destroy(map);
nbmap_destroy(NULL);
nbmap_domain_destroy(NULL);
nbmap_put(map, NULL, object, NULL);
nbmap_reclaim(map);
nbmap_barrier(map);
if (nbmap_new(NULL, NULL)) return 1;
END

# A warning, and what it is of.
while read -r warning wrong; do
	if compiles "$wrong"; then
		echo "attributes.sh: compiles without a word: $wrong"
		exit 1
	fi
	[ "$(grep -c -e "$warning" "$work/message")" -ge 2 ] || {
		echo "attributes.sh: is not warned of by $warning: $wrong"
		cat "$work/message"
		exit 1
	}
	# The library itself is built so.
	compiles "$wrong" -DNBMAP_BUILDING || { echo "attributes.sh: is warned of in the library: $wrong"; exit 1; }
done <<'END'
unused-result nbmap_new(&map, NULL);
unused-result nbmap_u64_new(&numbers, NULL);
unused-result nbmap_iter_init(map, (struct nbmap_iter *)object);
unused-result nbmap_u64_synchronize(numbers);
unused-result nbmap_retire(map, object, NULL, NULL);
unused-result nbmap_u64_get_or_add(numbers, 1, NULL, NULL, &object);
unused-result nbmap_thread_register(NBMAP_QSBR);
unused-result nbmap_before_fork();
unused-result nbmap_domain_new(NULL, NULL);
nonnull nbmap_put(NULL, "key", object, NULL);
nonnull nbmap_u64_enter(NULL);
nonnull nbmap_domain_leave(NULL);
nonnull { struct nbmap_iter i; uint64_t key; if (nbmap_u64_iter_next(&i, &key, NULL)) return 1; }
END

# Everything that the header declares with a map or a domain first is in one of the lists.
sed -n 's/^NBMAP_API .*[ *]nbmap_\([a-z0-9_]*\)(struct nbmap\(_u64\|_domain\|\) \*[a-z]*[,)].*/\1/p' \
	"$include/nbmap.h" | sed 's/^u64_//' | sort -u | grep -vx 'destroy\|domain_destroy' |
	while read -r name; do
		grep -qE "^NBMAP_(SOME_\($name\)|DECLARE_\(nbmap_$name, nonnull)" "$include/nbmap.h" || {
			echo "attributes.sh: nobody says that the map of $name is not NULL"
			exit 1
		}
	done
