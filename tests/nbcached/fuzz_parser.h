/* fuzz_parser: one input for the parser of commands; aborts where it breaks its word. */
#ifndef NBCACHED_FUZZ_PARSER_H
#define NBCACHED_FUZZ_PARSER_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
