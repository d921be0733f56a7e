/*
 * core_home: the home line, as a compiler without 128-bit integers sees it.
 * Nothing else of table.h is used here.
 */
#ifdef __SIZEOF_INT128__
#undef __SIZEOF_INT128__
#endif
#include "core_build.h"

size_t core_home_portable(size_t lines, uint64_t hash)
{
	struct nb_table table = {.lines = lines};

	return nb_table_home(&table, hash);
}
