/* options: see options.h. */
#include "options.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "number.h"
#include "version.h"

static const char usage[] = "Usage: nbcached [OPTION]...\n"
			    "A cache server that speaks memcached's text protocol, on an nbmap.\n"
			    "\n"
			    "  -p PORT    TCP port (11211); 0: no TCP, -1: any that is free\n"
			    "  -l ADDR    addresses to listen on, with commas: HOST, HOST:PORT, [HOST6]:PORT (all)\n"
			    "  -s PATH    unix socket, up to 8 times; no TCP then, unless -p is given, too\n"
			    "  -a MODE    access mode of unix sockets, octal (700)\n"
			    "  -u USER    the user to become, if started as root\n"
			    "  -m MB      memory for items and the map, in mebibytes (64)\n"
			    "  -M         when it is full refuse new items; nothing is evicted\n"
			    "  -I SIZE    size of the largest item's data, with k or m (1m)\n"
			    "  -c N       connections at one time (1024)\n"
			    "  -t N       threads (one per processor)\n"
			    "  -b N       backlog of connections that are not yet accepted (1024)\n"
			    "  -S MS      a grace period that lasts longer names the thread that holds it up (1000)\n"
			    "  -v         say what is listened on, and who comes and goes (-vv)\n"
			    "  -V         print the version\n"
			    "  -h         print this\n";

static bool read_number(const char *text, uint64_t least, uint64_t most, uint64_t *n)
{
	return number_u64(text, strlen(text), n) && *n >= least && *n <= most;
}

static bool read_unsigned(const char *text, unsigned least, unsigned most, unsigned *n)
{
	uint64_t number;

	if (!read_number(text, least, most, &number))
		return false;
	*n = (unsigned)number;
	return true;
}

/* A number with k or m behind it. */
static bool read_size(const char *text, uint64_t *size)
{
	size_t length = strlen(text);
	unsigned shift = 0;

	if (length > 0 && strchr("kK", text[length - 1]))
		shift = 10;
	else if (length > 0 && strchr("mM", text[length - 1]))
		shift = 20;
	if (!number_u64(text, length - (shift != 0), size) || *size > UINT64_C(1) << 40)
		return false;
	*size <<= shift;
	return *size >= 1024 && *size <= UINT64_C(1) << 30;
}

static bool read_mode(const char *text, unsigned *mode)
{
	char *end;
	long n = strtol(text, &end, 8);

	*mode = (unsigned)n;
	return *text && !*end && n >= 0 && n <= 0777;
}

static bool read_option(struct options *options, int letter, const char *text, bool *port_given)
{
	uint64_t n;

	switch (letter) {
	case 'p':
		*port_given = true;
		if (strcmp(text, "-1") == 0) {
			options->port = -1;
			return true;
		}
		if (!read_number(text, 0, 65535, &n))
			return false;
		options->port = (int)n;
		return true;
	case 'l':
		options->addresses = text;
		return true;
	case 's':
		if (options->path_count == OPTIONS_PATHS)
			return false;
		options->paths[options->path_count++] = text;
		return true;
	case 'a':
		return read_mode(text, &options->path_mode);
	case 'u':
		options->user = text;
		return true;
	case 'm':
		if (!read_number(text, 1, UINT64_C(1) << 30, &n))
			return false;
		options->memory = n << 20;
		return true;
	case 'M':
		options->no_eviction = true;
		return true;
	case 'I':
		return read_size(text, &options->item_max);
	case 'c':
		return read_unsigned(text, 1, 1000000, &options->connections);
	case 't':
		return read_unsigned(text, 1, 256, &options->threads);
	case 'b':
		return read_unsigned(text, 1, 65535, &options->backlog);
	case 'S':
		return read_unsigned(text, 1, 3600000, &options->stall_ms);
	default:
		options->verbose++;
		return true;
	}
}

int options_read(struct options *options, int argc, char **argv)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	bool port_given = false;
	int letter;

	*options = (struct options){
		.port = 11211,
		.path_mode = 0700,
		.memory = UINT64_C(64) << 20,
		.item_max = UINT64_C(1) << 20,
		.connections = 1024,
		.threads = processors < 1     ? 1
			   : processors > 256 ? 256
					      : (unsigned)processors,
		.backlog = 1024,
		.stall_ms = 1000,
	};
	while ((letter = getopt(argc, argv, "p:l:s:a:u:m:MI:c:t:b:S:vVh")) != -1) {
		if (letter == 'h' || letter == 'V') {
			fputs(letter == 'h' ? usage : "nbcached " NBCACHED_VERSION "\n", stdout);
			return fflush(stdout) != 0;
		}
		if (letter == '?')
			return 2;
		if (!read_option(options, letter, optarg, &port_given)) {
			fprintf(stderr, "nbcached: bad value for -%c: %s\n", letter, optarg);
			return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "nbcached: what is %s?\n", argv[optind]);
		return 2;
	}
	if (options->path_count > 0 && !port_given)
		options->port = 0;
	if (options->item_max > options->memory / 2) {
		fprintf(stderr, "nbcached: -I is more than half of -m\n");
		return 2;
	}
	return -1;
}
