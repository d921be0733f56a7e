/*
 * budget_test: what this process may use (budget.h), from files made for it.
 *
 * Each test has a directory of its own, the tree,
 *
 *   groups        like /proc/self/cgroup
 *   mounts        like /proc/self/mountinfo
 *   v1/..., v2/...  what these say is mounted at /v1 and /v2
 *
 * and a descriptor that stays open fails it.  Where no limit is expected, there
 * is one beside it that a careless reader would take.
 */
#include "budget.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "run.h"

#define NO_LIMIT UINT64_MAX
#define MAX_PATH 4096
#define DESCRIPTORS 64 /* that are looked at */
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#define TMPFS "23 1 0:27 / / rw shared:1 - tmpfs tmpfs rw,memory\n"
#define V1 "32 23 0:29 / /v1 rw,nosuid shared:9 master:2 - cgroup cgroup rw,memory\n"
#define V1_CPU "33 23 0:30 / /cpu rw,nosuid - cgroup cgroup rw,cpu,cpuacct\n"
#define V2 "31 23 0:28 / /v2 rw,nosuid shared:8 - cgroup2 cgroup2 rw,nsdelegate\n"

static char base[64], tree[128];
static int open_before; /* descriptors */

/* ---- The tree ------------------------------------------------------------- */

static char *below(char path[MAX_PATH], const char *name)
{
	ck_assert_int_lt(snprintf(path, MAX_PATH, "%s/%s", tree, name), MAX_PATH);
	return path;
}

