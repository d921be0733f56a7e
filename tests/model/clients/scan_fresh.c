/*
 * scan_fresh: fresh_object, by a scan.
 *
 * The hint has no order: what the key's pointer leads to is seen by way of the loads that come
 * after it.
 */
#define CLIENT_SCANS
#include "fresh_object.c"
