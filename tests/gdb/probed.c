/*
 * probed: a program that passes every probe, by public calls alone.
 *
 * It says on standard output what a tracer must see, a line each:
 *
 *   map|domain NAME POINTER      as a probe's first argument
 *   must PROBE NAME NUMBER...    it is passed with these arguments, from the second on;
 *                                `+n` stands for n or more, `>` for more than the one before
 */
#include <errno.h>
#include <nbmap.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition) ((condition) ? (void)0 : fail(#condition, __LINE__))

static void fail(const char *what, int line)
{
	fprintf(stderr, "probed: line %d: %s\n", line, what);
	exit(1);
}

static void free_value(void *value, void *arg)
{
	(void)arg;
	free(value);
}

/* ---- Migrations, a clear, a settler ------------------------------------------- */

#define FEW 1000
#define MANY 200000

static void migrate_and_clear(void)
{
	struct nbmap_config config = {.flags = NBMAP_NO_THREAD};
	struct nbmap_u64 *map;

	CHECK(!nbmap_u64_new(&map, &config));
	printf("map small %p\n", (void *)map);
	printf("must migration_start small +1 +1 > +1\n");
	printf("must migration_promote small +1 +1 >\n");
	printf("must migration_done small +2 +2 +1\n");
	printf("must clear small %d +1\n", FEW);
	nbmap_u64_enter(map);
	for (uint64_t key = 0; key < FEW; key++)
		CHECK(!nbmap_u64_put(map, key, nbmap_int(key), NULL));
	CHECK(!nbmap_u64_clear(map));
	nbmap_u64_leave(map);
	CHECK(!nbmap_u64_destroy(map));
}

/* Writers leave a large table half-way; who waits in the domain goes on. */
static void settle(void)
{
	struct nbmap_config config = {.flags = NBMAP_NO_THREAD};
	struct nbmap_stats stats;
	struct nbmap_u64 *map;
	uint64_t key = 0;

	CHECK(!nbmap_u64_new(&map, &config));
	printf("map large %p\n", (void *)map);
	printf("must settle large +1 +0 0\n");
	printf("must migration_done large +1 +1 +%d\n", MANY);
	nbmap_u64_enter(map);
	do {
		CHECK(!nbmap_u64_put(map, key, nbmap_int(key), NULL));
		nbmap_u64_stats(map, &stats);
	} while (++key < MANY || stats.tables < 2);
	nbmap_u64_leave(map);
	for (int i = 0; i < 100 && stats.tables > 1; i++) {
		CHECK(nbmap_u64_reclaim(map) >= 0);
		nbmap_u64_enter(map);
		nbmap_u64_stats(map, &stats);
		nbmap_u64_leave(map);
	}
	CHECK(stats.tables == 1);
	CHECK(!nbmap_u64_destroy(map));
}

/* ---- Garbage ------------------------------------------------------------------ */

static void assist_and_limit(void)
{
	struct nbmap_type type = {.value_free = free_value};
	struct nbmap_domain_config domain_config = {.flags = NBMAP_NO_THREAD, .limit_objects = 64};
	struct nbmap_config config = {.type = &type};
	struct nbmap_domain *domain;
	struct nbmap_u64 *map;
	int error = 0;

	CHECK(!nbmap_domain_new(&domain, &domain_config));
	config.domain = domain;
	CHECK(!nbmap_u64_new(&map, &config));
	printf("domain limited %p\n", (void *)domain);
	printf("must limit_met limited +64 +0 +0\n");
	printf("must grace_period_begin limited 1\n");
	printf("must grace_period_end limited 1 +1\n");
	printf("must assist limited +1\n");
	/* Nothing is freed until it is called for, and each round makes more. */
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 1000 && !error; i++) {
			void *value = malloc(16);

			nbmap_u64_enter(map);
			error = nbmap_u64_put(map, 1, value, NULL);
			nbmap_u64_leave(map);
			if (error)
				free(value);
		}
		CHECK(error == -ENOBUFS);
		error = 0;
		/* A grace period, and what is ripe is left to who retires. */
		CHECK(!nbmap_domain_synchronize(domain));
	}
	CHECK(!nbmap_u64_destroy(map));
	CHECK(!nbmap_domain_destroy(domain));
}

/* ---- A stall ------------------------------------------------------------------ */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int entered, reported;

static void on_stall(unsigned age_ms, void *arg)
{
	(void)age_ms;
	(void)arg;
	pthread_mutex_lock(&mutex);
	reported = 1;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
}

static void await(const int *flag)
{
	pthread_mutex_lock(&mutex);
	while (!*flag)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
}

/* Stays in a section until that is reported. */
static void *reader(void *arg)
{
	nbmap_domain_enter(arg);
	pthread_mutex_lock(&mutex);
	entered = 1;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
	await(&reported);
	nbmap_domain_leave(arg);
	return NULL;
}

static void stall(void)
{
	struct nbmap_domain_config config = {.on_stall = on_stall, .stall_ms = 1};
	struct nbmap_domain *domain;
	pthread_t thread;

	CHECK(!nbmap_domain_new(&domain, &config));
	printf("domain stalled %p\n", (void *)domain);
	printf("must stall stalled +1\n");
	CHECK(!pthread_create(&thread, NULL, reader, domain));
	await(&entered);
	CHECK(!nbmap_domain_synchronize(domain));
	CHECK(!pthread_join(thread, NULL));
	CHECK(!nbmap_domain_destroy(domain));
}

int main(void)
{
	migrate_and_clear();
	settle();
	assist_and_limit();
	stall();
	return 0;
}
