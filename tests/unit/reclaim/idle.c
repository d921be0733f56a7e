/*
 * idle: what the system shows of a domain's threads, in /proc/self/task, when
 * nothing is going on.
 */
#include "fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS 3

static const char *const names[THREADS] = {"nbmap-clock", "nbmap-reclaim", "nbmap-watch"};

/* A line of a thread's status that begins with `key`, or -1. */
static long number_of(const char *task, const char *key)
{
	char path[300], line[300];
	long number = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%s/status", task);
	file = fopen(path, "r");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, key, strlen(key)) == 0)
			number = strtol(line + strlen(key), NULL, 10);
	if (file != NULL)
		fclose(file);
	return number;
}

static bool is_called(const char *task, const char *name)
{
	char path[300], line[300];
	bool same = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%s/comm", task);
	file = fopen(path, "r");
	if (file == NULL)
		return false;
	if (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		same = strcmp(line, name) == 0;
	}
	fclose(file);
	return same;
}

/* How many threads have that name, and how often they left a processor. */
static unsigned threads_called(const char *name, long *switches)
{
	DIR *tasks = opendir("/proc/self/task");
	unsigned found = 0;
	struct dirent *task;

	ck_assert_ptr_nonnull(tasks);
	while ((task = readdir(tasks)) != NULL)
		if (is_called(task->d_name, name)) {
			found++;
			*switches += number_of(task->d_name, "voluntary_ctxt_switches:");
			*switches += number_of(task->d_name, "nonvoluntary_ctxt_switches:");
		}
	closedir(tasks);
	return found;
}

static long all_switches(void)
{
	long switches = 0;
	unsigned i;

	for (i = 0; i < THREADS; i++)
		ck_assert_uint_eq(threads_called(names[i], &switches), 1);
	return switches;
}

/* One of each name; and when nothing is going on they sleep, and do not look now
 * and then.  Before that they may take some time to settle. */
START_TEST(test_idle)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct stall stall = {.reports = 0}, *user = &stall;
	struct nbr_config config = {.on_stall = on_stall, .stall_ms = 100000, .user = &user, .user_size = sizeof(user)};
	struct nbr_domain *domain = make(flavor, config);
	bool quiet = false;
	int round, tries;

	thread_in(flavor);
	for (round = 0; round < 2; round++) {
		retire_fillers(domain, flavor, 100);
		ck_assert_int_eq(nbr_barrier(domain), 0);
		quiet = false;
		for (tries = 0; tries < 50 && !quiet; tries++) {
			long before = all_switches();

			usleep(100000);
			quiet = all_switches() == before;
		}
		ck_assert(quiet);
	}
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

void add_idle(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_idle, 0, NBR_FLAVORS);
}
