/* standins: the stand-ins' memory, for who looks inside. */
#ifndef SCALE_STANDINS_H
#define SCALE_STANDINS_H

#include <stdint.h>

#include "spans.h"

struct span_lines standin_lines(void *map);
const char *standin_name(void *map, uintptr_t address);

#endif
