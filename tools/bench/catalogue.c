/*
 * One catalogue of a size, filled with made-up fingerprints through the store that the library's
 * own calls use, then opened anew and searched; and FAISS with an index of the same kind over the
 * same embeddings, called directly.
 *
 * Each size gets a process of its own, and the filling another one within: what memory the open
 * catalogue takes is then not mixed up with what building it took. (The children are forked before
 * FAISS has started threads; OpenMP does not live through a fork.)
 */
#include "catalogue.h"

#include "base/half.h"
#include "catalogue/inner_product.h"
#include "catalogue/store.h"
#include "faiss_binary.h"
#include "faiss_float.h"
#include "hashes.h"
#include "memory_use.h"
#include "timing.h"

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define K 10u
#define ADD_AT_ONCE 1000000u
#define RECALL_QUERIES 200u
#define HASH_LIMIT 31

typedef struct catalogue_bench {
    const bench_catalogue_options *options;
    const bench_made_up *made_up;
    char path[512];
    imx_store *store;
    imx_snapshot *snapshot;
    float *embeddings; /* Of the queries. */
    imgmatch_pdq (*hashes)[IMGMATCH_ORIENT_COUNT];
    const bench_faiss_float *faiss;
    float *thresholds; /* The K-th best similarity of a query. */
    char subject[48];
} catalogue_bench;

static bool fail(const char *what, const imgmatch_diag *diag) {
    (void)fprintf(stderr, "imgmatch-bench: %s failed%s%s\n", what, diag != NULL ? ": " : "",
                  diag != NULL ? diag->message : "");
    return false;
}

static void report(const catalogue_bench *self, const char *measure, int threads, double value,
                   const char *unit) {
    bench_report(self->options->format, self->options->references, self->subject, measure, threads,
                 value, unit);
}

/* ---- building ---- */

static imx_identity made_up_identity(const bench_catalogue_options *options) {
    imx_identity identity = {.format = IMX_CATALOGUE_FORMAT,
                             .hash_version = IMX_HASH_VERSION,
                             .preprocessing_version = 1,
                             .sketch_version = 1,
                             .dimension = (uint32_t)options->dimension,
                             .model_name = "made up"};
    memset(identity.model_sha256, '0', sizeof identity.model_sha256 - 1);
    return identity;
}

typedef struct batch {
    imx_item_record *records;
    char (*ids)[24];
    uint16_t *halves;
    float *embedding;
    bool *replaced;
} batch;

static bool batch_init(batch *out, size_t count, size_t dimension) {
    *out = (batch){.records = calloc(count, sizeof *out->records),
                   .ids = calloc(count, sizeof *out->ids),
                   .halves = calloc(count * dimension, sizeof *out->halves),
                   .embedding = calloc(dimension, sizeof *out->embedding),
                   .replaced = calloc(count, sizeof *out->replaced)};
    return out->records != NULL && out->ids != NULL && out->halves != NULL &&
           out->embedding != NULL && out->replaced != NULL;
}

static void batch_free(batch *some) {
    free(some->records);
    free(some->ids);
    free(some->halves);
    free(some->embedding);
    free(some->replaced);
}

static void batch_fill(batch *some, size_t count, const catalogue_bench *self, size_t first) {
    size_t dimension = self->options->dimension;
    for (size_t i = 0; i < count; i++) {
        uint16_t *halves = some->halves + i * dimension;
        bench_make_embedding(some->embedding, self->made_up, first + i);
        imx_half_from_float(halves, some->embedding, dimension);
        (void)snprintf(some->ids[i], sizeof some->ids[i], "%zu", first + i);
        some->records[i] = (imx_item_record){.id = some->ids[i],
                                             .product = "",
                                             .brand = "",
                                             .source = "",
                                             .metadata = "{}",
                                             .view_count = 1,
                                             .views = {{.embedding = halves}}};
        some->records[i].views[0].pdq.quality = 100;
        bench_make_hash(some->records[i].views[0].pdq.hash, self->made_up, first + i);
    }
}

/* A large add compacts by itself; what comes after it in the same call is told apart by a second
 * compaction, of the kind that was asked for. */
