/*
 * tasks: see tasks.h.
 */
#include "tasks.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whose name is `name`; NULL: any. */
static unsigned count_tasks(const char *name)
{
	unsigned tasks = 0;
	DIR *directory = opendir("/proc/self/task");

	if (!directory)
		abort();
	for (struct dirent *entry; (entry = readdir(directory));) {
		char path[300], comm[32] = "";
		FILE *file;

		if (entry->d_name[0] == '.')
			continue;
		if (name) {
			snprintf(path, sizeof(path), "/proc/self/task/%s/comm", entry->d_name);
			file = fopen(path, "r");
			/* None: it has ended meanwhile. */
			if (!file)
				continue;
			if (fgets(comm, sizeof(comm), file))
				comm[strcspn(comm, "\n")] = 0;
			fclose(file);
		}
		tasks += !name || !strcmp(comm, name);
	}
	closedir(directory);
	return tasks;
}

unsigned tasks_now(void)
{
	return count_tasks(NULL);
}

unsigned tasks_named(const char *name)
{
	return count_tasks(name);
}

void tasks_await(unsigned most)
{
	while (tasks_now() > most)
		sched_yield();
}
