/*
 * words: see words.h.
 */
#include "words.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crew.h"
#include "nbmap.h"

int words_of_child(void (*act)(void *arg), void *arg, char *words, size_t size)
{
	int pipes[2], status;
	size_t got = 0;
	ssize_t n;
	pid_t child;

	crew_check(!pipe(pipes));
	fflush(NULL);
	child = fork();
	crew_check(child >= 0);
	if (!child) {
		crew_check(dup2(pipes[1], STDERR_FILENO) == STDERR_FILENO);
		act(arg);
		kill(getpid(), SIGKILL);
	}
	close(pipes[1]);
	while (got < size - 1 && (n = read(pipes[0], words + got, size - 1 - got)) > 0)
		got += (size_t)n;
	words[got] = 0;
	close(pipes[0]);
	crew_check(waitpid(child, &status, 0) == child);
	crew_check(WIFSIGNALED(status));
	return WTERMSIG(status);
}

void words_assert_none(void (*act)(void *arg), void *arg)
{
	char words[512];
	int signal = words_of_child(act, arg, words, sizeof(words));

	ck_assert_msg(signal == SIGKILL && !*words, "signal %d, \"%s\"", signal, words);
}

void words_assert_named(void (*act)(void *arg), void *arg, const char *call, const char *why)
{
	char words[512], start[128];
	int signal = words_of_child(act, arg, words, sizeof(words));

	snprintf(start, sizeof(start), "nbmap: %s: ", call);
	ck_assert_msg(signal == SIGABRT && strstr(words, start) && strstr(words, why),
		      "signal %d, and \"%s\" has no \"%s\", or no \"%s\"", signal, words, start, why);
}

/* Which never was: an -EINVAL, and nothing else, or an end with words. */
static void unregister_once_too_often(void *arg)
{
	(void)arg;
	(void)nbmap_thread_unregister(NBMAP_MEMB);
}

bool words_are_to_be_expected(void)
{
	char words[512];

	return words_of_child(unregister_once_too_often, NULL, words, sizeof(words)) == SIGABRT;
}
