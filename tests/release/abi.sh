#!/usr/bin/env bash
# The ABI is that of the last release; and scripts/abi.sh sees what would break it.  Each case below changes the
# committed ABI, as if the last release had differed from this tree.
# Usage: abi.sh SOURCE FOLDER
set -euo pipefail
top=$1
folder=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$top/scripts/abi.sh" check "$folder" # exits with 77 where it cannot

failed=0
# case_of EXPECTED NAME SED-SCRIPT
case_of()
{
	local got=passes

	sed "$3" "$top/abi/libnbmap.x86_64.abi" >"$work/abi"
	if cmp -s "$top/abi/libnbmap.x86_64.abi" "$work/abi"; then
		echo "abi.sh: $2: nothing was changed"
		failed=1
		return
	fi
	NBMAP_ABI=$work/abi "$top/scripts/abi.sh" check "$folder" >"$work/out" 2>&1 || got=fails
	[ "$got" = "$1" ] || {
		echo "abi.sh: $2: $got"
		cat "$work/out"
		failed=1
	}
}

case_of passes "a function was added" "/elf-symbol name='nbmap_get' /d"
case_of passes "an enumerator was added" "/enumerator name='NBMAP_MB' /d"
case_of passes "libc changed its FILE" "/class-decl name='_IO_FILE'/s/size-in-bits='[0-9]*'/size-in-bits='64'/"
case_of fails "a function was removed" "s/elf-symbol name='nbmap_get' /elf-symbol name='nbmap_fetch' /"
case_of fails "a symbol has another version" "/elf-symbol name='nbmap_get' /s/NBMAP_0.1/NBMAP_0.0/"
case_of fails "an enumerator has another value" "/enumerator name='NBMAP_MB' /s/value='3'/value='4'/"
case_of fails "a structure has grown" "/class-decl name='nbmap_stats'/s/size-in-bits='[0-9]*'/size-in-bits='64'/"
case_of fails "a member has moved" "/class-decl name='nbmap_entry'/,/class-decl>/s/in-bits='64'/in-bits='32'/"
case_of fails "a parameter is gone" "/function-decl name='nbmap_count'/,/function-decl>/s|<parameter.*|&&|"
case_of fails "the soname has changed" "s/soname='libnbmap.so.[0-9]*'/soname='libnbmap.so.99'/"
exit "$failed"
