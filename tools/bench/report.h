/* Figures, one a line, as a table, CSV or JSON Lines. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stddef.h>

typedef enum bench_format { BENCH_TABLE, BENCH_CSV, BENCH_JSON } bench_format;

void bench_report_begin(bench_format format);

/* `subject`: what was measured ("imgmatch ivf", "FAISS BinaryFlat"); `measure`: what of it ("p50");
 * `threads`: 0 where they do not matter. Plain words, without quotes or commas. */
void bench_report(bench_format format, size_t references, const char *subject, const char *measure,
                  int threads, double value, const char *unit);

#endif
