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

#include "catalogue/ivf.h"
#include "catalogue/store.h"
#include "faiss_binary.h"
#include "faiss_float.h"
#include "fill.h"
#include "hashes.h"
#include "memory_use.h"
#include "recall.h"
#include "scratch.h"
#include "timing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define RECALL_QUERIES 200u
#define HASH_LIMIT 31
#define OPENINGS 5

typedef struct catalogue_bench {
    const bench_catalogue_options *options;
    const bench_made_up *made_up;
    char path[512];
    bool built; /* By an earlier run. */
    imx_store *store;
    imx_snapshot *snapshot;
    float *embeddings; /* Of the queries. */
    imgmatch_pdq (*hashes)[IMGMATCH_ORIENT_COUNT];
    const bench_faiss_float *faiss;
    float *thresholds; /* Of the queries whose recall is measured: the exact tenth similarity. */
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

static bool build(catalogue_bench *self) {
    bench_fill_times times;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    /* Under another name until it is whole: a later run with --keep takes what it finds. */
    char unfinished[sizeof self->path + 16];
    (void)snprintf(unfinished, sizeof unfinished, "%s.unfinished", self->path);
    if (bench_fill(&times, unfinished, self->made_up, self->options->references,
                   self->options->kind, &diag) != IMGMATCH_OK) {
        return fail("building", &diag);
    }
    if (rename(unfinished, self->path) != 0) {
        return fail("renaming what was built", NULL);
    }
    report(self, "add", 0, times.add_s, "s");
    report(self, "build index", 0, times.index_s, "s");
    report(self, "build peak memory", 0,
           bench_peak_memory_bytes() / (double)self->options->references, "bytes/ref");
    return true;
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
    imx_hit hits[BENCH_K];
    size_t count = 0;
    return imx_snapshot_search_embedding(hits, &count, self->snapshot,
                                         self->embeddings + number * self->options->dimension,
                                         BENCH_K, NULL) == IMGMATCH_OK;
}

static bool query_hash(void *user, size_t number) {
    const catalogue_bench *self = user;
    imx_hit hits[BENCH_K];
    size_t count = 0;
    return imx_snapshot_search_hash(hits, &count, self->snapshot, self->hashes[number],
                                    IMGMATCH_ORIENT_COUNT, HASH_LIMIT, BENCH_K,
                                    NULL) == IMGMATCH_OK;
}

static bool query_faiss(void *user, size_t number) {
    const catalogue_bench *self = user;
    int64_t labels[BENCH_K];
    bench_faiss_set_threads(1);
    return bench_faiss_float_search(labels, self->faiss,
                                    self->embeddings + number * self->options->dimension, BENCH_K);
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
        (void)snprintf(measure, sizeof measure, "%s cpu p50", what);
        report(self, measure, threads, times.cpu_p50_ms, "ms");
        (void)snprintf(measure, sizeof measure, "%s rate", what);
        report(self, measure, threads, times.per_second, "1/s");
        if (threads == self->options->threads) {
            return true;
        }
    }
}

typedef struct opening_times {
    double first_s; /* May wait for the disk. */
    double best_s;  /* Of OPENINGS: any may wait for other programs. */
    double best_cpu_s;
} opening_times;

static bool time_opening(opening_times *out, catalogue_bench *self) {
    imx_identity identity = bench_made_up_identity(self->options->dimension);
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    for (int i = 0; i < OPENINGS; i++) {
        imx_store_close(self->store);
        self->store = NULL;
        double start = bench_now_s(), cpu_start = bench_cpu_now_s();
        if (imx_store_open(&self->store, self->path, &identity, false, &diag) != IMGMATCH_OK) {
            return fail("opening", &diag);
        }
        double seconds = bench_now_s() - start, cpu = bench_cpu_now_s() - cpu_start;
        out->first_s = i == 0 ? seconds : out->first_s;
        out->best_s = i == 0 || seconds < out->best_s ? seconds : out->best_s;
        out->best_cpu_s = i == 0 || cpu < out->best_cpu_s ? cpu : out->best_cpu_s;
    }
    self->snapshot = imx_store_hold(self->store);
    return true;
}

