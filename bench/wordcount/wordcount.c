/*
 * nbmap-wordcount: counts every word of real files in one map, by many
 * threads, while another thread walks the map and removes rare words.  Shows
 * what the library does under load and, with --verify, that it does it right.
 */
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nbmap.h>

#include "arguments.h"
#include "counter.h"
#include "crew.h"
#include "flavor.h"
#include "input.h"
#include "reference.h"

#define MAX_THREADS 1024
#define TOP 20
/* Longer words are cut when shown. */
#define SHOWN_BYTES 60
/* Differences that --verify prints. */
#define SHOWN_DIFFERENCES 10
/* How much of the shared libraries --keys u64 takes when nothing is named. */
#define LIBRARY_BYTES (UINT64_C(64) << 20)

enum exit_code { EXIT_COUNTED = 0, EXIT_DIFFERENT = 1, EXIT_USAGE = 2, EXIT_TROUBLE = 3 };

struct options {
	const struct counter_map *map;
	struct counter_options counter;
	bool remove;
	bool verify;
	unsigned threads;
	unsigned round; /* print a row of CSV for this round instead of the report; 0: the report */
	const char *label; /* of the input, in the row; NULL: none */
};

/* As options have it, and as the report says it. */
static const struct {
	const char *option, *text;
} values[] = {
	[COUNTER_NEW_BOXES] = {"boxed", "boxed"},
	[COUNTER_IN_PLACE] = {"inplace", "in-place"},
	[COUNTER_INTEGERS] = {"int", "integer"},
};
#define VALUES (sizeof(values) / sizeof(*values))


/* ---- Options ------------------------------------------------------------ */

static const char usage[] = "Usage: nbmap-wordcount [options] [file or directory ...]\n"
			    "\n"
			    "Counts every word of the files in one map, with several threads, while one\n"
			    "more thread removes rare words until half of the input is done.  What it\n"
			    "removes is added back at the end.  A word is a run of [A-Za-z0-9_]; capitals\n"
			    "and small letters differ.  Of a directory every regular file below it is\n"
			    "read; links found there are not followed.\n"
			    "\n"
			    "  --map NAME                which map counts, of those that --maps lists (nbmap);\n"
			    "                            others count words and need --no-remover\n"
			    "  --flavor qsbr|memb|mb|bp  liburcu flavour that guards nbmap (bp)\n"
			    "  --threads N               counting threads, 1 to 1024 (one per processor)\n"
			    "  --values boxed|inplace|int\n"
			    "                            boxed: every increment allocates a new counter and\n"
			    "                            retires the old one; inplace: a counter for each\n"
			    "                            word, incremented where it stands; int: plain\n"
			    "                            integers (boxed)\n"
			    "  --keys words|u64          u64: count the 8-byte integers of binary files, in\n"
			    "                            the machine's byte order (words)\n"
			    "  --no-remover              remove nothing\n"
			    "  --verify                  compare with a plain single-threaded count\n"
			    "  --csv ROUND               print a row of nbmap-bench's CSV, for this round, and no\n"
			    "                            report\n"
			    "  --label NAME              what that row calls the input, in letters and digits\n"
			    "  --maps                    list the maps that were built\n"
			    "  --help, --version\n"
			    "\n"
			    "Nothing named: words of every header below /usr/include (.h .hh .hpp .hxx\n"
			    ".inc .tcc); with --keys u64 this program itself and the shared libraries\n"
			    "below /usr/lib, until 64 MiB are reached.  Files must not change meanwhile.\n"
			    "\n"
			    "Exit status: 0 counted (files that could not be read are reported and\n"
			    "skipped); 1 --verify found a difference; 2 bad option; 3 nothing to read, no\n"
			    "memory, no thread, or the output could not be written.\n";

static const char *values_name(unsigned i)
{
	return i < VALUES ? values[i].option : NULL;
}

static const char *keys_name(unsigned i)
{
	static const char *const names[] = {[INPUT_WORDS] = "words", [INPUT_U64] = "u64", NULL};

	return names[i];
}

/* What goes into a row must not end a field of it. */
static bool parse_label(const char *name, const char **label)
{
	*label = name;
	return *name && strlen(name) < 32 && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789")];
}

static bool parse_map(const char *name, const struct counter_map **map)
{
	*map = counter_find(name);
	return *map;
}

/* Only nbmap can be walked exactly beside writers, and counts integers. */
static bool consistent(const struct options *options)
{
	if (options->remove && !options->map->sweep) {
		fprintf(stderr, "nbmap-wordcount: --map %s needs --no-remover.  Try --help.\n", options->map->name);
		return false;
	}
	if (options->counter.items != INPUT_WORDS && !options->map->sweep) {
		fprintf(stderr, "nbmap-wordcount: --map %s counts words only.  Try --help.\n", options->map->name);
		return false;
	}
	return true;
}

