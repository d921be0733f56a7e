/* arguments: see arguments.h. */
#include "arguments.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The number that *text begins with, and *text behind it. */
static bool take_number(const char **text, uint64_t least, uint64_t most, uint64_t *number)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	errno = 0;
	*number = strtoull(*text, &end, 10);
	*text = end;
	return !errno && *number >= least && *number <= most;
}

bool argument_number(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
	return take_number(&text, least, most, number) && !*text;
}

bool argument_unsigned(const char *text, unsigned least, unsigned most, unsigned *number)
{
	uint64_t wide;

	if (!argument_number(text, least, most, &wide))
		return false;
	*number = (unsigned)wide;
	return true;
}

bool argument_list(const char *text, uint64_t least, uint64_t most, struct argument_list *list)
{
	for (list->count = 0; list->count < ARGUMENT_LIST; text++) {
		if (!take_number(&text, least, most, &list->at[list->count++]))
			return false;
		if (*text != ',')
			return !*text;
	}
	return false;
}

/* Which name the first `length` bytes of the text are. */
static bool find(const char *text, size_t length, argument_name *names, unsigned *which)
{
	const char *name;

	for (*which = 0; (name = names(*which)); ++*which) {
		if (strlen(name) == length && strncmp(name, text, length) == 0)
			return true;
	}
	return false;
}

bool argument_choice(const char *text, argument_name *names, unsigned *which)
{
	return find(text, strlen(text), names, which);
}

bool argument_names(const char *text, argument_name *names, unsigned *bits)
{
	for (*bits = 0;; text++) {
		size_t length = strcspn(text, ",");
		unsigned which;

		if (!find(text, length, names, &which))
			return false;
		*bits |= 1u << which;
		text += length;
		if (!*text)
			return true;
	}
}

static const char *dist_name(unsigned i)
{
	static const char *const names[] = {"uniform", "zipf", NULL};

	return names[i];
}

bool argument_dists(const char *text, bool *uniform, bool *zipf)
{
	unsigned bits;

	if (!argument_names(text, dist_name, &bits))
		return false;
	*uniform = bits & 1;
	*zipf = bits & 2;
	return true;
}
