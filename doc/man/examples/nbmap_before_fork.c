/* The example of nbmap_before_fork; see example.h. */
#include "example.h"

#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* begin */
static pid_t fork_with_maps(void)
{
	pid_t child = -1;

	if (nbmap_before_fork())
		return -1;
	child = fork();
	if (child == 0)
		nbmap_after_fork_child();
	else
		nbmap_after_fork_parent(); /* also where fork() has failed */
	return child;
}
/* end */

void nbmap_before_fork_example(void)
{
	struct nbmap *map = string_map();
	pid_t child;
	int status;

	nbmap_enter(map);
	ck_assert_int_eq(nbmap_put(map, "key", nbmap_int(1), NULL), 0);
	nbmap_leave(map);
	fflush(NULL);
	child = fork_with_maps();
	if (child == 0) {
		nbmap_enter(map);
		status = nbmap_get(map, "key") != nbmap_int(1);
		nbmap_leave(map);
		if (status || nbmap_destroy(map))
			_exit(1);
		/* All is well.  Valgrind would make an error of what else the child leaves, at _exit(). */
		kill(getpid(), SIGKILL);
	}
	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