static void print_maps(void)
{
	for (unsigned i = 0; counter_maps[i]; i++)
		puts(counter_maps[i]->name);
}

static unsigned default_threads(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > MAX_THREADS ? MAX_THREADS : (unsigned)n;
}

/* Returns -1 to go on, or the exit code. */
static int parse_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{"flavor", required_argument, NULL, 'f'},
		{"threads", required_argument, NULL, 't'},
		{"values", required_argument, NULL, 'v'},
		{"keys", required_argument, NULL, 'k'},
		{"limit", required_argument, NULL, 'l'},
		{"map", required_argument, NULL, 'm'},
		{"maps", no_argument, NULL, 'M'},
		{"no-remover", no_argument, NULL, 'n'},
		{"csv", required_argument, NULL, 'r'},
		{"label", required_argument, NULL, 'L'},
		{"verify", no_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	unsigned which;
	uint64_t limit;
	int option, index = 0;

	*options = (struct options){
		.map = counter_maps[0],
		.counter = {.items = INPUT_WORDS, .flavor = NBMAP_BP, .values = COUNTER_NEW_BOXES},
		.remove = true,
		.threads = default_threads(),
	};
	while ((option = getopt_long(argc, argv, "", names, &index)) != -1) {
		bool good = true;

		switch (option) {
		case 'f':
			good = argument_choice(optarg, flavor_name, &which);
			options->counter.flavor = (enum nbmap_flavor)which;
			break;
		case 't':
			good = argument_unsigned(optarg, 1, MAX_THREADS, &options->threads);
			break;
		case 'v':
			good = argument_choice(optarg, values_name, &which);
			options->counter.values = (enum counter_values)which;
			break;
		case 'k':
			good = argument_choice(optarg, keys_name, &which);
			options->counter.items = (enum input_items)which;
			break;
		case 'l':
			good = argument_number(optarg, 1, SIZE_MAX, &limit);
			options->counter.limit = limit;
			break;
		case 'm':
			good = parse_map(optarg, &options->map);
			break;
		case 'M':
			print_maps();
			return EXIT_COUNTED;
		case 'n':
			options->remove = false;
			break;
		case 'r':
			good = argument_unsigned(optarg, 1, UINT_MAX, &options->round);
			break;
		case 'L':
			good = parse_label(optarg, &options->label);
			break;
		case 'c':
			options->verify = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_COUNTED;
		case 'V':
			printf("nbmap-wordcount %d.%d.%d\n", NBMAP_VERSION_MAJOR, NBMAP_VERSION_MINOR,
			       NBMAP_VERSION_PATCH);
			return EXIT_COUNTED;
		default: /* getopt_long has said what is wrong */
			fputs("Try --help.\n", stderr);
			return EXIT_USAGE;
		}
		if (!good) {
			fprintf(stderr, "nbmap-wordcount: --%s does not take \"%s\".  Try --help.\n", names[index].name,
				optarg);
			return EXIT_USAGE;
		}
	}
	return consistent(options) ? -1 : EXIT_USAGE;
}

/* ---- Choosing files ----------------------------------------------------- */

static bool is_header(const char *name)
{
	static const char *const endings[] = {".h", ".hh", ".hpp", ".hxx", ".inc", ".tcc"};
	const char *ending = strrchr(name, '.');

	for (size_t i = 0; ending && i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (strcmp(ending, endings[i]) == 0)
			return true;
	}
	return false;
}

static bool is_library(const char *name)
{
	size_t size = strlen(name);

	return strstr(name, ".so.") || (size > 3 && strcmp(name + size - 3, ".so") == 0);
}

static int choose_files(struct input *input, char **names)
{
	int err = 0;

	if (!*names && input->items == INPUT_WORDS)
		return input_add(input, "/usr/include", is_header);
	if (!*names) {
		input->limit = LIBRARY_BYTES;
		err = input_add(input, "/proc/self/exe", NULL);
		return err ? err : input_add(input, "/usr/lib", is_library);
	}
	while (!err && *names)
		err = input_add(input, *names++, NULL);
	return err;
}

/* ---- Report ------------------------------------------------------------- */

