#!/bin/sh
# snippets.awk takes what belongs together, and refuses a page on which C could stand that nobody compiles.
# Usage: snippets_test.sh
set -u

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 99
failed=0

snippets()
{
	awk -f "$here/snippets.awk" "$@" 2>complaints
}

is() # WHAT EXPECTED PRINTED
{
	[ "$2" = "$3" ] && return
	printf '%s:\n--- expected\n%s\n--- printed\n%s\n' "$1" "$2" "$3"
	failed=1
}

refused() # WHY PAGE
{
	printf '%b' "$2" >page.md
	if snippets -v want=list page.md >/dev/null; then
		echo "not refused: $1"
		failed=1
	elif ! grep -q "^page.md:[0-9]*: .*$1" complaints; then
		echo "refused, but not because of: $1"
		cat complaints
		failed=1
	fi
}

cat >first.md <<'END'
Text.
```c
one();
```
- in a list:
  ```c
  two();
  	three();
  ```
<!-- c
hidden();
-->
<!-- a remark
not_code();
-->
```text
printed
```
```c other
four();
```
```c other,first
five();
```
```text shown
not printed
```
```sh
rm -rf /
```
```sh run
echo run
```
```text other
printed by other
```
```
plain
```
```cmake
add_executable(x x.c);
```
END
cat >second.md <<'END'
```cpp
six(FLAVOR);
```
END

is list 'first c one first.md
other c one first.md
second cpp all second.md' "$(snippets -v want=list first.md second.md)"
is source '#line 3 "first.md"
one();
#line 7 "first.md"
two();
	three();
#line 11 "first.md"
hidden();
#line 23 "first.md"
five();' "$(snippets -v want=source -v name=first first.md)"
is other '#line 20 "first.md"
four();
#line 23 "first.md"
five();' "$(snippets -v want=source -v name=other first.md)"
is output printed "$(snippets -v want=output -v name=first first.md)"
is "other's output" 'printed by other' "$(snippets -v want=output -v name=other first.md)"
is shell 'echo run' "$(snippets -v want=shell first.md second.md)"

# shellcheck disable=SC2016 # fences are no commands
{
	refused 'a fence is ```' '~~~c\nf();\n~~~\n'
	refused 'a fence is ```' '````c\nf();\n````\n'
	refused 'a language follows' '``` c\nf();\n```\n'
	refused 'c or cpp, not C' '```C\nf();\n```\n'
	refused 'C in a fence without a language' '```\n#include <nbmap.h>\n```\n'
	refused 'C in a fence without a language' '```\n\tnbmap_leave(map);\n```\n'
	refused 'no name of a program: shown' '```c shown\nf();\n```\n'
	refused 'more than two words' '```c a b\nf();\n```\n'
	refused 'ends within a block' '```c\nf();\n'
	refused 'ends within a block' '<!-- c\nf();\n'
	refused 'stands alone' '<!-- c f(); -->\n```c\n```\n'
	refused 'there is no program page' '```text\nprinted\n```\n'
	refused 'there is no program pag' '```c\n```\n```text pag\n```\n'
	refused 'both c and cpp' '```c\n```\n```cpp\n```\n'
	refused 'sh or sh run' '```sh runs\n```\n'
}
cp first.md page.md
if snippets -v want=list first.md page.md >/dev/null || ! grep -q 'other is also a program of first.md' complaints; then
	echo "not refused: a name that two pages use"
	failed=1
fi
exit "$failed"
