#!/usr/bin/env bash
# Build nbmap-wordcount and run the main job, verified: all words below
# /usr/include.  Arguments are passed on.  Installs what is missing on Debian;
# see scripts/packages.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/packages.sh

need cmake make gcc libc6-dev pkg-config liburcu-dev
build bench nbmap-wordcount
say "running nbmap-wordcount --verify $*"
build/bench/bench/wordcount/nbmap-wordcount --verify "$@"
