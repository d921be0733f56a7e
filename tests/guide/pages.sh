#!/bin/sh
# Are the pages well formed, and are the programs that were built those that stand in them?
# Usage: pages.sh LIST PAGE...   LIST: what snippets.awk said when they were built
set -u

list=$1
shift
found=$(awk -f "$(dirname "$0")/snippets.awk" -v want=list "$@") || exit 1
printf '%s\n' "$found" | diff -u --label "programs that are built" --label "programs on the pages" "$list" -
