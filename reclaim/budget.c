/*
 * budget: see budget.h for what is read, and what it means.
 *
 * Lines and paths are kept in buffers of fixed size.  What does not fit is left
 * out whole: half a line could look like another one, and half a path like
 * another group.
 */
#include "budget.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define NO_LIMIT UINT64_MAX

/* From here on a number means that there is no limit.  Version 1 has no word for
 * it and says PAGE_COUNTER_MAX pages, a little less than 2^63 bytes. */
#define UNLIMITED (UINT64_C(1) << 62)

/* All of them fit into 64 bits, and longer ones are no limit. */
#define MAX_DIGITS 19

#define CHUNK_SIZE 512
#define LINE_SIZE 2048
#define GROUP_SIZE 1024
#define PATH_SIZE 2048

#define VERSIONS 2

/* Control groups of one version. */
struct hierarchy {
	const char *type;	/* of its file system */
	const char *controller; /* named by its mount and its groups; NULL if they name none */
	const char *file;	/* that has a group's limit */
	char group[GROUP_SIZE]; /* this process's; empty if unknown */
	bool shown;		/* by some mount, the group is */
	uint64_t limit;		/* if it is: from such mounts */
	uint64_t guess;		/* if not: from other mounts */
};

struct mount {
	char *root;  /* what of the hierarchy it shows */
	char *point; /* where */
	const char *type;
	const char *options;
};

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* ---- Files ---------------------------------------------------------------- */

static int open_file(const char *path)
{
	int fd;

	do
		fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	return fd;
}

static ssize_t read_some(int fd, char *bytes, size_t size)
{
	ssize_t got;

	do
		got = read(fd, bytes, size);
	while (got < 0 && errno == EINTR);
	return got;
}

static void close_file(int fd)
{
	/* Not again if interrupted: Linux has closed it, and it may be another's by now. */
	(void)close(fd);
}

struct reader {
	int fd;
	size_t at, end; /* what of the chunk is not read yet */
	char chunk[CHUNK_SIZE];
};

/* Negative at the end. */
static int next_char(struct reader *reader)
{
	if (reader->at == reader->end) {
		ssize_t got = read_some(reader->fd, reader->chunk, sizeof(reader->chunk));

		if (got <= 0)
			return -1;
		reader->at = 0;
		reader->end = (size_t)got;
	}
	return (unsigned char)reader->chunk[reader->at++];
}

/* The next line that fits, without its newline; false at the end. */
static bool next_line(struct reader *reader, char line[LINE_SIZE])
{
	size_t length = 0;
	int c;

	while ((c = next_char(reader)) >= 0) {
		if (c != '\n') {
			if (length < LINE_SIZE)
				line[length++] = (char)c;
		} else if (length < LINE_SIZE) {
			line[length] = '\0';
			return true;
		} else {
			length = 0;
		}
	}
	/* The last one may lack its newline. */
	if (length == 0 || length == LINE_SIZE)
		return false;
	line[length] = '\0';
	return true;
}

/* ---- A limit -------------------------------------------------------------- */

/* "max", which is no limit, is no number either. */
static uint64_t number(const char *text, size_t length)
{
	uint64_t value = 0;
	size_t i;

	if (length > 0 && text[length - 1] == '\n')
		length--;
	if (length > MAX_DIGITS)
		return NO_LIMIT;
	for (i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return NO_LIMIT;
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	/* 0 if there is no digit, too. */
	return value == 0 || value >= UNLIMITED ? NO_LIMIT : value;
}

static uint64_t number_in(const char *path)
{
	char text[MAX_DIGITS + 2]; /* a newline, and one more to see that it is too long */
	size_t length = 0;
	ssize_t got = 0;
	int fd = open_file(path);

	if (fd < 0)
		return NO_LIMIT;
	while (length < sizeof(text) && (got = read_some(fd, text + length, sizeof(text) - length)) > 0)
		length += (size_t)got;
	close_file(fd);
	return got < 0 ? NO_LIMIT : number(text, length);
}

/* False, and nothing changed, if it does not fit. */
static bool append(char path[PATH_SIZE], size_t *length, const char *text)
{
	size_t more = strlen(text);

	if (more >= PATH_SIZE - *length)
		return false;
	memcpy(path + *length, text, more + 1);
	*length += more;
	return true;
}

/* The smallest limit in `group` ("/a/b", or "" for none) and its parents, up to the mount point. */
static uint64_t limit_below(const char *root, const char *point, const char *group, const char *file)
{
	uint64_t limit = NO_LIMIT;
	char path[PATH_SIZE];
	size_t length = 0, top, end;

	if (!append(path, &length, root) || !append(path, &length, point))
		return NO_LIMIT;
	top = length;
	if (!append(path, &length, group))
		return NO_LIMIT;
	for (;;) {
		end = length;
		if (append(path, &end, "/") && append(path, &end, file))
			limit = least(limit, number_in(path));
		if (length == top)
			return limit;
		while (path[--length] != '/')
			;
	}
}

/* ---- Groups --------------------------------------------------------------- */

/* Whether `word` is one of a list with commas. */
static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (;;) {
		size_t one = strcspn(list, ",");

		if (one == length && memcmp(list, word, length) == 0)
			return true;
		if (list[one] == '\0')
			return false;
		list += one + 1;
	}
}

