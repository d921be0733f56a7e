/*
 * version: which release this library is, compiled into it, so that a program can ask the library that it runs with
 * and not only the header that it was compiled with.
 */
#include <nbmap.h>

int nbmap_version(void)
{
	return NBMAP_VERSION;
}