static bool build(catalogue_bench *self) {
    const bench_catalogue_options *options = self->options;
    imx_identity identity = made_up_identity(options);
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    size_t most = options->references < ADD_AT_ONCE ? options->references : ADD_AT_ONCE;
    batch some;
    double making = 0, start = bench_now_s();
    bool done = batch_init(&some, most, options->dimension) &&
                imx_store_create(self->path, NULL, &identity, &diag) == IMGMATCH_OK &&
                imx_store_open(&self->store, self->path, NULL, true, &diag) == IMGMATCH_OK;
    for (size_t first = 0; first < options->references && done; first += most) {
        size_t count = options->references - first < most ? options->references - first : most;
        double before = bench_now_s();
        batch_fill(&some, count, self, first);
        making += bench_now_s() - before;
        done = imx_store_add(some.replaced, self->store, some.records, count, &diag) == IMGMATCH_OK;
    }
    batch_free(&some);
    report(self, "add", 0, bench_now_s() - start - making, "s");
    start = bench_now_s();
    done = done && imx_store_compact_as(self->store, options->kind, &diag) == IMGMATCH_OK;
    report(self, "build index", 0, bench_now_s() - start, "s");
    imx_store_close(self->store);
    self->store = NULL;
    return done || fail("building", &diag);
}

