/* workloads: their entry points. */
#ifndef COMPARE_WORKLOADS_H
#define COMPARE_WORKLOADS_H

#include "workload.h"

bool mix_run(const struct options *options, FILE *csv);
bool hits_run(const struct options *options, FILE *csv);
bool room_run(const struct options *options, FILE *csv);
bool strings_run(const struct options *options, FILE *csv);
bool fill_run(const struct options *options, FILE *csv);
bool latency_run(const struct options *options, FILE *csv);
bool churn_run(const struct options *options, FILE *csv);
bool bustle_run(const struct options *options, FILE *csv);
bool memory_run(const struct options *options, FILE *csv);
bool batch_run(const struct options *options, FILE *csv);
bool stopped_run(const struct options *options, FILE *csv);
bool expiry_run(const struct options *options, FILE *csv);
bool outrun_run(const struct options *options, FILE *csv);

#endif
