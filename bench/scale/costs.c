/* costs: see costs.h. */
#include "costs.h"

#include <stdlib.h>
#include <string.h>

const char *const cost_names[COSTS] = {
	[COST_STEP] = "step",
	[COST_CALL] = "call",
	[COST_BLOCK] = "block",
	[COST_GUESS] = "guess",
	[COST_RMW] = "rmw",
	[COST_PREFETCH] = "prefetch",
	[COST_LOAD_LLC] = "load_llc",
	[COST_LOAD_MEMORY] = "load_memory",
	[COST_LOAD_OWNER] = "load_owner",
	[COST_OWN_LLC] = "own_llc",
	[COST_OWN_MEMORY] = "own_memory",
	[COST_OWN_OWNER] = "own_owner",
	[COST_OWN_SHARERS] = "own_sharers",
	[COST_MIGRATES] = "migrates",
	[COST_PORT] = "port",
	[COST_WINDOW] = "window",
	[COST_BUFFER] = "buffer",
	[COST_SYSTEM] = "system",
	[COST_FAR] = "far_percent",
	[COST_SOCKET] = "socket_cores",
	[COST_CACHE] = "cache_kib",
	[COST_LLC] = "llc_mib",
};

struct costs costs_default(void)
{
	return (struct costs){.of = {
				      [COST_STEP] = 0.22,      [COST_CALL] = 5.7,	 [COST_BLOCK] = 0,
				      [COST_GUESS] = 15,       [COST_RMW] = 4.2,	 [COST_PREFETCH] = 10,
				      [COST_LOAD_LLC] = 57,    [COST_LOAD_MEMORY] = 184, [COST_LOAD_OWNER] = 77,
				      [COST_OWN_LLC] = 54,     [COST_OWN_MEMORY] = 211,	 [COST_OWN_OWNER] = 60,
				      [COST_OWN_SHARERS] = 74, [COST_PORT] = 2,		 [COST_WINDOW] = 70,
				      [COST_BUFFER] = 300,     [COST_SYSTEM] = 1000,	 [COST_FAR] = 300,
				      [COST_SOCKET] = 48,      [COST_CACHE] = 2048,	 [COST_LLC] = 96,
			      }};
}

bool costs_set(struct costs *costs, const char *text)
{
	size_t length = strcspn(text, "=");
	double value;
	char *end;

	if (text[length] != '=')
		return false;
	value = strtod(text + length + 1, &end);
	if (end == text + length + 1 || *end || !(value >= 0 && value < 1e9))
		return false;
	for (unsigned i = 0; i < COSTS; i++) {
		if (strlen(cost_names[i]) == length && !strncmp(cost_names[i], text, length)) {
			costs->of[i] = value;
			return true;
		}
	}
	return false;
}

bool costs_read(struct costs *costs, const char *path)
{
	FILE *in = fopen(path, "r");
	char line[256], name[64], setting[128];
	double value;

	if (!in)
		return false;
	while (fgets(line, sizeof(line), in)) {
		if (sscanf(line, "# cost %63[a-z_]: %lf", name, &value) != 2)
			continue;
		snprintf(setting, sizeof(setting), "%s=%.9g", name, value);
		(void)costs_set(costs, setting);
	}
	fclose(in);
	return true;
}

void costs_print(const struct costs *costs, FILE *out)
{
	for (unsigned i = 0; i < COSTS; i++)
		fprintf(out, "# cost %s: %.4g\n", cost_names[i], costs->of[i]);
}
