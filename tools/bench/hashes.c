/*
 * One query is eight orientations, and its answer all hashes within a limit, ours as rows, FAISS's
 * as its own result. FAISS gets the eight in one call, on the thread that asks.
 */
#include "hashes.h"

#include "catalogue/hash_tables.h"
#include "faiss_binary.h"
#include "timing.h"

#include <stdio.h>
#include <stdlib.h>

static const int limits[] = {15, 31, 47, 63, 80};

#define SCAN_ROWS 1024
#define MULTI_HASH_MAX 47 /* With 3 bits turned it takes minutes. */

typedef struct hash_bench {
    uint8_t *hashes;
    uint32_t *starts;
    uint32_t *rows;
    imx_hash_tables tables;
    imgmatch_pdq (*queries)[IMGMATCH_ORIENT_COUNT];
    const bench_faiss_binary *faiss;
    int limit;
} hash_bench;

static bool query_scan(void *user, size_t number) {
    const hash_bench *self = user;
    imx_hash_query query;
    imx_hash_query_init(&query, self->queries[number], IMGMATCH_ORIENT_COUNT);
    for (size_t start = 0; start < self->tables.count; start += SCAN_ROWS) {
        uint32_t rows[SCAN_ROWS];
        size_t left = self->tables.count - start;
        (void)imx_hash_scan(rows, self->hashes + start * IMGMATCH_PDQ_BYTES,
                            left < SCAN_ROWS ? left : SCAN_ROWS, &query, self->limit);
    }
    return true;
}

static bool query_tables(void *user, size_t number) {
    const hash_bench *self = user;
    imx_hash_query query;
    imx_hash_query_init(&query, self->queries[number], IMGMATCH_ORIENT_COUNT);
    uint32_t *found = NULL;
    size_t count = 0;
    bool done = imx_hash_tables_search(&found, &count, &self->tables, &query, self->limit);
    free(found);
    return done;
}

/* As the catalogue chooses. */
static bool query_ours(void *user, size_t number) {
    const hash_bench *self = user;
    imx_hash_query query;
    imx_hash_query_init(&query, self->queries[number], IMGMATCH_ORIENT_COUNT);
    return imx_hash_tables_pay(&self->tables, &query, self->limit) ? query_tables(user, number)
                                                                   : query_scan(user, number);
}

static bool query_faiss(void *user, size_t number) {
    const hash_bench *self = user;
    uint8_t hashes[IMGMATCH_ORIENT_COUNT * IMGMATCH_PDQ_BYTES];
    for (size_t i = 0; i < sizeof hashes; i++) {
        hashes[i] = self->queries[number][i / IMGMATCH_PDQ_BYTES].hash[i % IMGMATCH_PDQ_BYTES];
    }
    bench_faiss_set_threads(1);
    return bench_faiss_binary_search(self->faiss, hashes, IMGMATCH_ORIENT_COUNT, self->limit) >= 0;
}

static bool report_times(bench_format format, hash_bench *self, const char *subject,
                         bool (*query)(void *user, size_t number), size_t queries, int threads) {
    for (int use = 1;; use = threads) {
        bench_times times;
        char measure[40];
        if (!bench_time_queries(&times, query, self, queries, use)) {
            (void)fprintf(stderr, "imgmatch-bench: %s failed\n", subject);
            return false;
        }
        (void)snprintf(measure, sizeof measure, "hash<=%d p50", self->limit);
        bench_report(format, self->tables.count, subject, measure, use, times.p50_ms, "ms");
        (void)snprintf(measure, sizeof measure, "hash<=%d p99", self->limit);
        bench_report(format, self->tables.count, subject, measure, use, times.p99_ms, "ms");
        (void)snprintf(measure, sizeof measure, "hash<=%d cpu p50", self->limit);
        bench_report(format, self->tables.count, subject, measure, use, times.cpu_p50_ms, "ms");
        if (use == threads) {
            return true;
        }
    }
}

static bool time_ours(bench_format format, hash_bench *self, size_t queries, int threads) {
    bool done = true;
    for (size_t i = 0; i < sizeof limits / sizeof *limits && done; i++) {
        self->limit = limits[i];
        done = report_times(format, self, "imgmatch hashes", query_ours, queries, threads) &&
               report_times(format, self, "imgmatch scan", query_scan, queries, 1) &&
               (limits[i] >= 64 ||
                report_times(format, self, "imgmatch tables", query_tables, queries, 1));
    }
    return done;
}

static bool time_faiss(bench_format format, hash_bench *self, int flips, size_t queries,
                       int threads) {
    bench_faiss_binary *index = bench_faiss_binary_new(self->hashes, self->tables.count, flips);
    if (index == NULL) {
        (void)fputs("imgmatch-bench: FAISS did not make a binary index\n", stderr);
        return false;
    }
    bool done = true;
    self->faiss = index;
    for (size_t i = 0; i < sizeof limits / sizeof *limits && done; i++) {
        self->limit = limits[i];
        if (flips < 0 || limits[i] / 16 == flips) {
            done =
                report_times(format, self, flips < 0 ? "FAISS BinaryFlat" : "FAISS BinaryMultiHash",
                             query_faiss, queries, threads);
        }
    }
    bench_faiss_binary_free(index);
    return done;
}

bool bench_hashes(bench_format format, const bench_made_up *made_up, size_t count, size_t queries,
                  int threads) {
    hash_bench self = {.hashes = calloc(count, IMGMATCH_PDQ_BYTES),
                       .starts = malloc(IMX_HASH_STARTS_BYTES),
                       .rows = calloc(count, IMX_HASH_ROWS_BYTES),
                       .queries = calloc(queries, sizeof *self.queries)};
    float *embedding = calloc(bench_made_up_dimension(made_up), sizeof *embedding);
    bool done = self.hashes != NULL && self.starts != NULL && self.rows != NULL &&
                self.queries != NULL && embedding != NULL;
    if (done) {
        for (size_t i = 0; i < count; i++) {
            bench_make_hash(self.hashes + i * IMGMATCH_PDQ_BYTES, made_up, i);
        }
        for (size_t i = 0; i < queries; i++) {
            bench_make_query(embedding, self.queries[i], made_up, i);
        }
        double start = bench_now_s();
        imx_hash_tables_fill(self.starts, self.rows, self.hashes, count);
        bench_report(format, count, "imgmatch tables", "build", 1, bench_now_s() - start, "s");
        self.tables = (imx_hash_tables){self.starts, self.rows, self.hashes, count};
        done = time_ours(format, &self, queries, threads) &&
               time_faiss(format, &self, -1, queries / 8 + 1, threads);
        for (int flips = 0; flips <= MULTI_HASH_MAX / 16 && done; flips++) {
            done = time_faiss(format, &self, flips, queries / 8 + 1, threads);
        }
    }
    free(self.hashes);
    free(self.starts);
    free(self.rows);
    free(self.queries);
    free(embedding);
    return done;
}
