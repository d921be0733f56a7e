/*
 * java: a map of Java, in a JVM of its own behind a pipe, so that its
 * rounds interleave with the others'.  One command a line, one answer a line;
 * java/ has the program.
 */
#ifndef COMPARE_JAVA_H
#define COMPARE_JAVA_H

#include <stdbool.h>
#include <stdint.h>

struct java;

/* Percentages. */
struct java_mix {
	uint64_t n;
	const char *dist;
	unsigned threads;
	unsigned get, insert, remove, update;
	double seconds;
	uint64_t seed;
};

/* Each reports trouble on stderr and returns NULL or false. */
struct java *java_start(const char *command);
void java_stop(struct java *java); /* NULL is allowed */
/* What the map called `kind` is, in at most 255 bytes. */
bool java_version(struct java *java, const char *kind, char version[256]);
bool java_create(struct java *java, const char *kind, uint64_t capacity);
bool java_destroy(struct java *java);
bool java_fill(struct java *java, uint64_t n, unsigned threads, double *seconds);
bool java_mix(struct java *java, const struct java_mix *mix, double *ops, double *seconds);

#endif
