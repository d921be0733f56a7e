#!/bin/sh
# Prints the first C program of a Markdown file.
# Usage: readme_example.sh FILE
set -eu
sed -n -e '1,/^```c$/d' -e '/^```$/q' -e p "$1"
