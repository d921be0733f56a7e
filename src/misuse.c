/*
 * misuse: see misuse.h.
 */
#include "misuse.h"

#if NB_MISUSE

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "map.h"
#include "reclaim.h"

#if defined(__SANITIZE_ADDRESS__)
#define NB_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NB_ASAN 1
#endif
#endif
#ifdef NB_ASAN
#include <sanitizer/asan_interface.h>
#endif

static _Noreturn void die(const char *call, const char *what)
{
	fprintf(stderr, "nbmap: %s: %s\n", call, what);
	abort();
}

void nb_misuse_domain_section(const struct nbr_domain *domain, const char *call)
{
	if (!nbr_registered(nbr_domain_flavor(domain)) || !nbr_in_section(domain))
		die(call, "called outside a read-side section, or by a thread that is unregistered or offline");
}

void nb_misuse_section(const struct nb_map *map, const char *call)
{
	nb_misuse_domain_section(map->domain, call);
}

void nb_misuse_enter(const struct nbr_domain *domain, const char *call)
{
	if (!nbr_registered(nbr_domain_flavor(domain)) && !nbr_in_callback())
		die(call, "called by a thread that is unregistered");
}

/* ---- A map's own callbacks ---------------------------------------------- */

/* initial-exec: the general model may allocate on first use. */
static _Thread_local const struct nb_map *busy __attribute__((tls_model("initial-exec")));

void nb_misuse_change(const struct nb_map *map, const char *call)
{
	if (busy == map && !nbr_in_callback())
		die(call, "changes the map from within one of its own callbacks");
}

const struct nb_map *nb_misuse_begin(const struct nb_map *map)
{
	const struct nb_map *outer = busy;

	busy = map;
	return outer;
}

void nb_misuse_end(const struct nb_map *outer)
{
	busy = outer;
}

void nb_misuse_hashes(const struct nb_map *map, const void *const *keys, const uint64_t *hashes, size_t count,
		      const char *call)
{
	const struct nb_map *outer = nb_misuse_begin(map);

	for (size_t i = 0; i < count; i++)
		if (nb_object_legal(&map->keys, keys[i]) && nb_object_hash(&map->keys, keys[i]) != hashes[i])
			die(call, "the hash is not that of the key in this map");
	nb_misuse_end(outer);
}

#ifdef NB_ASAN
/* AddressSanitizer's own memory of what it has freed: asked of any number, an integer
 * that is dressed as a pointer, too, it reads nothing there. */
static bool freed(const void *block)
{
	void *caller;
	int thread;

	return __asan_get_free_stack((void *)(uintptr_t)block, &caller, 1, &thread) != 0;
}
#endif

void nb_misuse_spare(const struct nb_map *map, const void *spare)
{
#ifdef NB_ASAN
	if (map->value_free && freed(spare))
		die(map->keys.kind == NB_OBJECT ? "nbmap_update" : "nbmap_u64_update",
		    "the callback has freed the spare that it replaced in *value");
#else
	(void)map;
	(void)spare;
#endif
}

/* ---- Living maps -------------------------------------------------------- */

/* Apart from the maps, since the question is whether a map's memory may be read. */
struct living {
	struct living *next;
	const struct nb_map *map;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct living *first;

/* With the mutex. */
static struct living **find(const struct nb_map *map)
{
	struct living **link = &first;

	while (*link && (*link)->map != map)
		link = &(*link)->next;
	return link;
}

void nb_misuse_born(const struct nb_map *map)
{
	struct living *one = malloc(sizeof(*one));

	if (!one)
		abort(); /* a debug build */
	pthread_mutex_lock(&mutex);
	*one = (struct living){first, map};
	first = one;
	pthread_mutex_unlock(&mutex);
}

void nb_misuse_destroy(const struct nb_map *map, const char *call)
{
	bool lives;

	pthread_mutex_lock(&mutex);
	lives = *find(map);
	pthread_mutex_unlock(&mutex);
	if (!lives)
		die(call, "there is no such map (any more)");
	if (nbr_in_callback())
		die(call, "called by a callback");
}

void nb_misuse_dead(const struct nb_map *map)
{
	struct living **link, *one;

	pthread_mutex_lock(&mutex);
	link = find(map);
	one = *link;
	*link = one->next;
	pthread_mutex_unlock(&mutex);
	free(one);
}

/* ---- Domains, threads --------------------------------------------------- */

void nb_misuse_domain(const struct nbr_domain *domain, const char *call)
{
	if (!nbr_domain_exists(domain))
		die(call, "there is no such domain (any more)");
	if (nbr_in_callback())
		die(call, "called by a callback");
}

void nb_misuse_register(bool refused, const char *call)
{
	if (refused)
		die(call, "the flavour does not exist, or knows this thread no longer, or already");
}

#else
typedef int nb_misuse_is_not_looked_for; /* a file must declare something */
#endif