static bool governs(const struct hierarchy *version, const char *id, const char *controllers)
{
	if (version->controller == NULL)
		return strcmp(id, "0") == 0 && controllers[0] == '\0';
	return has_word(controllers, version->controller);
}

/* The path may have colons of its own. */
static void note_group(struct hierarchy *versions, char *line)
{
	char *group = line;
	const char *id = strsep(&group, ":");
	const char *controllers = strsep(&group, ":");
	unsigned i;

	if (group == NULL || group[0] != '/' || strlen(group) >= GROUP_SIZE)
		return;
	for (i = 0; i < VERSIONS; i++)
		if (governs(&versions[i], id, controllers))
			memcpy(versions[i].group, group, strlen(group) + 1);
}

/* ---- Mounts --------------------------------------------------------------- */

static bool octal(char c, char most)
{
	return c >= '0' && c <= most;
}

/* In place: space is "\040", and so on. */
static void unescape(char *text)
{
	char *to = text;

	while (*text != '\0')
		if (text[0] == '\\' && octal(text[1], '3') && octal(text[2], '7') && octal(text[3], '7')) {
			*to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
			text += 4;
		} else {
			*to++ = *text++;
		}
	*to = '\0';
}

/* "32 23 0:29 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory": id, parent, device, root,
 * point, options, any number of optional fields, "-", type, source, options of the file system.  Fields are apart by
 * one space; the source may be empty. */
static bool parse_mount(struct mount *mount, char *line)
{
	const char *field;
	unsigned i;

	for (i = 0; i < 3; i++)
		(void)strsep(&line, " ");
	mount->root = strsep(&line, " ");
	mount->point = strsep(&line, " ");
	do
		field = strsep(&line, " ");
	while (field != NULL && strcmp(field, "-") != 0);
	mount->type = strsep(&line, " ");
	(void)strsep(&line, " ");
	mount->options = strsep(&line, " ");
	/* If the last one is there, all are. */
	if (mount->options == NULL || mount->root[0] != '/' || mount->point[0] != '/')
		return false;
	unescape(mount->root);
	unescape(mount->point);
	return true;
}

static bool leads_up(const char *path)
{
	const char *at;

	for (at = path; (at = strstr(at, "/..")) != NULL; at++)
		if (at[3] == '/' || at[3] == '\0')
			return true;
	return false;
}

/* What is left of `group` below the mount's root; NULL if it is not there. */
static const char *shown_group(const char *group, const char *root)
{
	size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);

	if (strncmp(group, root, length) != 0 || (group[length] != '/' && group[length] != '\0') ||
	    leads_up(group + length))
		return NULL;
	return group + length;
}

static void note_mount(struct hierarchy *hierarchy, const struct mount *mount, const char *root)
{
	const char *group;

	if (hierarchy->group[0] == '\0' || strcmp(mount->type, hierarchy->type) != 0 ||
	    (hierarchy->controller != NULL && !has_word(mount->options, hierarchy->controller)))
		return;
	group = shown_group(hierarchy->group, mount->root);
	if (group != NULL) {
		hierarchy->shown = true;
		hierarchy->limit = least(hierarchy->limit, limit_below(root, mount->point, group, hierarchy->file));
	} else {
		hierarchy->guess = least(hierarchy->guess, limit_below(root, mount->point, "", hierarchy->file));
	}
}

/* ---- All together --------------------------------------------------------- */

static void read_groups(struct hierarchy *versions, const char *path)
{
	struct reader reader = {.fd = open_file(path)};
	char line[LINE_SIZE];

	if (reader.fd < 0)
		return;
	while (next_line(&reader, line))
		note_group(versions, line);
	close_file(reader.fd);
}

static void read_mounts(struct hierarchy *versions, const char *path, const char *root)
{
	struct reader reader = {.fd = open_file(path)};
	char line[LINE_SIZE];
	struct mount mount;
	unsigned i;

	if (reader.fd < 0)
		return;
	while (next_line(&reader, line))
		if (parse_mount(&mount, line))
			for (i = 0; i < VERSIONS; i++)
				note_mount(&versions[i], &mount, root);
	close_file(reader.fd);
}

uint64_t nbr_memory_of_cgroups(const char *cgroups, const char *mounts, const char *root)
{
	struct hierarchy versions[VERSIONS] = {
		{.type = "cgroup", .controller = "memory", .file = "memory.limit_in_bytes"},
		{.type = "cgroup2", .file = "memory.max"},
	};
	uint64_t limit = NO_LIMIT;
	unsigned i;

	for (i = 0; i < VERSIONS; i++)
		versions[i].limit = versions[i].guess = NO_LIMIT;
	read_groups(versions, cgroups);
	read_mounts(versions, mounts, root);
	for (i = 0; i < VERSIONS; i++)
		limit = least(limit, versions[i].shown ? versions[i].limit : versions[i].guess);
	return limit;
}

static uint64_t machine(void)
{
#ifdef _SC_PHYS_PAGES
	long pages = sysconf(_SC_PHYS_PAGES);
	long size = sysconf(_SC_PAGESIZE);

	if (pages > 0 && size > 0 && (uint64_t)pages <= UINT64_MAX / (uint64_t)size)
		return (uint64_t)pages * (uint64_t)size;
#endif
	return NO_LIMIT;
}

uint64_t nbr_memory_available(void)
{
	return least(machine(), nbr_memory_of_cgroups("/proc/self/cgroup", "/proc/self/mountinfo", ""));
}
