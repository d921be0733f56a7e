/*
 * print: see print.h.
 *
 * Both formats have the fields' own names, in the order of the structure:
 *
 *   text   a line for each:  name, spaces, number
 *   JSON   one object on one line; a histogram is an array
 *
 * All are 64-bit numbers.  A field that is printed here stands in the table of its
 * structure, and nowhere else.
 */
#include "print.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct figure {
	const char *name;
	size_t offset, length; /* of an array, or 0 */
};

_Static_assert(sizeof(size_t) == sizeof(uint64_t), "a figure is a 64-bit number");

#define FIGURE(type, field) .name = #field, .offset = offsetof(struct type, field)

static const struct figure of_map[] = {
	{FIGURE(nbmap_stats, entries)},		{FIGURE(nbmap_stats, used)},
	{FIGURE(nbmap_stats, capacity)},	{FIGURE(nbmap_stats, tables)},
	{FIGURE(nbmap_stats, bytes)},		{FIGURE(nbmap_stats, migrations)},
	{FIGURE(nbmap_stats, pending_objects)}, {FIGURE(nbmap_stats, pending_bytes)},
	{FIGURE(nbmap_stats, refusals)},	{FIGURE(nbmap_stats, longest_grace_ns)},
	{FIGURE(nbmap_stats, value_bytes)},	{FIGURE(nbmap_stats, key_bytes)},
	{FIGURE(nbmap_stats, tombstones)},	{FIGURE(nbmap_stats, migration_blocks)},
	{FIGURE(nbmap_stats, migration_done)},	{FIGURE(nbmap_stats, sampled)},
	{FIGURE(nbmap_stats, longest_probe)},	{FIGURE(nbmap_stats, probes), .length = NBMAP_PROBES},
};

static const struct figure of_domain[] = {
	{FIGURE(nbmap_domain_stats, pending_objects)}, {FIGURE(nbmap_domain_stats, pending_bytes)},
	{FIGURE(nbmap_domain_stats, freed_objects)},   {FIGURE(nbmap_domain_stats, freed_bytes)},
	{FIGURE(nbmap_domain_stats, grace_periods)},   {FIGURE(nbmap_domain_stats, refusals)},
	{FIGURE(nbmap_domain_stats, grace_ns)},	       {FIGURE(nbmap_domain_stats, longest_grace_ns)},
	{FIGURE(nbmap_domain_stats, limit_objects)},   {FIGURE(nbmap_domain_stats, limit_bytes)},
};

static uint64_t number(const char *stats, const struct figure *figure, size_t i)
{
	uint64_t number;

	memcpy(&number, stats + figure->offset + i * sizeof(number), sizeof(number));
	return number;
}

/* ---- Text --------------------------------------------------------------- */

/* Where numbers begin. */
#define NUMBERS 20

static void print_line(const char *name, uint64_t number, FILE *out)
{
	fprintf(out, "%-*s%" PRIu64 "\n", NUMBERS, name, number);
}

/* Class i of a histogram, that of 2^(i-1) + 1 to 2^i; the last has no end. */
static void print_class(const char *name, size_t i, size_t length, uint64_t number, FILE *out)
{
	uint64_t last = UINT64_C(1) << i;
	int width = fprintf(out, "%s %" PRIu64, name, last / 2 + 1);

	if (i + 1 == length)
		width += fprintf(out, "-");
	else if (i > 1)
		width += fprintf(out, "-%" PRIu64, last);
	fprintf(out, "%*s%" PRIu64 "\n", width < NUMBERS ? NUMBERS - width : 1, "", number);
}

static void print_text(const char *stats, const struct figure *figures, size_t n, FILE *out)
{
	for (const struct figure *figure = figures; figure < figures + n; figure++) {
		if (!figure->length)
			print_line(figure->name, number(stats, figure, 0), out);
		for (size_t i = 0; i < figure->length; i++)
			if (number(stats, figure, i))
				print_class(figure->name, i, figure->length, number(stats, figure, i), out);
	}
}

/* ---- JSON --------------------------------------------------------------- */

static void print_json(const char *stats, const struct figure *figures, size_t n, FILE *out)
{
	for (const struct figure *figure = figures; figure < figures + n; figure++) {
		fprintf(out, "%c\"%s\":", figure == figures ? '{' : ',', figure->name);
		if (!figure->length)
			fprintf(out, "%" PRIu64, number(stats, figure, 0));
		for (size_t i = 0; i < figure->length; i++)
			fprintf(out, "%c%" PRIu64, i ? ',' : '[', number(stats, figure, i));
		if (figure->length)
			fputc(']', out);
	}
	fputs("}\n", out);
}

/* ---- Both --------------------------------------------------------------- */

static int print(const void *stats, const struct figure *figures, size_t n, FILE *out, enum nbmap_format format)
{
	switch (format) {
	case NBMAP_TEXT:
		print_text(stats, figures, n, out);
		break;
	case NBMAP_JSON:
		print_json(stats, figures, n, out);
		break;
	default:
		return -EINVAL;
	}
	return fflush(out) || ferror(out) ? -EIO : 0;
}

int nb_print_stats(const struct nbmap_stats *stats, FILE *out, enum nbmap_format format)
{
	return print(stats, of_map, sizeof(of_map) / sizeof(*of_map), out, format);
}

int nb_print_domain_stats(const struct nbmap_domain_stats *stats, FILE *out, enum nbmap_format format)
{
	return print(stats, of_domain, sizeof(of_domain) / sizeof(*of_domain), out, format);
}
