/*
 * scan_objects: two_keys of objects, where a get and a put scan their lines.
 */
#define CLIENT_SCANS
#define CLIENT_OBJECTS
#include "two_keys.c"