static bool open_catalogue(catalogue_bench *self) {
    static const char *const kinds[] = {"none", "exact", "hnsw", "ivf"};
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_catalogue_stat stat;
    opening_times opening = {0};
    bench_memory before = bench_memory_use();
    if (!time_opening(&opening, self)) {
        return false;
    }
    if (imx_store_stat(&stat, self->store, &diag) != IMGMATCH_OK) {
        return fail("reading the figures", &diag);
    }
    if (stat.items != self->options->references) {
        (void)fprintf(stderr, "imgmatch-bench: %s holds another number of references\n",
                      self->path);
        return false;
    }
    (void)snprintf(self->subject, sizeof self->subject, "imgmatch %s", kinds[stat.index_kind]);
    double count = (double)self->options->references;
    report(self, "open first", 0, opening.first_s, "s");
    report(self, "open", 0, opening.best_s, "s");
    report(self, "open cpu", 0, opening.best_cpu_s, "s");
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

static bool measure_recall(catalogue_bench *self) {
    size_t queries = recall_queries(self), found = 0;
    self->thresholds =
        bench_exact_thresholds(self->made_up, self->options->references, self->embeddings, queries);
    bool done = self->thresholds != NULL;
    for (size_t i = 0; i < queries && done; i++) {
        imx_hit hits[BENCH_K];
        size_t count = 0;
        done = imx_snapshot_search_embedding(hits, &count, self->snapshot,
                                             self->embeddings + i * self->options->dimension,
                                             BENCH_K, NULL) == IMGMATCH_OK;
        for (size_t hit = 0; hit < count && done; hit++) {
            found += hits[hit].similarity >= self->thresholds[i];
        }
    }
    if (!done) {
        return fail("comparing with exact search", NULL);
    }
    report(self, "recall@10", 0, (double)found / (double)(queries * BENCH_K), "");
    return true;
}

static bool measure_faiss_recall(const catalogue_bench *self) {
    size_t queries = recall_queries(self), found = 0;
    for (size_t i = 0; i < queries; i++) {
        const float *query = self->embeddings + i * self->options->dimension;
        int64_t labels[BENCH_K] = {0};
        if (!bench_faiss_float_search(labels, self->faiss, query, BENCH_K)) {
            return fail("comparing with exact search", NULL);
        }
        for (size_t hit = 0; hit < BENCH_K; hit++) {
            found += labels[hit] >= 0 && bench_similarity(self->made_up, (size_t)labels[hit],
                                                          query) >= self->thresholds[i];
        }
    }
    report(self, "recall@10", 0, (double)found / (double)(queries * BENCH_K), "");
    return true;
}

/* ---- FAISS ---- */

/* The kind of ours, with as many lists and the same effort: see entry_plan.c and vector_index.c. */
static void choose_faiss(char kind[32], const char **parameter, double *value,
                         const catalogue_bench *self) {
    *parameter = NULL;
    *value = 0;
    if (strstr(self->subject, "ivf") != NULL) {
        unsigned lists = 1;
        while ((double)lists * lists < 2.0 * (double)self->options->references) {
            lists *= 2;
        }
        (void)snprintf(kind, 32, "IVF%u,SQ8", lists);
        *parameter = "nprobe";
        *value = IMX_IVF_PROBES;
    } else if (strstr(self->subject, "hnsw") != NULL) {
        (void)snprintf(kind, 32, "HNSW32,SQ8");
        *parameter = "efSearch";
        *value = 128;
    } else {
        (void)snprintf(kind, 32, "Flat");
    }
}

/* Made, or found where an earlier run kept it. */
static bench_faiss_float *take_faiss(catalogue_bench *self, const char *kind) {
    char kept[sizeof self->path + 40], unfinished[sizeof kept + 16];
    (void)snprintf(kept, sizeof kept, "%s.%s.faiss", self->path, kind);
    (void)snprintf(unfinished, sizeof unfinished, "%s.unfinished", kept);
    if (self->options->keep != NULL && access(kept, F_OK) == 0) {
        return bench_faiss_float_read(kept);
    }
    double start = bench_now_s();
    bench_faiss_float *index =
        bench_faiss_float_new(self->made_up, self->options->references, kind);
    if (index == NULL) {
        return NULL;
    }
    report(self, "build index", 0, bench_now_s() - start, "s");
    if (self->options->keep != NULL &&
        (!bench_faiss_float_write(index, unfinished) || rename(unfinished, kept) != 0)) {
        bench_faiss_float_free(index);
        return NULL;
    }
    return index;
}

static bool measure_faiss(catalogue_bench *self, bench_faiss_float **index) {
    char kind[32], ours[sizeof self->subject];
    const char *parameter;
    double value;
    choose_faiss(kind, &parameter, &value, self);
    memcpy(ours, self->subject, sizeof ours);
    (void)snprintf(self->subject, sizeof self->subject, "FAISS %s", kind);
    for (char *at = self->subject; (at = strchr(at, ',')) != NULL;) {
        *at = ' '; /* A comma would end a field. */
    }
    bench_faiss_set_threads(self->options->threads);
    *index = take_faiss(self, kind);
    if (*index == NULL || !bench_faiss_float_set(*index, parameter, value)) {
        return fail("FAISS's index", NULL);
    }
    self->faiss = *index;
    bool done = time_search(self, "embedding", query_faiss) &&
                (!self->options->recall || measure_faiss_recall(self));
    memcpy(self->subject, ours, sizeof ours);
    /* Side by side: once more, with both in the same state of the caches and of the machine. */
    return done && time_search(self, "embedding again", query_embedding);
}

/* ---- all of it ---- */

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
    bool done = (self->built || build_apart(self)) && make_queries(self) && open_catalogue(self) &&
                (!options->recall || measure_recall(self)) &&
                (!options->faiss || measure_faiss(self, &faiss));
    bench_faiss_float_free(faiss);
    imx_snapshot_release(self->snapshot);
    imx_store_close(self->store);
    free(self->thresholds);
    free(self->embeddings);
    free(self->hashes);
    return done && (!options->faiss || !options->hashes ||
                    bench_hashes(options->format, self->made_up, options->references,
                                 options->queries / 4 + 1, options->threads));
}

