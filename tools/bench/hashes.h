/* Searching among PDQ hashes, beside FAISS. */
#ifndef BENCH_HASHES_H
#define BENCH_HASHES_H

#include "made_up.h"
#include "report.h"

/* False when something failed; the reason is on standard error. */
bool bench_hashes(bench_format format, const bench_made_up *made_up, size_t count, size_t queries,
                  int threads);

#endif
