/*
 * print: statistics as text, or as JSON.
 */
#ifndef NB_PRINT_H
#define NB_PRINT_H

#include "nbmap.h"

/* 0; -EINVAL: no such format; -EIO. */
int nb_print_stats(const struct nbmap_stats *stats, FILE *out, enum nbmap_format format);
int nb_print_domain_stats(const struct nbmap_domain_stats *stats, FILE *out, enum nbmap_format format);

#endif
