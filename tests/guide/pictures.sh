#!/bin/sh
# The pictures of the guide, and the files that it names.
#
#   each NAME.svg was drawn from the NAME.dot beside it, as it is
#   each picture is on a page, and each that is on a page is there
#   the states and steps in the picture of the slot are those of src/slot.h, all of them
#   each file of the sources that the guide names exists
#
# Usage: pictures.sh SOURCE_FOLDER
set -u
cd "$1" || exit 1
guide=doc/guide
failed=0

complain()
{
	echo "$*" >&2
	failed=1
}

for picture in $guide/pictures/*.svg; do
	[ -f "${picture%.svg}.dot" ] || complain "$picture: has no source"
	grep -qF "(pictures/${picture##*/})" $guide/*.md || complain "$picture: is on no page"
done
for source in $guide/pictures/*.dot; do
	sum=$(sha256sum <"$source")
	grep -qsF "<!-- ${source##*/} sha256 ${sum%% *} -->" "${source%.dot}.svg" ||
		complain "${source%.dot}.svg: is not drawn from $source as it is: $guide/pictures/draw.sh"
done
for picture in $(sed -n 's/.*(\(pictures\/[^)]*\)).*/\1/p' $guide/*.md); do
	[ -f "$guide/$picture" ] || complain "$guide/$picture: is on a page, and not there"
done

# What the picture calls them, and what the code does.
states=$(sed -n 's/.*label="\([A-Z_]*\)[ "].*/\1/p' $guide/pictures/slot.dot | sort -u)
steps=$(sed -n 's/.*w_[a-z0-9_]* \[label="\([a-z]*\)[,"].*/\1/p' $guide/pictures/slot.dot | sort -u)
for name in $states; do
	grep -qw "$name" src/slot.h || complain "slot.dot: src/slot.h has no state $name"
done
for name in EMPTY KEY CLOSED OPEN FROZEN MOVED CARRIED VALUE TOMB SEALED_EMPTY SEALED_TOMB; do
	echo "$states" | grep -qx "$name" || complain "slot.dot: has no state $name"
done
for name in $steps; do
	grep -qw "$name" src/slot.h || complain "slot.dot: src/slot.h has no step $name"
done
for name in $(sed -n 's/^static inline .*nb_\(key\|value\)_\([a-z]*\)(nb_word.*/\2/p' src/slot.h); do
	grep -q "label=\".*\<$name\>" $guide/pictures/slot.dot || complain "slot.dot: has no step $name"
done

for file in $(grep -hoE '\b(src|reclaim|include|tests|bench|scripts|cmake)(/[A-Za-z0-9_-]+)+\.[a-z]+\b' \
	$guide/*.md $guide/pictures/*.dot | sort -u); do
	[ -f "$file" ] || complain "$guide: names $file, which does not exist"
done
exit $failed
