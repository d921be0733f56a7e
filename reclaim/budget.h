/*
 * budget: how much memory this process may use, from which a default limit is
 * derived: the machine's, or less where a control group says so.
 *
 *   /proc/self/cgroup      which group the process is in      0::/a/b
 *   /proc/self/mountinfo   where that hierarchy is mounted    /sys/fs/cgroup
 *   the limits             /sys/fs/cgroup/a/b/memory.max
 *                          /sys/fs/cgroup/a/memory.max
 *                          /sys/fs/cgroup/memory.max
 *
 * A group has no more than any of its parents, so the smallest number counts.
 * Version 1 has other names (a mount with the option "memory", the file
 * memory.limit_in_bytes).  Both versions may be there at once, and the smaller
 * counts.
 *
 * A mount may show a part of the hierarchy only: in a container, "/" of the
 * mount is the container's group, which mountinfo calls the mount's root.
 *
 *   root is above the group          the rest of the path is looked up
 *   it is not, or the rest has ".."  only the mount point itself is read, and it
 *                                    counts only if no other mount shows the group
 *
 * For such a mount may be a parent of a group that has another name here (a
 * control group namespace), but may also be somebody else's.
 *
 * Nothing here fails.  What is missing, unreadable, malformed or longer than the
 * buffers says nothing.  A limit of 0, under which no process lives, is
 * malformed, so the answer is never 0.  Nothing is allocated; some 7 KiB of
 * stack are used.
 *
 * The answer is of the moment: a limit that is changed later is not noticed.
 *
 * Sources: cgroups(7), cgroup_namespaces(7), proc_pid_mountinfo(5); in the
 * kernel's Documentation/admin-guide cgroup-v2.rst and cgroup-v1/memory.rst.
 */
#ifndef NBR_BUDGET_H
#define NBR_BUDGET_H

#include <stdint.h>

/* Bytes of memory that this process may use: the machine's, or less where a control group says so; UINT64_MAX if
 * nothing is known. */
uint64_t nbr_memory_available(void);

/* What control groups alone say, from files elsewhere: for tests.  `cgroups` is like /proc/self/cgroup, `mounts` like
 * /proc/self/mountinfo; paths found in the latter are looked up below `root`. */
uint64_t nbr_memory_of_cgroups(const char *cgroups, const char *mounts, const char *root);

#endif
