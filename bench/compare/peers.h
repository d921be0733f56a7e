/*
 * peers: all of them by name, in the order in which a round goes through them.
 * One that is not built has NULLs.
 */
#ifndef COMPARE_PEERS_H
#define COMPARE_PEERS_H

#include "peer.h"

#ifdef __cplusplus
extern "C" {
#endif

struct peers_entry {
	const char *name;
	const struct peer *integers; /* 64-bit integer keys and values */
	const struct peer *strings;  /* C-string keys, values in blocks of 16 bytes that the map owns */
	bool java;		     /* neither, but a map of the Java program, which calls it so too */
	const char *absent;	     /* why neither is there */
};

/* The last has no name. */
extern const struct peers_entry peers[];

#define PEERS_MAX 16

extern const struct peer peer_nbmap, peer_nbmap_strings;
extern const struct peer peer_cds_lfht, peer_cds_lfht_strings;
extern const struct peer peer_ck_ht;
extern const struct peer peer_libcuckoo, peer_libcuckoo_strings;
extern const struct peer peer_tbb, peer_tbb_strings;
extern const struct peer peer_glib, peer_glib_strings;
extern const struct peer peer_abseil, peer_abseil_strings;
extern const struct peer peer_empty, peer_empty_strings;

#ifdef __cplusplus
}
#endif

#endif