/* Make the file `name`, and the directories above it. */
static void put(const char *name, const char *text)
{
	char path[MAX_PATH];
	FILE *file;

	below(path, name);
	for (char *slash = path + strlen(tree) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		ck_assert(!mkdir(path, 0700) || errno == EEXIST);
		*slash = '/';
	}
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void remove_all(const char *path)
{
	DIR *directory;
	struct dirent *entry;
	char inner[MAX_PATH];

	if (!remove(path) || !(directory = opendir(path)))
		return;
	while ((entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
		    snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name) < (int)sizeof(inner))
			remove_all(inner);
	closedir(directory);
	remove(path);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int count_open(void)
{
	int count = 0;

	for (int fd = 0; fd < DESCRIPTORS; fd++)
		count += is_open(fd);
	return count;
}

static void make_base(void)
{
	const char *where = getenv("TMPDIR");

	if (!where || strlen(where) > 40)
		where = "/tmp";
	snprintf(base, sizeof(base), "%s/budget_test.XXXXXX", where);
	ck_assert_ptr_nonnull(mkdtemp(base));
}

static void remove_base(void)
{
	remove_all(base);
}

static void setup(void)
{
	snprintf(tree, sizeof(tree), "%s/XXXXXX", base);
	ck_assert_ptr_nonnull(mkdtemp(tree));
	open_before = count_open();
}

static void teardown(void)
{
	ck_assert_int_eq(count_open(), open_before);
	remove_all(tree);
}

static uint64_t limit(void)
{
	char groups[MAX_PATH], mounts[MAX_PATH];

	return nbr_memory_of_cgroups(below(groups, "groups"), below(mounts, "mounts"), tree);
}

/* What is expected if the process's groups and the mounts are these. */
static void expect(const char *groups, const char *mounts, uint64_t expected)
{
	put("groups", groups);
	put("mounts", mounts);
	ck_assert_uint_eq(limit(), expected);
}

/* ---- One version ---------------------------------------------------------- */

START_TEST(test_version_2)
{
	put("v2/a/b/memory.max", "5000\n");
	put("v2/a/b/memory.limit_in_bytes", "1\n");
	put("v2/a/memory.max", "max\n");
	put("v2/other/memory.max", "1\n");
	expect("0::/a/b\n", TMPFS V2, 5000);
	/* Its parents in turn. */
	expect("0::/a\n", TMPFS V2, NO_LIMIT);
	expect("0::/\n", TMPFS V2, NO_LIMIT);
}
END_TEST

START_TEST(test_version_2_parents)
{
	put("v2/a/b/c/memory.max", "5000\n");
	put("v2/a/b/memory.max", "4000\n");
	put("v2/a/memory.max", "6000\n");
	expect("0::/a/b/c\n", V2, 4000);
	put("v2/a/memory.max", "3000\n");
	expect("0::/a/b/c\n", V2, 3000);
	/* The mount point, and no more. */
	put("v2/memory.max", "2000\n");
	put("memory.max", "1000\n");
	expect("0::/a/b/c\n", V2, 2000);
	expect("0::/\n", V2, 2000);
}
END_TEST

/* Where the controller is not enabled a group has no such file. */
START_TEST(test_version_2_controller_above)
{
	put("v2/a/b/c/cgroup.procs", "");
	put("v2/a/memory.max", "3000\n");
	expect("0::/a/b/c\n", V2, 3000);
	/* Not even the directory is there if the group was removed. */
	expect("0::/a/b/d (deleted)\n", V2, 3000);
}
END_TEST

START_TEST(test_version_1)
{
	put("v1/a/b/memory.limit_in_bytes", "5000\n");
	put("v1/a/b/memory.max", "1\n");
	put("v1/a/memory.limit_in_bytes", "9223372036854771712\n");
	put("v1/x/memory.limit_in_bytes", "1\n");
	put("cpu/a/b/memory.limit_in_bytes", "1\n");
	expect("12:cpu,cpuacct:/x\n4:memory:/a/b\n1:name=systemd:/x\n", TMPFS V1_CPU V1, 5000);
	expect("4:memory:/a\n", TMPFS V1_CPU V1, NO_LIMIT);
	put("v1/a/memory.limit_in_bytes", "4000\n");
	expect("4:memory:/a/b\n", TMPFS V1_CPU V1, 4000);
}
END_TEST

/* The controller in lists: of the group's line, and of the mount's options. */
START_TEST(test_version_1_controllers)
{
	static const char *const with[] = {"memory", "cpu,memory", "memory,cpu", "cpu,memory,pids"};
	static const char *const without[] = {"memory2", "xmemory", "memor", "", "cpu", "cpu,name=memory", "memory=1"};
	char line[256];

	put("v1/a/memory.limit_in_bytes", "5000\n");
	for (unsigned i = 0; i < COUNT(with); i++) {
		snprintf(line, sizeof(line), "4:%s:/a\n", with[i]);
		expect(line, V1, 5000);
		snprintf(line, sizeof(line), "32 23 0:29 / /v1 rw - cgroup cgroup rw,%s\n", with[i]);
		expect("4:memory:/a\n", line, 5000);
	}
	for (unsigned i = 0; i < COUNT(without); i++) {
		snprintf(line, sizeof(line), "4:%s:/a\n", without[i]);
		expect(line, V1, NO_LIMIT);
		snprintf(line, sizeof(line), "32 23 0:29 / /v1 rw - cgroup cgroup rw,%s\n", without[i]);
		expect("4:memory:/a\n", line, NO_LIMIT);
	}
}
END_TEST

/* A group's name may have colons, spaces and dots. */
START_TEST(test_odd_names)
{
	static const char *const names[] = {"a:b", ":", "a b", "..a", "...", "a..", "a\\040b", "a,memory"};
	char text[256];

	put("v2/memory.max", "9000\n");
	for (unsigned i = 0; i < COUNT(names); i++) {
		snprintf(text, sizeof(text), "v2/%s/memory.max", names[i]);
		put(text, "5000\n");
		snprintf(text, sizeof(text), "0::/%s\n", names[i]);
		expect(text, V2, 5000);
	}
}
END_TEST

/* ---- Both versions -------------------------------------------------------- */

START_TEST(test_hybrid)
{
	put("v1/a/memory.limit_in_bytes", "5000\n");
	put("v2/b/memory.max", "4000\n");
	/* Either's group is nothing to the other. */
	put("v1/b/memory.limit_in_bytes", "1\n");
	put("v2/a/memory.max", "1\n");
	expect("4:memory:/a\n0::/b\n", V1 V2, 4000);
	expect("4:memory:/a\n0::/b\n", V2 V1, 4000);
	put("v2/b/memory.max", "6000\n");
	expect("4:memory:/a\n0::/b\n", V1 V2, 5000);
	expect("0::/b\n4:memory:/a\n", V1 V2, 5000);
	/* The usual hybrid: version 2 is there, but has not the controller. */
	put("v2/b/memory.max", "");
	expect("4:memory:/a\n0::/b\n", V1 V2, 5000);
	/* Only one of them is mounted. */
	put("v2/b/memory.max", "4000\n");
	expect("4:memory:/a\n0::/b\n", V1, 5000);
	expect("4:memory:/a\n0::/b\n", V2, 4000);
	expect("4:memory:/a\n0::/b\n", TMPFS V1_CPU, NO_LIMIT);
}
END_TEST

/* ---- Mounts that show a part ---------------------------------------------- */

#define V2_OF(root) "31 23 0:28 " root " /v2 rw - cgroup2 cgroup2 rw\n"
#define V1_OF(root) "32 23 0:29 " root " /v1 rw - cgroup cgroup rw,memory\n"

START_TEST(test_container)
{
	put("v2/memory.max", "5000\n");
	put("v1/memory.limit_in_bytes", "5000\n");
	put("v2/in/side/memory.max", "4000\n");
	put("v1/in/side/memory.limit_in_bytes", "4000\n");
	/* What is not below the mount point under that name. */
	put("v2/box/c1/memory.max", "1\n");
	put("v1/box/c1/memory.limit_in_bytes", "1\n");
	expect("0::/box/c1\n", V2_OF("/box/c1"), 5000);
	expect("0::/box/c1/in/side\n", V2_OF("/box/c1"), 4000);
	expect("0::/box/c1/in\n", V2_OF("/box/c1"), 5000);
	/* It is the group, so what else is mounted does not matter. */
	put("other/memory.max", "1\n");
	expect("0::/box/c1\n", V2_OF("/box/c1") "40 23 0:28 /box/c2 /other rw - cgroup2 cgroup2 rw\n", 5000);
	expect("4:memory:/box/c1\n", V1_OF("/box/c1"), 5000);
	expect("4:memory:/box/c1/in/side\n", V1_OF("/box/c1"), 4000);
	/* Names that begin alike are of different groups: only the mount point. */
	put("v2/2/in/memory.max", "1\n");
	put("v22/in/memory.max", "1\n");
	expect("0::/box/c12/in\n", V2_OF("/box/c1"), 5000);
}
END_TEST

/* The group has another name here, or the mount is of another group: the mount point, if there is nothing better. */
START_TEST(test_another_root)
{
	put("v2/memory.max", "5000\n");
	put("v2/sub/memory.max", "1\n");
	put("v1/memory.limit_in_bytes", "5000\n");
	put("v1/sub/memory.limit_in_bytes", "1\n");
	expect("0::/\n", V2_OF("/box/c1"), 5000);
	expect("0::/sub\n", V2_OF("/box/c1"), 5000);
	expect("0::/\n", V2_OF("/.."), 5000);
	expect("4:memory:/\n", V1_OF("/box/c1"), 5000);
	expect("4:memory:/sub\n", V1_OF("/box/c1"), 5000);
	/* Another mount shows the group, and without a limit. */
	put("whole/sub/memory.max", "max\n");
	expect("0::/sub\n", "40 23 0:28 / /whole rw - cgroup2 cgroup2 rw\n" V2_OF("/box/c1"), NO_LIMIT);
	expect("0::/sub\n", V2_OF("/box/c1") "40 23 0:28 / /whole rw - cgroup2 cgroup2 rw\n", NO_LIMIT);
	put("whole/sub/memory.max", "7000\n");
	expect("0::/sub\n", V2_OF("/box/c1") "40 23 0:28 / /whole rw - cgroup2 cgroup2 rw\n", 7000);
	/* But a mount of the one version says nothing of the other. */
	expect("0::/sub\n4:memory:/sub\n", V1_OF("/box/c1") "40 23 0:28 / /whole rw - cgroup2 cgroup2 rw\n", 5000);
}
END_TEST

/* The process is outside of its namespace. */
START_TEST(test_outside_of_the_namespace)
{
	put("v2/memory.max", "5000\n");
	put("v1/memory.limit_in_bytes", "5000\n");
	/* Where a path that leads up would lead. */
	put("memory.max", "1\n");
	put("memory.limit_in_bytes", "1\n");
	put("x/memory.max", "1\n");
	put("v2/a/memory.max", "1\n");
	put("v2/..a/memory.max", "1\n");
	expect("0::/..\n", V2, 5000);
	expect("0::/../x\n", V2, 5000);
	expect("0::/a/..\n", V2, 5000);
	expect("0::/a/../../x\n", V2, 5000);
	expect("0::/..a/..\n", V2, 5000);
	expect("0::/../x\n", V2_OF("/box"), 5000);
	expect("4:memory:/..\n", V1, 5000);
	/* But a mount from outside shows it. */
	put("v2/y/memory.max", "4000\n");
	expect("0::/../y\n", V2_OF("/.."), 4000);
	expect("0::/../../y\n", V2_OF("/.."), 5000);
}
END_TEST

START_TEST(test_escapes)
{
	put("my groups\t\\/v2/a b/memory.max", "5000\n");
	expect("0::/a b\n", "31 23 0:28 / /my\\040groups\\011\\134/v2 rw - cgroup2 cgroup2 rw\n", 5000);
	/* In the root, too. */
	expect("0::/the box/a b\n", "31 23 0:28 /the\\040box /my\\040groups\\011\\134/v2 rw - cgroup2 cgroup2 rw\n",
	       5000);
	/* What only looks like one. */
	put("\\04/\\400\\0/\\080\\048\\/memory.max", "4000\n");
	expect("0::/\n", "31 23 0:28 / /\\04/\\400\\0/\\080\\048\\ rw - cgroup2 cgroup2 rw\n", 4000);
}
END_TEST

/* ---- Mountinfo ------------------------------------------------------------ */

START_TEST(test_fields_of_a_mount)
{
	static const char *const good[] = {
		"31 23 0:28 / /v2 rw - cgroup2 cgroup2 rw\n",
		"31 23 0:28 / /v2 rw shared:1 master:2 propagate_from:3 unbindable - cgroup2 none rw,nsdelegate\n",
		"31 23 0:28 / /v2 rw - cgroup2  rw\n", /* no source */
		"31 23 0:28 / /v2 rw - cgroup2 - rw\n",
		"31 23 0:28 / /v2 rw - cgroup2 cgroup2 rw",
		"31 23 0:28 / /v2 rw - cgroup2 cgroup2 rw more fields\n",
		"\n\n31 23 0:28 / /v2 rw - cgroup2 cgroup2 rw\n",
	};
	static const char *const bad[] = {
		"",
		"\n",
		"- - - - - - - - - - -\n",
		"31\n",
		"31 23 0:28 / /v2\n",
		"31 23 0:28 / /v2 rw\n",
		"31 23 0:28 / /v2 rw -\n",
		"31 23 0:28 / /v2 rw - cgroup2\n",
		"31 23 0:28 / /v2 rw - cgroup2 cgroup2\n",
		"31 23 0:28 / /v2 rw cgroup2 cgroup2 rw\n",
		"31 23 0:28 / v2 rw - cgroup2 cgroup2 rw\n",
		"31 23 0:28 x /v2 rw - cgroup2 cgroup2 rw\n",
		"31 23 0:28 /v2 rw - cgroup2 cgroup2 rw\n",
		" 31 23 0:28 / /v2 rw - cgroup2 cgroup2 rw\n",
		"31 23 0:28 / /v2 rw - cgroup cgroup2 rw\n",
		"31 23 0:28 / /v2 rw - cgroup22 cgroup2 rw\n",
		"31 23 0:28 / /v2 rw - tmpfs cgroup2 rw,memory\n",
		"31 23 0:28 / /v2 rw - ext4 - cgroup2 cgroup2 rw\n",
	};

	char groups[MAX_PATH], mounts[MAX_PATH], root[MAX_PATH];

	put("v2/memory.max", "5000\n");
	put("v2/a/memory.max", "5000\n");
	/* Found if "/" is forgotten between the two. */
	put("v2.memory.max", "1\n");
	for (unsigned i = 0; i < COUNT(good); i++)
		expect("0::/a\n", good[i], 5000);
	for (unsigned i = 0; i < COUNT(bad); i++) {
		expect("0::/a\n", bad[i], NO_LIMIT);
		/* Even if a relative mount point would be found. */
		ck_assert_uint_eq(
			nbr_memory_of_cgroups(below(groups, "groups"), below(mounts, "mounts"), below(root, "")),
			NO_LIMIT);
	}
}
END_TEST

/* Several mounts of one hierarchy, and one at "/". */
START_TEST(test_several_mounts)
{
	put("v2/a/memory.max", "5000\n");
	put("again/a/memory.max", "4000\n");
	put("a/memory.max", "3000\n");
	expect("0::/a\n", V2 "40 23 0:28 / /again rw - cgroup2 cgroup2 rw\n", 4000);
	expect("0::/a\n", "40 23 0:28 / /again rw - cgroup2 cgroup2 rw\n" V2, 4000);
	expect("0::/a\n", V2 "40 23 0:28 / / rw - cgroup2 cgroup2 rw\n", 3000);
}
END_TEST

/* ---- Groups --------------------------------------------------------------- */

START_TEST(test_malformed_groups)
{
	static const char *const bad[] = {
		"",	      "\n",	    ":",	   "::",	   "0",
		"0:",	      "0::",	    "0::\n",	   "0::a\n",	   "0:/a\n",
		"/a\n",	      ":::::\n",    "0: :/a\n",	   "1::/a\n",	   "0:cpu:/a\n",
		" 0::/a\n",   "4:memory\n", "4:memory:\n", "4:memory:a\n", "4 memory /a\n",
		"\001\377\n",
	};

	put("v2/memory.max", "5000\n");
	put("v2/a/memory.max", "5000\n");
	put("v2a/memory.max", "5000\n");
	put("v1/memory.limit_in_bytes", "5000\n");
	put("v1/a/memory.limit_in_bytes", "5000\n");
	put("v1a/memory.limit_in_bytes", "5000\n");
	for (unsigned i = 0; i < COUNT(bad); i++)
		expect(bad[i], V1 V2, NO_LIMIT);
	/* A good line among them, and one without its newline. */
	expect("::\n0\n0::/a\n:::\n", V2, 5000);
	expect("0::/a", V2, 5000);
}
END_TEST

/* ---- Numbers -------------------------------------------------------------- */

static const struct {
	const char *text;
	uint64_t limit;
} numbers[] = {
	{"5000\n", 5000},
	{"5000", 5000},
	{"1\n", 1},
	{"34359738368\n", UINT64_C(34359738368)},
	{"4611686018427387903\n", UINT64_C(4611686018427387903)},
	{"max\n", NO_LIMIT},
	{"max", NO_LIMIT},
	{"4611686018427387904\n", NO_LIMIT},
	{"9223372036854771712\n", NO_LIMIT},
	{"9223372036854775807\n", NO_LIMIT},
	{"9999999999999999999\n", NO_LIMIT},
	{"18446744073709551615\n", NO_LIMIT},
	/* 2^64 and more, which would be small numbers if nobody took care. */
	{"18446744073709551621\n", NO_LIMIT},
	{"184467440737095516165\n", NO_LIMIT},
	{"00000000000000000000000000000000000000000000005000\n", NO_LIMIT},
	{"0\n", NO_LIMIT},
	{"", NO_LIMIT},
	{"\n", NO_LIMIT},
	{"\n5000\n", NO_LIMIT},
	{"5000\n\n", NO_LIMIT},
	{"1000000000000000000\n", UINT64_C(1000000000000000000)},
	{"1000000000000000000\n\n", NO_LIMIT},
	{"5000\n6000\n", NO_LIMIT},
	{"5000 \n", NO_LIMIT},
	{" 5000\n", NO_LIMIT},
	{"+5000\n", NO_LIMIT},
	{"-5000\n", NO_LIMIT},
	{"5000k\n", NO_LIMIT},
	{"0x5000\n", NO_LIMIT},
	{"50:0\n", NO_LIMIT},
	{"5/00\n", NO_LIMIT},
	{"5000\n                                                                  ", NO_LIMIT},
	{"\377\376\001\n", NO_LIMIT},
};

START_TEST(test_numbers)
{
	put("v2/a/memory.max", numbers[_i].text);
	expect("0::/a\n", V2, numbers[_i].limit);
	put("v1/a/memory.limit_in_bytes", numbers[_i].text);
	expect("4:memory:/a\n", V1, numbers[_i].limit);
	/* What says nothing leaves the parent's word. */
	if (numbers[_i].limit == NO_LIMIT) {
		put("v2/memory.max", "7000\n");
		expect("0::/a\n", V2, 7000);
	}
}
END_TEST

/* ---- Files that are not there --------------------------------------------- */

START_TEST(test_missing_files)
{
	char path[MAX_PATH], other[MAX_PATH];

	ck_assert_uint_eq(limit(), NO_LIMIT);
	put("v2/a/memory.max", "5000\n");
	put("groups", "0::/a\n");
	ck_assert_uint_eq(limit(), NO_LIMIT);
	put("mounts", V2);
	ck_assert_uint_eq(limit(), 5000);
	ck_assert_uint_eq(nbr_memory_of_cgroups(below(path, "none"), below(other, "mounts"), tree), NO_LIMIT);
	ck_assert_uint_eq(nbr_memory_of_cgroups(below(path, "groups"), below(other, "none"), tree), NO_LIMIT);
	ck_assert_uint_eq(nbr_memory_of_cgroups("", "", ""), NO_LIMIT);
	/* The root may be a directory that is not there. */
	ck_assert_uint_eq(nbr_memory_of_cgroups(below(path, "groups"), below(other, "mounts"), "/none"), NO_LIMIT);
	ck_assert_int_eq(remove(below(path, "v2/a/memory.max")), 0);
	ck_assert_uint_eq(limit(), NO_LIMIT);
	/* What can be opened but not read. */
	put("v2/a/memory.max/x", "");
	ck_assert_uint_eq(limit(), NO_LIMIT);
	put("v2/memory.max", "7000\n");
	ck_assert_uint_eq(limit(), 7000);
	ck_assert_int_eq(remove(below(path, "mounts")), 0);
	put("mounts/x", "");
	ck_assert_uint_eq(limit(), NO_LIMIT);
	ck_assert_int_eq(remove(below(path, "groups")), 0);
	put("groups/x", "");
	ck_assert_uint_eq(limit(), NO_LIMIT);
}
END_TEST

/* ---- Long ones ------------------------------------------------------------ */

/* `length` characters, in pieces that a file system takes. */
static char *fill(char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		text[i] = i % 100 ? 'x' : '/';
	text[length] = '\0';
	return text;
}

/* A line too long is left out whole, whatever its rest looks like; what is before and after it counts. */
START_TEST(test_long_lines)
{
	static char mounts[3 * 10000], groups[3 * 10000], line[10001];
	static const size_t lengths[] = {511, 512, 513, 1023, 1024, 2047, 2048, 2049, 4095, 4096, 4097, 10000};

	put("v2/memory.max", "9000\n");
	put("v2/a/memory.max", "5000\n");
	put("v2/evil/memory.max", "1\n");
	put("evil/a/memory.max", "1\n");
	for (unsigned i = 0; i < COUNT(lengths); i++) {
		memset(line, 'x', lengths[i]);
		line[lengths[i]] = '\0';
		snprintf(groups, sizeof(groups), "4:cpu:/%s\n0::/a\n5:cpu:/%s\n", line, line);
		snprintf(mounts, sizeof(mounts), "%s\n" V2 "%s\n", line, line);
		expect(groups, mounts, 5000);
		snprintf(groups, sizeof(groups), "0::/a\n%s0::/evil\n", line);
		snprintf(mounts, sizeof(mounts), V2 "%s40 23 0:28 / /evil rw - cgroup2 cgroup2 rw\n", line);
		/* A short one is a line like any other, but a malformed one. */
		expect(groups, V2, 5000);
		if (lengths[i] >= 2048)
			expect("0::/a\n", mounts, 5000);
		/* Nor does its head count. */
		snprintf(mounts, sizeof(mounts), V2 "40 23 0:28 / /evil rw - cgroup2 cgroup2 %s\n", line);
		expect("0::/a\n", mounts, lengths[i] < 2000 ? 1 : 5000);
		/* Nothing but one such line, without an end. */
		expect("0::/a\n", line, NO_LIMIT);
		expect(line, V2, NO_LIMIT);
	}
}
END_TEST

/* Wherever what is read at once, 512 bytes, ends in a line, or between two. */
START_TEST(test_every_offset)
{
	static char text[4096];

	put("v2/a/memory.max", "5000\n");
	for (size_t before = 512 - strlen(TMPFS V2) - 4; before < 516; before++) {
		memset(text, 'x', before);
		snprintf(text + before, sizeof(text) - before, "\n" TMPFS V2 TMPFS);
		expect("0::/a\n", text, 5000);
		if (before < 512 - 24)
			continue;
		snprintf(text + before, sizeof(text) - before, "\n4:cpu:/\n0::/a\n3:pids:/\n");
		expect(text, V2, 5000);
	}
}
END_TEST

START_TEST(test_many_mounts)
{
	static char text[400000];
	size_t length = 0;

	put("v2/a/memory.max", "5000\n");
	for (int i = 0; i < 5000; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length,
					   "%d 1 0:%d / /mnt/%d rw - ext4 /dev/%d rw\n", i, i, i, i);
	snprintf(text + length, sizeof(text) - length, V2);
	expect("0::/a\n", text, 5000);
}
END_TEST

/* Containers in containers have names of some hundred characters. */
START_TEST(test_long_groups)
{
	static char group[5000], line[6000], name[6000];
	static const size_t found[] = {200, 500, 900, 1023}, lost[] = {1024, 1025, 1500, 3000, 4999};

	put("v2/memory.max", "9000\n");
	put("v1/memory.limit_in_bytes", "9000\n");
	for (unsigned i = 0; i < COUNT(found); i++) {
		snprintf(name, sizeof(name), "v2%s/memory.max", fill(group, found[i]));
		put(name, "5000\n");
		snprintf(line, sizeof(line), "0::%s\n", group);
		expect(line, V2, 5000);
	}
	/* Half a path is another group. */
	for (unsigned i = 0; i < COUNT(lost); i++) {
		snprintf(line, sizeof(line), "0::%s\n", fill(group, lost[i]));
		expect(line, V2, NO_LIMIT);
		snprintf(line, sizeof(line), "4:memory:%s\n", fill(group, lost[i]));
		expect(line, V1, NO_LIMIT);
	}
}
END_TEST

START_TEST(test_long_mount_points)
{
	static char point[5000], line[6000], name[6000], group[2000];
	static const size_t found[] = {200, 1000, 1500}, lost[] = {2000, 2030, 2048, 2500, 4999};

	/* Where one is looked for if the mount point is left out. */
	put("memory.max", "1\n");
	for (unsigned i = 0; i < COUNT(found); i++) {
		snprintf(name, sizeof(name), "%s/memory.max", fill(point, found[i]) + 1);
		put(name, "5000\n");
		snprintf(line, sizeof(line), "31 23 0:28 / %s rw - cgroup2 cgroup2 rw\n", point);
		expect("0::/\n", line, 5000);
		expect("0::/a\n", line, 5000);
	}
	/* Together they are too long. */
	snprintf(line, sizeof(line), "0::%s\n", fill(group, 1000));
	put("groups", line);
	ck_assert_uint_eq(limit(), NO_LIMIT);
	for (unsigned i = 0; i < COUNT(lost); i++) {
		snprintf(line, sizeof(line), "31 23 0:28 / %s rw - cgroup2 cgroup2 rw\n", fill(point, lost[i]));
		expect("0::/\n", line, NO_LIMIT);
	}
	/* The line fits, the root and the point together do not; the root alone would be found. */
	put("groups", "0::/\n");
	snprintf(line, sizeof(line), "31 23 0:28 / %s rw - cgroup2 cgroup2 rw\n", fill(point, 1950));
	put("mounts", line);
	memset(group, '/', 150);
	snprintf(group + 150, sizeof(group) - 150, "%s", tree);
	ck_assert_uint_eq(nbr_memory_of_cgroups(below(name, "groups"), below(line, "mounts"), group), NO_LIMIT);
	/* So is the root by itself. */
	put("groups", "0::/\n");
	put("mounts", V2);
	ck_assert_uint_eq(nbr_memory_of_cgroups(below(name, "groups"), below(line, "mounts"), fill(point, 4999)),
			  NO_LIMIT);
}
END_TEST

/* Names of files that leave just no room for what is appended to them. */
START_TEST(test_every_length_of_path)
{
	static char root[4096], groups[MAX_PATH], mounts[MAX_PATH];

	put("groups", "0::/a/b\n");
	put("mounts", V2);
	below(groups, "groups");
	below(mounts, "mounts");
	for (size_t length = 2000; length < 2060; length++)
		ck_assert_uint_eq(nbr_memory_of_cgroups(groups, mounts, fill(root, length)), NO_LIMIT);
}
END_TEST

/* ---- Interruptions -------------------------------------------------------- */

static const char *const pipes[] = {"groups", "mounts", "v2/a/memory.max"};
static const char *const texts[] = {"4:cpu:/x\n0::/a\n", V1_CPU V2, "5000\n"};

static struct {
	pthread_t reader;
	char path[MAX_PATH];
	const char *text;
	bool before[DESCRIPTORS]; /* descriptors that were open before */
	atomic_int seen;	  /* those that the reader has opened */
	atomic_int exposed;	  /* that a program run meanwhile would inherit */
} writer;

static void do_nothing(int signal)
{
	(void)signal;
}

static void pause_and_interrupt(void)
{
	for (int i = 0; i < 20; i++) {
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
		pthread_kill(writer.reader, SIGUSR1);
	}
}

static void note_descriptors(void)
{
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		writer.before[fd] = is_open(fd);
}

static void look_at_descriptors(int own)
{
	for (int fd = 0; fd < DESCRIPTORS; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags < 0 || fd == own || writer.before[fd])
			continue;
		atomic_fetch_add(&writer.seen, 1);
		if (!(flags & FD_CLOEXEC))
			atomic_fetch_add(&writer.exposed, 1);
	}
}

/* While the reader waits in open(), and twice in read(). */
static void *write_slowly(void *arg)
{
	size_t half = strlen(writer.text) / 2;
	int fd;

	(void)arg;
	pause_and_interrupt();
	fd = open(writer.path, O_WRONLY | O_CLOEXEC);
	/* Where the machine is busy the reader may take its time. */
	for (int tries = 0; tries < 50 && !atomic_load(&writer.seen); tries++) {
		pause_and_interrupt();
		look_at_descriptors(fd);
	}
	(void)!write(fd, writer.text, half);
	pause_and_interrupt();
	(void)!write(fd, writer.text + half, strlen(writer.text) - half);
	close(fd);
	return NULL;
}

/* Each of the files in turn is a pipe, written to little by little. */
START_TEST(test_interrupted)
{
	struct sigaction action = {.sa_handler = do_nothing}; /* without SA_RESTART */
	pthread_t thread;
	uint64_t answer;
	int fd, seen, exposed;

	for (unsigned i = 0; i < COUNT(pipes); i++)
		put(pipes[i], texts[i]);
	ck_assert_uint_eq(limit(), 5000);
	writer.reader = pthread_self();
	writer.text = texts[_i];
	atomic_store(&writer.seen, 0);
	atomic_store(&writer.exposed, 0);
	ck_assert_int_eq(remove(below(writer.path, pipes[_i])), 0);
	ck_assert_int_eq(mkfifo(writer.path, 0600), 0);
	note_descriptors();
	sigaction(SIGUSR1, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pthread_create(&thread, NULL, write_slowly, NULL), 0);
	answer = limit();
	/* A reader that gave up must not leave the writer waiting for another one. */
	fd = open(writer.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	close(fd);
	signal(SIGUSR1, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	ck_assert_uint_eq(answer, 5000);
	seen = atomic_load(&writer.seen);
	exposed = atomic_load(&writer.exposed);
	ck_assert_int_gt(seen, 0);
	ck_assert_int_eq(exposed, 0);
}
END_TEST

/* ---- This machine --------------------------------------------------------- */

START_TEST(test_this_machine)
{
	uint64_t physical = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t groups = nbr_memory_of_cgroups("/proc/self/cgroup", "/proc/self/mountinfo", "");
	uint64_t available = nbr_memory_available();

	ck_assert_uint_gt(available, 0);
	ck_assert_uint_le(available, physical);
	ck_assert_uint_eq(available, groups < physical ? groups : physical);
}
END_TEST

/* ---- The suite ------------------------------------------------------------ */

int main(void)
{
	Suite *suite = suite_create("budget");
	TCase *all = tcase_create("all");

	tcase_add_unchecked_fixture(all, make_base, remove_base);
	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_test(all, test_version_2);
	tcase_add_test(all, test_version_2_parents);
	tcase_add_test(all, test_version_2_controller_above);
	tcase_add_test(all, test_version_1);
	tcase_add_test(all, test_version_1_controllers);
	tcase_add_test(all, test_odd_names);
	tcase_add_test(all, test_hybrid);
	tcase_add_test(all, test_container);
	tcase_add_test(all, test_another_root);
	tcase_add_test(all, test_outside_of_the_namespace);
	tcase_add_test(all, test_escapes);
	tcase_add_test(all, test_fields_of_a_mount);
	tcase_add_test(all, test_several_mounts);
	tcase_add_test(all, test_malformed_groups);
	tcase_add_loop_test(all, test_numbers, 0, (int)COUNT(numbers));
	tcase_add_test(all, test_missing_files);
	tcase_add_test(all, test_long_lines);
	tcase_add_test(all, test_every_offset);
	tcase_add_test(all, test_many_mounts);
	tcase_add_test(all, test_long_groups);
	tcase_add_test(all, test_long_mount_points);
	tcase_add_test(all, test_every_length_of_path);
	tcase_add_loop_test(all, test_interrupted, 0, (int)COUNT(pipes));
	tcase_add_test(all, test_this_machine);
	tcase_set_timeout(all, 60);
	suite_add_tcase(suite, all);
	return test_run(suite);
}
