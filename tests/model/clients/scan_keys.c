/*
 * scan_keys: two_keys, where a get and a put scan their lines.
 */
#define CLIENT_SCANS
#include "two_keys.c"