static bool run(const bench_catalogue_options *options) {
    catalogue_bench self = {.options = options};
    bench_scratch scratch = {.path = ""};
    if (options->keep != NULL) {
        if (mkdir(options->keep, 0777) != 0 && errno != EEXIST) {
            (void)fprintf(stderr, "imgmatch-bench: the folder %s cannot be made: %s\n",
                          options->keep, strerror(errno));
            return false;
        }
        (void)snprintf(self.path, sizeof self.path, "%.400s/catalogue-%zu", options->keep,
                       options->references);
        self.built = access(self.path, F_OK) == 0;
    } else if (bench_scratch_make(&scratch, options->folder)) {
        (void)snprintf(self.path, sizeof self.path, "%s/catalogue", scratch.path);
    } else {
        return false;
    }
    bench_made_up *made_up = bench_made_up_new(options->dimension, options->references,
                                               options->centres, options->centre_count);
    self.made_up = made_up;
    bool done = made_up != NULL && measure(&self);
    bench_made_up_free(made_up);
    if (options->keep == NULL) {
        bench_scratch_remove(&scratch);
    }
    return done;
}

/* In a process of its own. */
static bool bench_catalogue(const bench_catalogue_options *options) {
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

bool bench_catalogues(const char *sizes, bench_catalogue_options options) {
    bench_report_begin(options.format);
    for (char *end = NULL;; sizes = end + 1) {
        unsigned long references = strtoul(sizes, &end, 10);
        if (end == sizes || (*end != ',' && *end != '\0') || references < 100 ||
            references > UINT32_MAX / 4) {
            (void)fprintf(stderr, "imgmatch-bench: --catalogue takes numbers from 100 up\n");
            return false;
        }
        options.references = references;
        if (!bench_catalogue(&options)) {
            return false;
        }
        if (*end == '\0') {
            return true;
        }
    }
}
