#!/bin/sh
# The manual pages: what the generator makes of the header now, without warnings of mandoc, with prototypes that agree
# with the header's for the compiler; and installed, every public name answers.  Then mistakes are made on purpose,
# which the generator must notice.
# Usage: man.sh PERL MANDOC NM COMPILER CMAKE SOURCE_DIRECTORY BUILD_DIRECTORY LIBRARY
set -u

perl=$1 mandoc=$2 nm=$3 cc=$4 cmake=$5 source=$6 build=$7 library=$8
man=$source/doc/man
header=$source/include/nbmap.h
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
failures=0

fail()
{
	echo "$*"
	failures=$((failures + 1))
}

generate()
{
	"$perl" "$man/generate.pl" "$@"
}

# ---- In step with the header ----

generate --check || fail "the pages are not what the header says"

# The synopses, as declarations: the compiler compares them with the header's.
{
	echo '#include <nbmap.h>'
	awk '
		function bare(text) { sub(/^\.F[tao] /, "", text); gsub(/^"|"$/, "", text); return text }
		/^\.Sh / { synopsis = /SYNOPSIS/ }
		!synopsis { next }
		/^\.Ft / { type = bare($0) }
		/^\.Fo / { call = bare($0); params = "" }
		/^\.Fa / { params = params (params == "" ? "" : ", ") bare($0) }
		/^\.Fc/ { print type " " call "(" params ");" }
	' "$man"/man3/*.3
} >"$work/synopses.c"
"$cc" -std=c11 -fsyntax-only -Werror -I"$source/include" "$work/synopses.c" ||
	fail "prototypes that differ from the header's"

# ---- Well formed ----

"$mandoc" -Tlint -Wwarning "$man"/man3/*.3 "$man"/man7/*.7 || fail "mandoc complains"

# ---- Installed: a page for every name of the header, and every symbol of the library ----

"$cmake" --install "$build" --prefix "$work/prefix" --component doc >/dev/null || fail "no installation"
page=$(find "$work/prefix" -name nbmap_put.3)
pages=${page%/man3/nbmap_put.3}
generate --names >"$work/names"
"$nm" -D --defined-only "$library" | awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' >"$work/symbols"
[ "$(wc -l <"$work/symbols")" -gt 50 ] || fail "the library has few symbols"
while read -r name; do
	if [ ! -s "$pages/man3/$name.3" ]; then
		fail "man $name finds nothing"
		continue
	fi
	target=$(sed -n 's/^\.so //p' "$pages/man3/$name.3")
	target=$pages/${target:-man3/$name.3}
	grep -q "^\.Nm $name\( ,\)\{0,1\}\$" "$target" || fail "man $name leads to a page for something else: $target"
done <<LIST
$(sort -u "$work/names" "$work/symbols")
LIST
while read -r name; do
	grep -q "[ *]$name(" "$work/synopses.c" || fail "no synopsis has $name"
done <"$work/symbols"

# ---- It notices ----

[ "$failures" -eq 0 ] || exit 1

# notices TEXT ARGUMENT...: the check fails and says TEXT.
notices()
{
	text=$1
	shift
	if generate --check "$@" >"$work/said" 2>&1; then
		fail "not noticed: $text"
	else
		grep -qF -- "$text" "$work/said" || fail "no \"$text\" in: $(cat "$work/said")"
	fi
}

# changed SCRIPT: a header changed by sed.
changed()
{
	sed "$1" "$header" >"$work/changed.h"
	! cmp -s "$header" "$work/changed.h" || fail "the header has nothing to change by $1"
}

changed 's/nbmap_count(struct nbmap \*map)/nbmap_count(struct nbmap *map, int exact)/'
notices 'man3/nbmap_count.3 is not what the header says' --header "$work/changed.h"
changed 's|^#define NBMAP_INT_MAX .*|&\n\n/* New.  [anywhere] */\nNBMAP_API void nbmap_unheard_of(void);|'
notices 'nbmap_unheard_of has no page' --header "$work/changed.h"
changed 's/-ENOBUFS/-ENOSPC/g'
notices '-ENOBUFS, which the header does not name' --header "$work/changed.h"
changed 's/\[outside\]/[anywhere]/g'
notices 'man3/nbmap_synchronize.3 is not what the header says' --header "$work/changed.h"

# copied: the pages as they are, to be damaged.
copied()
{
	rm -rf "$work/copy"
	mkdir "$work/copy"
	cp -r "$man/man3" "$man/man7" "$work/copy"
}

copied
rm "$work/copy/man3/nbmap_put.3"
notices 'man3/nbmap_put.3 is missing' --into "$work/copy"
copied
cp "$man/man3/nbmap_put.3" "$work/copy/man3/nbmap_store.3"
notices 'man3/nbmap_store.3 is no page' --into "$work/copy"
copied
sed '/^\.It Er .*ENOMEM/d' "$man/man3/nbmap_put.3" >"$work/copy/man3/nbmap_put.3"
notices 'man3/nbmap_put.3 is not what the header says' --into "$work/copy"
copied
generate --check --into "$work/copy" || fail "undamaged pages are refused"

[ "$failures" -eq 0 ]
