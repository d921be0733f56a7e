/*
 * nbmap-churn: memory follows the live entries.
 *
 * Two things are shown, each case in a process of its own, as what one case
 * leaves in malloc's arenas would hide what the next one takes.
 *
 * Churn.  Threads put and remove ever-fresh keys while the number of live
 * entries stays the same.  Each thread has its share of the live entries.
 * Half of the share stays for the whole run; the other half is a window that
 * moves on: a pair puts the next key and removes the oldest.  A thread without
 * a window removes what it has just put.
 *
 * How much memory do the live entries need?  As much as they take in a map
 * that has just been filled with as many: the same program in another process,
 * same threads, same options, no pairs.  Both are measured as growth of
 * resident memory since before the map was made, after a barrier, trimmed
 * (resident.h says why).
 * A thread brings pages of its stack, a domain its batches, malloc pages half
 * in use, and the kernel's counts are a little off; FLOOR stands for all that,
 * and for one entry it is all there is.  The run is good if
 *
 *   growth after the pairs <= RATIO * max(growth in the filled map, FLOOR)
 *
 * and, to the byte and without malloc's part in it, the same for the bytes
 * of nbmap_stats() with a floor of TABLE_FLOOR, which is a table so small that
 * it is left to its tombstones.
 *
 * Removal.  A map is filled and every entry removed, one by one or in a walk;
 * nothing is put afterwards.  After a barrier it must be down to a table of
 * TABLE_FLOOR and resident memory to FLOOR.  Then the same once more
 * with memory, keys and values counted one by one (count_alloc.h).
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crew.h"
#include "flavor_thread.h"
#include "resident.h"
#include "subject.h"
#include "target.h"

#define RATIO 3
#define FLOOR (UINT64_C(1) << 20)
#define TABLE_FLOOR 4096
#define MOST_THREADS 16

/* Copies of removed keys that the table of TABLE_FLOOR may still hold. */
#define KEYS_FLOOR 64

enum work { CHURN, REMOVE, WORKS };
enum kind { U64_INT, U64_BOXED, OBJECT, KINDS };
enum removal { BY_DEL, BY_WALK, REMOVALS };

static const char *const work_names[] = {"churn", "remove-all", "all"};
static const char *const kind_names[] = {"u64", "u64-boxed", "object", "all"};
static const char *const removal_names[] = {"del", "walk", "all"};

struct options {
	uint64_t seed, live, pairs;
	uint64_t entries; /* 0: as many as the time allows */
	bool live_given;
	unsigned threads;
	unsigned work, flavor, kind, removal; /* the number of all: each */
};

static struct options options = {
	.work = WORKS,
	.flavor = FLAVORS,
	.kind = KINDS,
	.removal = REMOVALS,
	.threads = 2,
};

static void usage(FILE *out)
{
	fputs("usage: nbmap-churn [--work churn|remove-all|all] [--flavor qsbr|memb|mb|bp|all]\n"
	      "                   [--kind u64|u64-boxed|object|all] [--seed N]\n"
	      "                   [--live N] [--pairs N] [--threads 1-16]      (churn)\n"
	      "                   [--entries N] [--by del|walk|all]            (remove-all)\n"
	      "\n"
	      "  --live N     entries that are there all the time; default: once 1, once 100000\n"
	      "  --pairs N    of a put and a removal, all threads together; default 500000, or 10^8\n"
	      "               if NBMAP_SOAK is set\n"
	      "  --entries N  put and then removed; default 1000000\n"
	      "\n"
	      "Exits 0 if memory came back, 1 if not, 2 if it could not be found out.\n",
	      out);
}

/* ---- Measuring ---------------------------------------------------------- */

