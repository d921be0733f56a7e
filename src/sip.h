/*
 * sip: SipHash-1-3 (Aumasson, Bernstein 2012), a hash that nobody can predict who does not
 * know the seed, however many hashes he has seen.
 *
 * 1-3 rounds, as Rust's and Ruby's tables use it: it need not authenticate anything.
 * What of it is long or is computed seldom is hashed by it; the rest by multilinear.h.
 */
#ifndef NB_SIP_H
#define NB_SIP_H

#include <stddef.h>
#include <stdint.h>

/* The hash of `size` bytes under a 128-bit key drawn from `seed`. */
uint64_t nb_sip(const void *data, size_t size, uint64_t seed);

#endif
