#!/bin/sh
# What the pages lead to exists: the files that they link to, and those of the project that they name by a path, from
# its folder or from their own.
# Usage: documents.sh SOURCE_DIRECTORY
set -eu

cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# missing PAGE...: what the pages lead to and is not there.
missing()
{
	for page; do
		sed '/^```/,/^```/d' "$page" | grep -oE '\]\([^)#]+' | sed 's/^](//' | grep -vE '^[a-z]+:' | while read -r link; do
			[ -e "$(dirname "$page")/$link" ] || echo "$page: link to $link"
		done
		grep -oE '`(src|reclaim|include|doc|bench|tests|cmake|scripts|gdb)/[A-Za-z0-9_./-]+`' "$page" | tr -d '`' |
			while read -r name; do
				[ -e "$name" ] || [ -e "$(dirname "$page")/$name" ] || echo "$page: $name"
			done
	done
}

find . -name '*.md' -not -path './build/*' -not -path './.*/*' | sort >"$work/pages"
[ "$(wc -l <"$work/pages")" -gt 5 ] || { echo "documents.sh: hardly any pages in $1"; exit 1; }
while read -r page; do
	missing "$page"
done <"$work/pages" >"$work/missing"

# It notices.
printf '%s\n' 'A [page](nowhere.md), `src/slot.h` and `src/nothing.h`.' >"$work/page.md"
[ "$(missing "$work/page.md" | wc -l)" -eq 2 ] || { echo "documents.sh: two gaps are not seen"; exit 1; }

cat "$work/missing"
[ ! -s "$work/missing" ]
