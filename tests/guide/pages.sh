#!/bin/sh
# Are the pages well formed, are the programs that were built those that stand in them, and is there a file at the end
# of each link from one to another?  Does the index of the guide have each of its pages?
# Usage: pages.sh LIST INDEX PAGE...   LIST: what snippets.awk said when they were built
set -u

list=$1 index=$2
shift 2
failed=0

found=$(awk -f "$(dirname "$0")/snippets.awk" -v want=list "$@") || failed=1
printf '%s\n' "$found" | diff -u --label "programs that are built" --label "programs on the pages" "$list" - || failed=1

# The files that a page has links to, but for its pieces of code.
links()
{
	awk '/^[ \t]*```/ { code = !code } !code' "$1" | grep -o ']([^)#:]*[)#]' | sed 's/^](//; s/[)#]$//' | sort -u
}

for page; do
	for link in $(links "$page"); do
		if [ ! -e "$(dirname "$page")/$link" ]; then
			echo "$page: there is no $link"
			failed=1
		fi
	done
	[ "$page" = "$index" ] || [ "$(dirname "$page")" != "$(dirname "$index")" ] ||
		links "$index" | grep -qx "$(basename "$page")" || {
		echo "$index: $(basename "$page") is missing"
		failed=1
	}
done
exit "$failed"
