/*
 * tasks: the threads of this process, as the system lists them.
 */
#ifndef TEST_TASKS_H
#define TEST_TASKS_H

/* How many there are. */
unsigned tasks_now(void);

/* How many have this name. */
unsigned tasks_named(const char *name);

/* A thread that was joined may be listed for a moment longer: wait until there are
 * no more than that. */
void tasks_await(unsigned most);

#endif