static bool build_apart(catalogue_bench *self) {
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        bool done = build(self);
        (void)fflush(NULL);
        _exit(done ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    int status = 1;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* ---- opening and searching ---- */

static bool query_embedding(void *user, size_t number) {
    const catalogue_bench *self = user;
    imx_hit hits[K];
    size_t count = 0;
    return imx_snapshot_search_embedding(hits, &count, self->snapshot,
                                         self->embeddings + number * self->options->dimension, K,
                                         NULL) == IMGMATCH_OK;
}

static bool query_hash(void *user, size_t number) {
    const catalogue_bench *self = user;
    imx_hit hits[K];
    size_t count = 0;
    return imx_snapshot_search_hash(hits, &count, self->snapshot, self->hashes[number],
                                    IMGMATCH_ORIENT_COUNT, HASH_LIMIT, K, NULL) == IMGMATCH_OK;
}

static bool query_faiss(void *user, size_t number) {
    const catalogue_bench *self = user;
    int64_t labels[K];
    bench_faiss_set_threads(1);
    return bench_faiss_float_search(labels, self->faiss,
                                    self->embeddings + number * self->options->dimension, K);
}

static bool time_search(catalogue_bench *self, const char *what,
                        bool (*query)(void *user, size_t number)) {
    for (int threads = 1;; threads = self->options->threads) {
        bench_times times;
        char measure[40];
        if (!bench_time_queries(&times, query, self, self->options->queries, threads)) {
            return fail("searching", NULL);
        }
        (void)snprintf(measure, sizeof measure, "%s p50", what);
        report(self, measure, threads, times.p50_ms, "ms");
        (void)snprintf(measure, sizeof measure, "%s p99", what);
        report(self, measure, threads, times.p99_ms, "ms");
        (void)snprintf(measure, sizeof measure, "%s rate", what);
        report(self, measure, threads, times.per_second, "1/s");
        if (threads == self->options->threads) {
            return true;
        }
    }
}

static bool open_catalogue(catalogue_bench *self) {
    static const char *const kinds[] = {"none", "exact", "hnsw", "ivf"};
    imx_identity identity = made_up_identity(self->options);
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_catalogue_stat stat;
    bench_memory before = bench_memory_use();
    double start = bench_now_s();
    if (imx_store_open(&self->store, self->path, &identity, false, &diag) != IMGMATCH_OK) {
        return fail("opening", &diag);
    }
    double seconds = bench_now_s() - start;
    self->snapshot = imx_store_hold(self->store);
    if (imx_store_stat(&stat, self->store, &diag) != IMGMATCH_OK) {
        return fail("reading the figures", &diag);
    }
    (void)snprintf(self->subject, sizeof self->subject, "imgmatch %s", kinds[stat.index_kind]);
    double count = (double)self->options->references;
    report(self, "open", 0, seconds, "s");
    report(self, "index on disk", 0, (double)stat.index_bytes / count, "bytes/ref");
    report(self, "database on disk", 0, (double)stat.database_bytes / count, "bytes/ref");
    if (!time_search(self, "embedding", query_embedding) ||
        !time_search(self, "hash<=31", query_hash)) {
        return false;
    }
    bench_memory after = bench_memory_use();
    report(self, "memory own", 0, (after.own_bytes - before.own_bytes) / count, "bytes/ref");
    report(self, "memory mapped", 0, (after.mapped_bytes - before.mapped_bytes) / count,
           "bytes/ref");
    return true;
}

/* ---- recall ---- */

static size_t recall_queries(const catalogue_bench *self) {
    return self->options->queries < RECALL_QUERIES ? self->options->queries : RECALL_QUERIES;
}

/* Keep the K best of a query, worst first. */
static void keep_best(float best[K], float similarity) {
    if (similarity <= best[0]) {
        return;
    }
    size_t at = 0;
    for (; at + 1 < K && best[at + 1] < similarity; at++) {
        best[at] = best[at + 1];
    }
    best[at] = similarity;
}

static void stored_embedding(float *out, uint16_t *halves, const catalogue_bench *self,
                             size_t number) {
    bench_make_embedding(out, self->made_up, number);
    imx_half_from_float(halves, out, self->options->dimension);
    imx_half_to_float(out, halves, self->options->dimension);
}

/* Exact search, for all queries in one pass over the references. */
static bool find_thresholds(catalogue_bench *self, float *embedding, uint16_t *halves) {
    size_t queries = recall_queries(self), dimension = self->options->dimension;
    float(*best)[K] = malloc(queries * sizeof *best);
    self->thresholds = calloc(queries, sizeof *self->thresholds);
    if (best == NULL || self->thresholds == NULL) {
        free(best);
        return false;
    }
    for (size_t i = 0; i < queries * K; i++) {
        best[i / K][i % K] = -2;
    }
    for (size_t number = 0; number < self->options->references; number++) {
        stored_embedding(embedding, halves, self, number);
        for (size_t i = 0; i < queries; i++) {
            keep_best(best[i],
                      imx_inner_product(self->embeddings + i * dimension, embedding, dimension));
        }
    }
    for (size_t i = 0; i < queries; i++) {
        self->thresholds[i] = best[i][0];
    }
    free(best);
    return true;
}

/* Of references that are equally near, as copies are, any will do. */
static bool report_recall(catalogue_bench *self, float *embedding, uint16_t *halves) {
    size_t queries = recall_queries(self), dimension = self->options->dimension;
    size_t ours = 0, theirs = 0;
    for (size_t i = 0; i < queries; i++) {
        const float *query = self->embeddings + i * dimension;
        imx_hit hits[K];
        size_t count = 0;
        int64_t labels[K] = {0};
        if (imx_snapshot_search_embedding(hits, &count, self->snapshot, query, K, NULL) !=
            IMGMATCH_OK) {
            return fail("searching", NULL);
        }
        for (size_t hit = 0; hit < count; hit++) {
            ours += hits[hit].similarity >= self->thresholds[i];
        }
        if (self->faiss != NULL && bench_faiss_float_search(labels, self->faiss, query, K)) {
            for (size_t hit = 0; hit < K; hit++) {
                if (labels[hit] >= 0) {
                    stored_embedding(embedding, halves, self, (size_t)labels[hit]);
                    theirs += imx_inner_product(query, embedding, dimension) >= self->thresholds[i];
                }
            }
        }
    }
    report(self, "recall@10", 0, (double)ours / (double)(queries * K), "");
    if (self->faiss != NULL) {
        bench_report(self->options->format, self->options->references, "FAISS", "recall@10", 0,
                     (double)theirs / (double)(queries * K), "");
    }
    return true;
}

static bool measure_recall(catalogue_bench *self) {
    float *embedding = calloc(self->options->dimension, sizeof *embedding);
    uint16_t *halves = calloc(self->options->dimension, sizeof *halves);
    bool done = embedding != NULL && halves != NULL && find_thresholds(self, embedding, halves) &&
                report_recall(self, embedding, halves);
    free(embedding);
    free(halves);
    return done;
}

/* ---- FAISS ---- */

/* The same kind, with as many lists and the same effort: see entry_plan.c and vector_index.c. */
static bool measure_faiss(catalogue_bench *self, bench_faiss_float **index) {
    char kind[32] = "Flat", ours[sizeof self->subject];
    const char *parameter = NULL;
    double value = 0;
    if (strstr(self->subject, "ivf") != NULL) {
        unsigned lists = 1;
        while ((double)lists * lists < 2.0 * (double)self->options->references) {
            lists *= 2;
        }
        (void)snprintf(kind, sizeof kind, "IVF%u,SQ8", lists);
        parameter = "nprobe";
        value = 32;
    } else if (strstr(self->subject, "hnsw") != NULL) {
        (void)snprintf(kind, sizeof kind, "HNSW32,SQ8");
        parameter = "efSearch";
        value = 128;
    }
    memcpy(ours, self->subject, sizeof ours);
    (void)snprintf(self->subject, sizeof self->subject, "FAISS %.30s", kind);
    for (char *at = self->subject; (at = strchr(at, ',')) != NULL;) {
        *at = ' '; /* A comma would end a field. */
    }
    bench_faiss_set_threads(self->options->threads);
    double start = bench_now_s();
    *index =
        bench_faiss_float_new(self->made_up, self->options->references, kind, parameter, value);
    report(self, "build index", 0, bench_now_s() - start, "s");
    self->faiss = *index;
    bool done = *index != NULL && time_search(self, "embedding", query_faiss);
    memcpy(self->subject, ours, sizeof ours);
    /* Side by side: once more, with both in the same state of the caches and of the machine. */
    return done && time_search(self, "embedding again", query_embedding);
}

/* ---- all of it ---- */

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *where) {
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

static bool make_queries(catalogue_bench *self) {
    size_t queries = self->options->queries, dimension = self->options->dimension;
    self->embeddings = calloc(queries * dimension, sizeof *self->embeddings);
    self->hashes = calloc(queries, sizeof *self->hashes);
    if (self->embeddings == NULL || self->hashes == NULL) {
        return fail("making queries", NULL);
    }
    for (size_t i = 0; i < queries; i++) {
        bench_make_query(self->embeddings + i * dimension, self->hashes[i], self->made_up, i);
    }
    return true;
}

static bool measure(catalogue_bench *self) {
    bench_faiss_float *faiss = NULL;
    const bench_catalogue_options *options = self->options;
    (void)snprintf(self->subject, sizeof self->subject, "imgmatch");
    bool done = build_apart(self) && make_queries(self) && open_catalogue(self) &&
                (!options->faiss || measure_faiss(self, &faiss)) && measure_recall(self);
    bench_faiss_float_free(faiss);
    imx_snapshot_release(self->snapshot);
    imx_store_close(self->store);
    free(self->embeddings);
    free(self->hashes);
    free(self->thresholds);
    return done &&
           (!options->faiss || bench_hashes(options->format, self->made_up, options->references,
                                            options->queries / 4 + 1, options->threads));
}

static bool run(const bench_catalogue_options *options) {
    catalogue_bench self = {.options = options};
    char folder[400];
    (void)snprintf(folder, sizeof folder, "%.380s/imgmatch-XXXXXX", options->folder);
    if (mkdtemp(folder) == NULL) {
        return fail(options->folder, NULL);
    }
    (void)snprintf(self.path, sizeof self.path, "%s/catalogue", folder);
    bench_made_up *made_up = bench_made_up_new(options->dimension, options->references,
                                               options->centres, options->centre_count);
    self.made_up = made_up;
    bool done = made_up != NULL && measure(&self);
    bench_made_up_free(made_up);
    (void)nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    return done;
}

bool bench_catalogue(const bench_catalogue_options *options) {
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        bool done = run(options);
        (void)fflush(NULL);
        _exit(done ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    int status = 1;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}
