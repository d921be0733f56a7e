# snippets: the programs that stand in Markdown pages.
#
# The blocks of code on a page are the only copy of them.  All blocks of one name,
# in the order of the page, are one program:
#
#   ```c                a part of the program that is named after the page
#   ```c NAME           a part of the program NAME; also ```cpp
#   ```c NAME,NAME      a part of several
#   <!-- c [NAME]       the same, not shown: up to a line that is -->
#   ```text             what the page's program prints
#   ```text NAME        what the program NAME prints
#   ```text shown       any other text
#   ```sh run           commands that are run, with the library installed
#   ```sh               commands that are only shown
#
# A fence of another language, or of none, is only shown.  So every block that says
# it is C is part of some program.  What might hide from this is an error: a fence of
# another form, C in a fence without a language, the output of a program that is not
# there, a name that two pages use.
#
# The programs are complete, and are compiled with the public header alone.  One that says
# FLAVOR is compiled once for each flavour, as that; it says itself what else it would be:
#
#   #ifndef FLAVOR
#   #define FLAVOR NBMAP_BP
#   #endif
#
# Usage: awk -f snippets.awk -v want=WHAT [-v name=NAME] PAGE...
#   list     NAME EXTENSION FLAVOURS PAGE of each program; FLAVOURS: all or one
#   source   the program NAME, with the lines of the page
#   output   what NAME prints
#   shell    the commands that are run
# Exit status 1, and a line for each error on stderr, if a page is not well formed.

function complain(what)
{
	printf "%s:%d: %s\n", FILENAME, FNR, what >"/dev/stderr"
	errors = 1
}

# A part of `program` begins.
function begin_source(program, language)
{
	if (program !~ /^[a-z][a-z0-9_-]*$/ || program == "shown" || program == "run")
		complain("no name of a program: " program)
	else if (!(program in home)) {
		home[program] = FILENAME
		extension[program] = language
		order[++programs] = program
	} else if (home[program] != FILENAME)
		complain(program " is also a program of " home[program])
	else if (extension[program] != language)
		complain(program " is both c and cpp")
	if (want == "source" && program == name)
		printf "#line %d \"%s\"\n", FNR + 1, FILENAME
}

# An HTML comment or a fence begins: c, cpp, text or sh, and the second word.
function begin(language, word, i)
{
	kind = "other"
	parts = split(word == "" ? page : word, part, ",")
	if (language == "c" || language == "cpp") {
		kind = "source"
		for (i = 1; i <= parts; i++)
			begin_source(part[i], language)
	} else if (language == "text" && word != "shown") {
		kind = "output"
		for (i = 1; i <= parts; i++) {
			claims[++claimed] = part[i]
			claim_at[claimed] = FILENAME ":" FNR
		}
	} else if (language == "sh" && word == "run")
		kind = "shell"
	else if (language == "sh" && word != "")
		complain("sh or sh run, not sh " word)
}

function take(line, i)
{
	if (want == "shell" && kind == "shell")
		print line
	for (i = 1; i <= parts; i++) {
		if (kind == want && part[i] == name)
			print line
		if (kind == "source" && line ~ /[^A-Za-z_]FLAVOR[^A-Za-z_]/)
			flavoured[part[i]] = 1
	}
	if (kind == "other" && bare && line ~ /\);[ \t]*$|^[ \t]*#[ \t]*include/)
		complain("C in a fence without a language")
}

FNR == 1 {
	if (inside)
		complain("the page before ends within a block")
	inside = ""
	page = FILENAME
	sub(/.*\//, "", page)
	sub(/\.md$/, "", page)
	page = tolower(page)
}

inside == "" && /^[ \t]*(````|~~~)/ {
	complain("a fence is ```")
	next
}

inside == "" && /^[ \t]*```/ {
	indent = index($0, "`") - 1
	line = substr($0, indent + 4)
	words = split(line, word, /[ \t]+/)
	if (words > 1 && word[words] == "")
		words--
	if (words > 2)
		complain("more than two words after ```")
	if (line ~ /`/ || (words && word[1] == ""))
		complain("a language follows ``` at once")
	if (word[1] ~ /^(C|h|c\+\+|C\+\+|cxx|cc)$/)
		complain("c or cpp, not " word[1])
	bare = words == 0 || word[1] == ""
	inside = "fence"
	begin(words ? word[1] : "", words > 1 ? word[2] : "")
	next
}

inside == "" && /^<!-- (c|cpp)( |$)/ {
	words = split($0, word, /[ \t]+/)
	if (words > 3 || $0 ~ /-->/)
		complain("<!-- " word[2] " [NAME] stands alone in its line")
	inside = "comment"
	indent = 0
	begin(word[2], words > 2 ? word[3] : "")
	next
}

(inside == "fence" && /^[ \t]*```[ \t]*$/) || (inside == "comment" && /^-->$/) {
	inside = ""
	next
}

inside != "" {
	take(substr($0, 1, indent) ~ /[^ \t]/ ? $0 : substr($0, indent + 1))
}

END {
	if (inside)
		complain("the page ends within a block")
	for (i = 1; i <= claimed; i++)
		if (!(claims[i] in home)) {
			printf "%s: there is no program %s: text NAME, or text shown\n", claim_at[i], claims[i] >"/dev/stderr"
			errors = 1
		}
	if (want == "list")
		for (i = 1; i <= programs; i++)
			print order[i], extension[order[i]], (order[i] in flavoured) ? "all" : "one", home[order[i]]
	exit errors
}