/* What a case's process tells the program. */
struct result {
	bool done;
	uint64_t grown, untrimmed, peak; /* bytes */
	uint64_t in_use;		 /* of malloc's blocks, the rest is fragmentation */
	struct nbmap_stats stats;
	uint64_t refused; /* puts that met the domain's limit */
	double seconds;
	/* remove-all, counted */
	uint64_t bytes, keys, values;
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static uint64_t growth(uint64_t from, uint64_t to)
{
	return to > from ? to - from : 0;
}

_Noreturn static void wrong(const char *what)
{
	fprintf(stderr, "nbmap-churn: %s\n", what);
	exit(1);
}

/* After the barrier, outside any section; `before` there was no map. */
static void measure(const struct target *target, uint64_t before, struct result *result)
{
	result->peak = growth(before, resident_peak());
	result->untrimmed = growth(before, resident_now());
	result->grown = growth(before, resident_trimmed());
	result->in_use = resident_in_use();
	target_enter(target);
	target_stats(target, &result->stats);
	target_leave(target);
}

/* ---- Churn -------------------------------------------------------------- */

struct churn {
	struct target target;
	uint64_t live, pairs;
	unsigned threads;
	_Atomic uint64_t refused;
};

static uint64_t share(uint64_t of, unsigned threads, unsigned index)
{
	return of / threads + (index < of % threads);
}

/* The nth entry of a thread. */
static uint64_t entry(const struct churn *churn, unsigned index, uint64_t n)
{
	return n * churn->threads + index;
}

static void put(struct churn *churn, uint64_t id)
{
	int error;

	while ((error = target_put(&churn->target, id)) == -ENOBUFS) {
		churn->refused++;
		target_leave(&churn->target);
		target_barrier(&churn->target);
		target_enter(&churn->target);
	}
	if (error)
		wrong(strerror(-error));
}

static void del(struct churn *churn, uint64_t id)
{
	int error;

	while ((error = target_del(&churn->target, id)) == -ENOBUFS) {
		churn->refused++;
		target_leave(&churn->target);
		target_barrier(&churn->target);
		target_enter(&churn->target);
	}
	if (error)
		wrong(strerror(-error));
}

/* Live after any number of pairs: the first `stay`, and the last `window` put. */
static void churn_thread(struct crew_member *member)
{
	struct churn *churn = member->arg;
	uint64_t live = share(churn->live, churn->threads, member->index);
	uint64_t pairs = share(churn->pairs, churn->threads, member->index);
	uint64_t window = live - live / 2;

	for (uint64_t n = 0; n < live + pairs; n++) {
		target_enter(&churn->target);
		put(churn, entry(churn, member->index, n));
		if (n >= live)
			del(churn, entry(churn, member->index, n - window));
		target_leave(&churn->target);
	}
}

static void check_live(const struct churn *churn)
{
	struct nbmap_stats stats;

	target_enter(&churn->target);
	for (unsigned index = 0; index < churn->threads; index++) {
		uint64_t live = share(churn->live, churn->threads, index), stay = live / 2;
		uint64_t pairs = share(churn->pairs, churn->threads, index);

		for (uint64_t n = 0; n < live; n++)
			if (!target_has(&churn->target, entry(churn, index, n < stay ? n : n + pairs)))
				wrong("a live entry is not there");
	}
	target_stats(&churn->target, &stats);
	target_leave(&churn->target);
	if (stats.entries != churn->live)
		wrong("other entries are there than those that live");
}

static void run_churn(const struct target *plan, uint64_t live, uint64_t pairs, struct result *result)
{
	struct churn churn = {.target = *plan, .live = live, .pairs = pairs, .threads = options.threads};
	uint64_t before = resident_trimmed();
	double start;

	target_open(&churn.target);
	start = now();
	crew_run(plan->flavor, churn.threads, churn_thread, &churn);
	result->seconds = now() - start;
	result->refused = churn.refused;
	flavor_register(plan->flavor);
	target_barrier(&churn.target);
	measure(&churn.target, before, result);
	check_live(&churn);
	flavor_unregister(plan->flavor);
	target_close(&churn.target);
	result->done = true;
}

/* ---- Removal ------------------------------------------------------------ */

static void run_removal(const struct target *plan, uint64_t entries, enum removal removal, struct result *result)
{
	uint64_t before = resident_trimmed();
	struct churn churn = {.target = *plan, .threads = 1};
	double start = now();

	flavor_register(plan->flavor);
	target_open(&churn.target);
	for (uint64_t n = 0; n < entries; n++) {
		target_enter(&churn.target);
		put(&churn, n);
		target_leave(&churn.target);
	}
	if (removal == BY_WALK) {
		target_enter(&churn.target);
		if (target_del_by_walk(&churn.target) != entries)
			wrong("the walk did not meet every entry");
		target_leave(&churn.target);
	} else {
		for (uint64_t n = 0; n < entries; n++) {
			target_enter(&churn.target);
			del(&churn, n);
			target_leave(&churn.target);
		}
	}
	result->refused = churn.refused;
	result->seconds = now() - start;
	target_barrier(&churn.target);
	measure(&churn.target, before, result);
	flavor_unregister(plan->flavor);
	target_close(&churn.target);
	result->done = true;
}

/* The counts are of the map's own domain's memory too: what waits in it is not yet free. */
static void run_counted(const struct target *plan, uint64_t entries, enum removal removal, struct result *result)
{
	struct nbmap_config config = {.flavor = plan->flavor};
	struct count *count = count_new();
	struct subject subject;
	struct nbmap_iter iter;
	uint32_t number;
	uint64_t id;

	if (!count || subject_open(&subject, plan->integer, count, &config))
		wrong("no counted map to be had");
	flavor_register(plan->flavor);
	for (id = 0; id < entries; id++) {
		subject_enter(&subject);
		if (subject_put(&subject, id, 1))
			wrong("put failed");
		subject_leave(&subject);
	}
	if (removal == BY_WALK) {
		subject_enter(&subject);
		if (subject_walk(&subject, &iter))
			wrong("the walk failed");
		while (subject_next(&subject, &iter, &id, &number))
			if (subject_del(&subject, id))
				wrong("del failed");
		subject_leave(&subject);
	} else {
		for (id = 0; id < entries; id++) {
			subject_enter(&subject);
			if (subject_del(&subject, id))
				wrong("del failed");
			subject_leave(&subject);
		}
	}
	if (subject_barrier(&subject))
		wrong("barrier failed");
	subject_enter(&subject);
	subject_stats(&subject, &result->stats);
	subject_leave(&subject);
	result->bytes = count_bytes(count);
	result->keys = count_alive(count, COUNT_KEYS);
	result->values = count_alive(count, COUNT_VALUES);
	flavor_unregister(plan->flavor);
	if (subject_close(&subject) || !count_end(count))
		wrong("something was not freed exactly once");
	result->done = true;
}

/* ---- Cases -------------------------------------------------------------- */

/* One process: what it does, and for which map. */
struct job {
	enum { JOB_CHURN, JOB_REMOVE, JOB_COUNTED } what;
	struct target target;
	uint64_t entries, pairs;
	enum removal removal;
};

static void do_job(const struct job *job, struct result *result)
{
	switch (job->what) {
	case JOB_CHURN:
		run_churn(&job->target, job->entries, job->pairs, result);
		break;
	case JOB_REMOVE:
		run_removal(&job->target, job->entries, job->removal, result);
		break;
	case JOB_COUNTED:
		run_counted(&job->target, job->entries, job->removal, result);
		break;
	}
}

/* False if the process did not come to its end; it has then said why. */
static bool run_alone(const struct job *job, struct result *result)
{
	struct result *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child;
	int status;

	if (shared == MAP_FAILED) {
		perror("mmap");
		exit(2);
	}
	fflush(NULL);
	child = fork();
	if (child < 0) {
		perror("fork");
		exit(2);
	}
	if (!child) {
		resident_begin();
		do_job(job, shared);
		exit(0);
	}
	if (waitpid(child, &status, 0) != child) {
		perror("waitpid");
		exit(2);
	}
	*result = *shared;
	munmap(shared, sizeof(*shared));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
		exit(2);
	if (!WIFEXITED(status) || WEXITSTATUS(status) || !result->done) {
		printf("FAILED: the process ended with status %d, signal %d\n",
		       WIFEXITED(status) ? WEXITSTATUS(status) : 0, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
		return false;
	}
	return true;
}

static double mib(uint64_t bytes)
{
	return (double)bytes / (1 << 20);
}

static uint64_t at_least(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void failed(const char *what)
{
	printf("FAILED: %s\n", what);
}

static bool churn_case(const struct target *target, enum kind kind, uint64_t live)
{
	struct job job = {.what = JOB_CHURN, .target = *target, .entries = live};
	struct result filled, churned;
	bool good;

	if (!run_alone(&job, &filled))
		return false;
	job.pairs = options.pairs;
	good = run_alone(&job, &churned);
	if (good) {
		uint64_t need = at_least(filled.grown, FLOOR), bytes = at_least(filled.stats.bytes, TABLE_FLOOR);

		printf("%-4s %-9s live %-6" PRIu64 " %" PRIu64 " pairs, %u threads: filled %.2f MiB, after %.2f MiB = "
		       "%.2fx of %.2f (malloc in use %.2f, untrimmed %.2f, peak %.2f); map %zu -> %zu bytes, %zu "
		       "slots, %" PRIu64 " migrations; refused %" PRIu64 "; %.1f s\n",
		       flavor_name(target->flavor), kind_names[kind], live, options.pairs, options.threads,
		       mib(filled.grown), mib(churned.grown), (double)churned.grown / (double)need, mib(need),
		       mib(churned.in_use), mib(churned.untrimmed), mib(churned.peak), filled.stats.bytes,
		       churned.stats.bytes, churned.stats.capacity, churned.stats.migrations, churned.refused,
		       churned.seconds);
		good = churned.grown <= RATIO * need && churned.stats.bytes <= RATIO * bytes;
		if (!good)
			failed("more memory than the live entries need");
	}
	if (!good)
		printf("to see it again: nbmap-churn --work churn --flavor %s --kind %s --live %" PRIu64
		       " --pairs %" PRIu64 " --threads %u --seed %" PRIu64 "\n",
		       flavor_name(target->flavor), kind_names[kind], live, options.pairs, options.threads,
		       options.seed);
	return good;
}

static bool removal_case(const struct target *target, enum kind kind, enum removal removal)
{
	struct job job = {.what = JOB_REMOVE, .target = *target, .entries = options.entries, .removal = removal};
	struct result result, counted;
	bool good = run_alone(&job, &result);

	job.what = JOB_COUNTED;
	if (good && run_alone(&job, &counted)) {
		printf("%-4s %-9s remove-all by %-4s %" PRIu64
		       " entries: %.2f MiB left (untrimmed %.2f, peak %.2f); map "
		       "%zu bytes, %zu slots, %zu entries; counted: %" PRIu64 " bytes, %" PRIu64 " keys, %" PRIu64
		       " values; %.1f s\n",
		       flavor_name(target->flavor), kind_names[kind], removal_names[removal], job.entries,
		       mib(result.grown), mib(result.untrimmed), mib(result.peak), result.stats.bytes,
		       result.stats.capacity, result.stats.entries, counted.bytes, counted.keys, counted.values,
		       result.seconds);
		good = result.grown <= FLOOR && result.stats.bytes <= TABLE_FLOOR && !result.stats.entries &&
		       !result.stats.pending_objects && counted.stats.bytes <= TABLE_FLOOR && !counted.stats.entries &&
		       counted.bytes <= TABLE_FLOOR && counted.keys <= KEYS_FLOOR && !counted.values;
		if (!good)
			failed("not all memory came back");
	} else {
		good = false;
	}
	if (!good)
		printf("to see it again: nbmap-churn --work remove-all --flavor %s --kind %s --entries %" PRIu64
		       " --by %s --seed %" PRIu64 "\n",
		       flavor_name(target->flavor), kind_names[kind], job.entries, removal_names[removal],
		       options.seed);
	return good;
}

static bool wanted(unsigned option, unsigned all, unsigned one)
{
	return option == all || option == one;
}

/* The cases that were asked for, of one flavour and kind. */
static bool run_cases(enum nbmap_flavor flavor, enum kind kind)
{
	static const uint64_t lives[] = {1, 100000};
	struct target target = {
		.flavor = flavor,
		.integer = kind != OBJECT,
		.boxed = kind != U64_INT,
		.seed = options.seed,
	};
	bool good = true;

	if (wanted(options.work, WORKS, CHURN) && options.live_given)
		good = churn_case(&target, kind, options.live);
	else if (wanted(options.work, WORKS, CHURN))
		for (unsigned i = 0; i < sizeof(lives) / sizeof(*lives); i++)
			good = churn_case(&target, kind, lives[i]) && good;
	/* Boxed values show what plain ones would. */
	if (wanted(options.work, WORKS, REMOVE) && (kind != U64_INT || options.kind != KINDS))
		for (unsigned removal = 0; removal < REMOVALS; removal++)
			if (wanted(options.removal, REMOVALS, removal))
				good = removal_case(&target, kind, (enum removal)removal) && good;
	return good;
}

/* ---- Options ------------------------------------------------------------ */

_Noreturn static void misused(const char *what)
{
	fprintf(stderr, "nbmap-churn: %s\n", what);
	usage(stderr);
	exit(2);
}

static uint64_t number_of(const char *text, uint64_t most)
{
	char *end;
	uint64_t number = strtoull(text, &end, 0);

	if (*text < '0' || *text > '9' || *end || number > most)
		misused("not a number, or too large a one");
	return number;
}

/* The names end with that of all. */
static unsigned index_of(const char *name, const char *const *names, unsigned all)
{
	unsigned i = 0;

	while (i <= all && strcmp(name, names[i]) != 0)
		i++;
	if (i > all)
		misused("no such name");
	return i;
}

static unsigned flavor_of(const char *name)
{
	unsigned flavor = flavor_named(name);

	if (flavor > FLAVORS)
		misused("no such flavour");
	return flavor;
}

static void parse_options(int argc, char **argv)
{
	enum { WORK, FLAVOR, KIND, SEED, LIVE, PAIRS, THREADS, ENTRIES, BY, HELP };
	static const struct option names[] = {
		{"work", required_argument, NULL, WORK},
		{"flavor", required_argument, NULL, FLAVOR},
		{"kind", required_argument, NULL, KIND},
		{"seed", required_argument, NULL, SEED},
		{"live", required_argument, NULL, LIVE},
		{"pairs", required_argument, NULL, PAIRS},
		{"threads", required_argument, NULL, THREADS},
		{"entries", required_argument, NULL, ENTRIES},
		{"by", required_argument, NULL, BY},
		{"help", no_argument, NULL, HELP},
		{NULL, 0, NULL, 0},
	};
	const uint64_t most = UINT64_C(1) << 40;
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case WORK:
			options.work = index_of(optarg, work_names, WORKS);
			break;
		case FLAVOR:
			options.flavor = flavor_of(optarg);
			break;
		case KIND:
			options.kind = index_of(optarg, kind_names, KINDS);
			break;
		case SEED:
			options.seed = number_of(optarg, UINT64_MAX);
			break;
		case LIVE:
			options.live = number_of(optarg, most);
			options.live_given = true;
			break;
		case PAIRS:
			options.pairs = number_of(optarg, most);
			break;
		case THREADS:
			options.threads = (unsigned)number_of(optarg, MOST_THREADS);
			if (!options.threads)
				misused("threads: 1 to 16");
			break;
		case ENTRIES:
			/* subject_put() takes no larger ids. */
			options.entries = number_of(optarg, UINT32_MAX);
			if (!options.entries)
				misused("entries: at least 1");
			break;
		case BY:
			options.removal = index_of(optarg, removal_names, REMOVALS);
			break;
		case HELP:
			usage(stdout);
			exit(0);
		default: /* getopt_long has said what is wrong */
			usage(stderr);
			exit(2);
		}
	}
	if (optind < argc)
		misused("what is that for?");
}

int main(int argc, char **argv)
{
	bool good = true;

	options.entries = 1000000;
	options.pairs = getenv("NBMAP_SOAK") ? 100000000 : 500000;
	options.seed = (uint64_t)time(NULL);
	parse_options(argc, argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("seed %" PRIu64 "\n", options.seed);
	for (unsigned flavor = 0; flavor < FLAVORS; flavor++)
		for (unsigned kind = 0; kind < KINDS; kind++)
			if (wanted(options.flavor, FLAVORS, flavor) && wanted(options.kind, KINDS, kind))
				good = run_cases((enum nbmap_flavor)flavor, (enum kind)kind) && good;
	return good ? 0 : 1;
}
