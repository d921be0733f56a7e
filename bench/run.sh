#!/usr/bin/env bash
# Build nbmap-wordcount and run the main job, verified: all words below
# /usr/include.  Installs what is missing on Debian; see scripts/packages.sh.
# Usage: bench/run.sh [ARGUMENT...]
#   Arguments go to nbmap-wordcount: build/bench/bench/wordcount/nbmap-wordcount --help
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/packages.sh
show_help bench/run.sh "$@"

need cmake make gcc libc6-dev pkg-config liburcu-dev
build bench nbmap-wordcount
say "running nbmap-wordcount --verify $*"
build/bench/bench/wordcount/nbmap-wordcount --verify "$@"
