/* peers: see peers.h. */
#include "peers.h"

#include <stdio.h>
#include <stdlib.h>

#define NOT_INSTALLED "not installed"

#ifdef PEER_CDS_LFHT
#define CDS_LFHT(peer) &(peer)
#else
#define CDS_LFHT(peer) NULL
#endif
#ifdef PEER_CK_HT
#define CK_HT(peer) &(peer)
#else
#define CK_HT(peer) NULL
#endif
#ifdef PEER_LIBCUCKOO
#define LIBCUCKOO(peer) &(peer)
#else
#define LIBCUCKOO(peer) NULL
#endif
#ifdef PEER_TBB
#define TBB(peer) &(peer)
#else
#define TBB(peer) NULL
#endif
#ifdef PEER_GLIB
#define GLIB(peer) &(peer)
#else
#define GLIB(peer) NULL
#endif
#ifdef PEER_ABSEIL
#define ABSEIL(peer) &(peer)
#else
#define ABSEIL(peer) NULL
#endif

const struct peers_entry peers[] = {
	{"nbmap", &peer_nbmap, &peer_nbmap_strings, false, NULL},
	{"cds_lfht", CDS_LFHT(peer_cds_lfht), CDS_LFHT(peer_cds_lfht_strings), false, NOT_INSTALLED},
	{"ck_ht", CK_HT(peer_ck_ht), NULL, false, NOT_INSTALLED},
	{"libcuckoo", LIBCUCKOO(peer_libcuckoo), LIBCUCKOO(peer_libcuckoo_strings), false, NOT_INSTALLED},
	{"tbb", TBB(peer_tbb), TBB(peer_tbb_strings), false, NOT_INSTALLED},
	{"glib", GLIB(peer_glib), GLIB(peer_glib_strings), false, NOT_INSTALLED},
	{"abseil", ABSEIL(peer_abseil), ABSEIL(peer_abseil_strings), false, NOT_INSTALLED},
	{"java_chm", NULL, NULL, true, "no --java"},
	{"java_nbhm", NULL, NULL, true, "no --java"},
	{"empty", &peer_empty, &peer_empty_strings, false, NULL},
	{NULL, NULL, NULL, false, NULL},
};

void peer_exhausted(const char *name)
{
	fprintf(stderr, "nbmap-bench: %s: no memory for an operation\n", name);
	exit(EXIT_FAILURE);
}
