#!/bin/sh
# The probes of the guide's table: a name and a number of arguments a line, sorted.
# Usage: documented.sh PAGE
awk -F' *[|] *' '$2 ~ /^`[a-z_]+`$/ {
	arguments = 0
	for (i = 4; i < NF; i++)
		arguments += $i != ""
	gsub("`", "", $2)
	print $2, arguments
}' "$1" | sort
