#!/bin/sh
# nbcached's source is an example: it includes the library's public header and its own files only, each
# file is below 400 lines and opens with what it is, and nbcached.c names all of them.
# Usage: source.sh DIRECTORY
set -u
cd "$1" || exit 99
failed=0

complain()
{
	echo "$1"
	failed=1
}

for file in *.c *.h; do
	[ "$(wc -l <"$file")" -lt 400 ] || complain "$file: 400 lines or more"
	head -n 2 "$file" | grep -q "${file%.*}" || complain "$file: does not open with what it is"
	sed -n '/^ \* Files/,/\*\//p' nbcached.c | grep -qw "${file%.*}" || complain "nbcached.c: $file is not in its list"
	for header in $(sed -n 's/^#[ 	]*include[ 	]*"\(.*\)".*/\1/p' "$file"); do
		case $header in
		*/*) complain "$file: includes $header, of another directory" ;;
		*) [ -f "$header" ] || [ -f "$header.in" ] || complain "$file: includes $header, which is not here" ;;
		esac
	done
	for header in $(sed -n 's/^#[ 	]*include[ 	]*<\(.*nbmap.*\|.*\.\.\/.*\|urcu.*\)>.*/\1/p' "$file"); do
		[ "$header" = nbmap.h ] || complain "$file: includes <$header>"
	done
done
for word in THREADS SECTIONS OWNERSHIP MEMORY; do
	grep -q "^ \* $word\." nbcached.c || complain "nbcached.c: does not say anything of $word"
done
exit "$failed"