static void print_input(const struct input *input, const struct options *options)
{
	bool guarded = options->map->stats; /* by a flavour to be chosen */

	printf("input      %zu files, %.1f MB", input->path_count, (double)input->bytes / 1e6);
	if (input->skipped)
		printf(" (%zu skipped)", input->skipped);
	printf("\nrun        %s, %s keys, %s values, ", options->map->name,
	       options->counter.items == INPUT_WORDS ? "word" : "u64", values[options->counter.values].text);
	if (guarded)
		printf("flavour %s, ", flavor_name(options->counter.flavor));
	printf("%u threads%s\n", options->threads, options->remove ? " and a remover" : "");
	fflush(stdout);
}

static void print_run(const struct crew_result *run, const struct reference *removed, bool remove)
{
	const struct reference_entry *entry = NULL;
	uint64_t counts = 0;

	while ((entry = reference_next(removed, entry)))
		counts += entry->count;
	printf("speed      %.3f s, %.1f MB/s, %.2f million counted/s\n", run->seconds,
	       (double)run->bytes / 1e6 / run->seconds, (double)run->items / 1e6 / run->seconds);
	printf("counted    %" PRIu64 "\n", run->items);
	if (remove)
		printf("removed    %zu rare keys, %" PRIu64 " counts, in %" PRIu64 " walks of the first half\n",
		       removed->used, counts, run->walks);
	if (run->refused)
		printf("refused    %" PRIu64 " calls met the reclamation limit and were repeated\n", run->refused);
}

static void print_row(const struct input *input, const struct crew_result *run, const struct options *options)
{
	char place[128];

	snprintf(place, sizeof(place), "wordcount,%s%s%svalues=%s;remover=%s,%u,%s,%u", options->label ? "input=" : "",
		 options->label ? options->label : "", options->label ? ";" : "", values[options->counter.values].option,
		 options->remove ? "yes" : "no", options->threads, options->map->name, options->round);
	printf("# wordcount input: %zu files, %.1f MB\n", input->path_count, (double)input->bytes / 1e6);
	printf("%s,mops,%.6g\n", place, (double)run->items / 1e6 / run->seconds);
	printf("%s,seconds,%.6g\n", place, run->seconds);
}

/* More often counted first; then by the key's bytes. */
static int compare(const void *left, const void *right)
{
	const struct reference_entry *a = *(const struct reference_entry *const *)left;
	const struct reference_entry *b = *(const struct reference_entry *const *)right;
	size_t common = a->size < b->size ? a->size : b->size;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;

	int order = memcmp(a->key, b->key, common);

	return order ? order : (a->size > b->size) - (a->size < b->size);
}

static void print_key(FILE *out, const struct reference_entry *entry, enum input_items items)
{
	if (items == INPUT_U64) {
		uint64_t number;

		memcpy(&number, entry->key, sizeof(number));
		fprintf(out, "0x%016" PRIx64, number);
		return;
	}
	fprintf(out, "%.*s%s", entry->size > SHOWN_BYTES ? SHOWN_BYTES : (int)entry->size, (const char *)entry->key,
		entry->size > SHOWN_BYTES ? "..." : "");
}

/* Insertion into a short list: the table is big and 20 are wanted. */
static void print_top(const struct reference *counts, enum input_items items)
{
	const struct reference_entry *top[TOP + 1], *entry = NULL;
	size_t n = 0;

	while ((entry = reference_next(counts, entry))) {
		size_t at = n < TOP ? n++ : TOP;

		for (; at > 0 && compare(&entry, &top[at - 1]) < 0; at--)
			top[at] = top[at - 1];
		top[at] = entry;
	}
	printf("distinct   %zu\ntop %d\n", counts->used, TOP);
	for (size_t i = 0; i < n; i++) {
		printf("%10" PRIu64 "  ", top[i]->count);
		print_key(stdout, top[i], items);
		putchar('\n');
	}
}

static void print_map(const struct nbmap_stats *stats)
{
	printf("map        %zu entries, %zu slots used of %zu, %zu tables, %zu bytes, %" PRIu64 " migrations\n",
	       stats->entries, stats->used, stats->capacity, stats->tables, stats->bytes, stats->migrations);
	printf("waiting    %" PRIu64 " objects, %" PRIu64 " bytes when the last thread ended\n", stats->pending_objects,
	       stats->pending_bytes);
}

static void print_reclaimed(struct counter *counter)
{
	struct nbmap_domain_stats stats;

	counter_reclaimed(counter, &stats);
	printf("reclaimed  %" PRIu64 " objects, %" PRIu64 " bytes of tables and keys, %" PRIu64 " grace periods\n",
	       stats.freed_objects, stats.freed_bytes, stats.grace_periods);
}

/* ---- Verification ------------------------------------------------------- */

