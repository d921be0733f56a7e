/*
 * probe: places where a tracer can listen to the library at work (USDT, as read by
 * bpftrace, perf, SystemTap and gdb).  doc/guide/probes.md says what each is called, when
 * it is passed, and what it shows.
 *
 * NBR_PROBE(name, argument...) is one nop, and a note in a section that is not loaded
 * which says where the nop and the arguments are.  What an argument is computed from
 * costs what it costs, listened to or not.  Hence
 *
 *   no probe is passed by a get, nor by a write but by one in thirty that displace
 *     something, or one that starts or ends something for the whole map
 *   arguments are words that are at hand; the one that is not, a sum of a counter's
 *     stripes, is taken once a migration or clear
 *
 * Without NBR_PROBES there is nothing, and arguments are not evaluated.
 *
 * Source: sys/sdt.h of SystemTap.
 */
#ifndef NBR_PROBE_H
#define NBR_PROBE_H

#ifdef NBR_PROBES
#ifdef __clang__
#pragma clang diagnostic ignored "-Wgnu-zero-variadic-macro-arguments" /* within sys/sdt.h's macros */
#endif
#define SDT_USE_VARIADIC
#include <sys/sdt.h>
#define NBR_PROBE(name, ...) STAP_PROBEV(nbmap, name, __VA_ARGS__)
#else
int nbr_unprobed(int first, ...); /* nowhere: so that an argument counts as used */
#define NBR_PROBE(name, ...) ((void)sizeof(nbr_unprobed(0, __VA_ARGS__)))
#endif

#endif
