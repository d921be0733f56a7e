/*
 * scan_put: put_put, where both scan for the key: a hint that is old does not let them
 * claim two slots.
 */
#define CLIENT_SCANS
#include "put_put.c"