/* Count the same chunks again, in one thread and a plain table. */
static int count_plainly(const struct input *input, struct reference *plain)
{
	struct reader reader = {0};
	const void *item;
	size_t size;
	int err = 0;

	for (size_t i = 0; !err && i < input->chunk_count; i++) {
		const struct input_chunk *chunk = &input->chunks[i];

		if (chunk->unread)
			continue;
		err = reader_load(&reader, input, chunk);
		while (!err && reader_next(&reader, input->items, &item, &size))
			err = reference_add(plain, item, size, 1);
	}
	reader_free(&reader);
	return err;
}

/* Report keys of `a` whose count in `b` is another.  Keys that `b` has too are
 * left out if `missing_only`.  Returns how many there are. */
static size_t differences(const struct reference *a, const struct reference *b, bool missing_only,
			  enum input_items items, size_t found)
{
	const struct reference_entry *entry = NULL;

	while ((entry = reference_next(a, entry))) {
		uint64_t other = reference_get(b, entry->key, entry->size);

		if (other == entry->count || (missing_only && other > 0))
			continue;
		if (found++ >= SHOWN_DIFFERENCES)
			continue;
		fputs("nbmap-wordcount: ", stderr);
		print_key(stderr, entry, items);
		if (missing_only)
			fprintf(stderr, ": counted 0 times, should be %" PRIu64 "\n", entry->count);
		else
			fprintf(stderr, ": counted %" PRIu64 " times, should be %" PRIu64 "\n", entry->count, other);
	}
	return found;
}

static int verify(const struct input *input, const struct reference *counts, bool report, bool *same)
{
	struct reference plain = {0};
	int err = count_plainly(input, &plain);

	if (!err) {
		size_t found = differences(counts, &plain, false, input->items, 0);

		found = differences(&plain, counts, true, input->items, found);
		*same = found == 0;
		if (*same && report)
			printf("verified   all %zu counts are those of a plain single-threaded count\n", plain.used);
		else if (report)
			printf("DIFFERENT  %zu keys of %zu\n", found, plain.used);
	}
	reference_free(&plain);
	return err;
}

/* ---- The whole ---------------------------------------------------------- */

/* Add what is left in the map to `counts`, and take its statistics if it keeps any. */
static int collect(struct counter *counter, struct reference *counts, struct nbmap_stats *stats, bool *counted)
{
	int err;

	counter_register(counter);
	counter_enter(counter);
	*counted = counter_stats(counter, stats);
	err = counter_collect(counter, counts);
	counter_leave(counter);
	counter_unregister(counter);
	return err ? err : counter_barrier(counter);
}

/* The run, the report and the verification, on a map that exists. */
static int count_and_report(struct counter *counter, struct input *input, const struct options *options, bool *same)
{
	struct reference counts = {0}; /* what was removed; later, everything */
	struct crew_result run;
	struct nbmap_stats stats;
	bool report = options->round == 0, counted;

	if (report)
		print_input(input, options);

	int err = crew_run(counter, input, options->threads, options->remove, &counts, &run);

	if (!err) {
		if (report)
			print_run(&run, &counts, options->remove);
		err = collect(counter, &counts, &stats, &counted);
	}
	if (!err) {
		if (report && counted) {
			print_map(&stats);
			print_reclaimed(counter);
		}
		if (report)
			print_top(&counts, input->items);
		if (options->verify)
			err = verify(input, &counts, report, same);
	}
	if (!err && !report && *same)
		print_row(input, &run, options);
	reference_free(&counts);
	return err;
}

static int count_words(struct input *input, const struct options *options, bool *same)
{
	struct counter counter;
	int err = counter_new(&counter, options->map, &options->counter);

	if (err)
		return err;
	err = count_and_report(&counter, input, options, same);

	int end = counter_destroy(&counter);

	return err ? err : end;
}

int main(int argc, char **argv)
{
	struct options options;
	bool same = true;
	int code = parse_options(argc, argv, &options);

	if (code >= 0)
		return code;

	struct input input = {.items = options.counter.items};
	int err = choose_files(&input, argv + optind);

	if (!err && input.chunk_count == 0) {
		fputs("nbmap-wordcount: nothing to read\n", stderr);
		input_free(&input);
		return EXIT_TROUBLE;
	}
	if (!err)
		err = count_words(&input, &options, &same);
	input_free(&input);
	if (err) {
		fprintf(stderr, "nbmap-wordcount: %s\n", strerror(-err));
		return EXIT_TROUBLE;
	}
	if (fflush(stdout) || ferror(stdout)) {
		fputs("nbmap-wordcount: cannot write the report\n", stderr);
		return EXIT_TROUBLE;
	}
	return same ? EXIT_COUNTED : EXIT_DIFFERENT;
}
