#include "eval/measure.h"

#include "eval/files.h"
#include "eval/scratch.h"

#include "common/escape.h"
#include "common/interrupt.h"
#include "common/message.h"
#include "common/open.h"
#include "common/progress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 256

typedef struct search {
    const char *program;
    const eval_benchmark *benchmark;
    imgmatch_catalogue *catalogue;
    imgmatch_query_options query;
    FILE *file;
    cli_progress progress;
    double seconds;
    imgmatch_photo photos[BATCH];
    char *paths[BATCH];
    imgmatch_result *results[BATCH];
} search;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static bool show_progress(void *user, size_t done, size_t total) {
    (void)total;
    cli_progress_show(&((search *)user)->progress, done);
    return !cli_interrupted();
}

/* Who asks with a minimum score of 0 sees weak candidates, too, and what looks like the same
 * product among them; the verdict is to be the one that users see at the default of 0.5. */
static const char *verdict_of(const imgmatch_result *result) {
    imgmatch_verdict verdict = imgmatch_result_verdict(result);
    if (verdict == IMGMATCH_VERDICT_SAME_PRODUCT && imgmatch_result_score(result) < 0.5)
        verdict = IMGMATCH_VERDICT_NONE;
    return imgmatch_verdict_name(verdict);
}

static void print_alterations(FILE *file, const imgmatch_match *match) {
    for (size_t i = 0; i < match->alteration_count; i++)
        fprintf(file, "%s%s", i ? ";" : "", match->alterations[i]);
}

static void print_result(FILE *file, const eval_query *query, const imgmatch_result *result) {
    imgmatch_timing timing = imgmatch_result_timing(result);
    double milliseconds =
        timing.decode_ms + timing.fingerprint_ms + timing.search_ms + timing.verify_ms;
    size_t matches = imgmatch_result_match_count(result);
    for (size_t i = 0; i < matches || i == 0; i++) {
        const imgmatch_match *match = imgmatch_result_match(result, i);
        cli_print_csv(file, query->path);
        fputc(',', file);
        cli_print_csv(file, match ? match->id : "");
        if (match)
            fprintf(file, ",%.9g,%zu,%s,", match->score, i + 1, verdict_of(result));
        else
            fprintf(file, ",,,%s,", verdict_of(result));
        if (match)
            print_alterations(file, match);
        fprintf(file, ",%.3f,%s\r\n", milliseconds,
                imgmatch_reason_code(imgmatch_result_failure(result)));
    }
}

static imgmatch_status search_batch(search *self, size_t first, size_t count, imgmatch_diag *diag) {
    imgmatch_status status = IMGMATCH_OK;
    memset(self->photos, 0, sizeof self->photos);
    memset(self->paths, 0, sizeof self->paths);
    memset(self->results, 0, sizeof self->results);
    for (size_t i = 0; i < count && status == IMGMATCH_OK; i++) {
        const char *name = self->benchmark->queries[first + i].path;
        self->paths[i] = eval_join(self->benchmark->folder, name);
        self->photos[i].path = self->paths[i];
        status = self->paths[i] ? IMGMATCH_OK : IMGMATCH_ERR_MEMORY;
    }
    double start = now();
    if (status == IMGMATCH_OK)
        status = imgmatch_query_batch(self->results, self->catalogue, self->photos, count,
                                      &self->query, diag);
    self->seconds += now() - start;
    cli_progress_batch_done(&self->progress, count);
    for (size_t i = 0; i < count; i++) {
        if (status == IMGMATCH_OK)
            print_result(self->file, &self->benchmark->queries[first + i], self->results[i]);
        imgmatch_result_free(self->results[i]);
        free(self->paths[i]);
    }
    return status;
}

static cli_exit search_all(search *self, const eval_measure_options *options) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = IMGMATCH_OK;
    self->file = fopen(options->results, "we");
    if (!self->file) {
        cli_message(self->program, "'%s' cannot be written: %s", options->results, strerror(errno));
        return CLI_FAILED;
    }
    fputs("query,reference,score,rank,verdict,alterations,milliseconds,failure\r\n", self->file);
    cli_progress_start(&self->progress, cli_progress_wanted(options->quiet),
                       self->benchmark->count);
    for (size_t first = 0; first < self->benchmark->count && status == IMGMATCH_OK;
         first += BATCH) {
        size_t left = self->benchmark->count - first;
        status = search_batch(self, first, left < BATCH ? left : BATCH, &diag);
    }
    bool written = !ferror(self->file);
    if (fclose(self->file) != 0 || !written) {
        cli_message(self->program, "'%s' cannot be written: %s", options->results, strerror(errno));
        return CLI_FAILED;
    }
    return status == IMGMATCH_OK ? CLI_GO_ON
                                 : cli_failure(self->program, "looking photos up", status, &diag);
}

cli_exit eval_open_catalogue(imgmatch_catalogue **out, const char *program, const char *path,
                             const imgmatch_model *model, const eval_intake *intake,
                             bool writable) {
    imgmatch_open_options wanted = IMGMATCH_OPEN_OPTIONS_INIT;
    wanted.model = model;
    wanted.writable = writable;
    wanted.limits = &intake->limits;
    wanted.decoders = intake->decoders;
    return cli_open_catalogue_with(out, program, path, &wanted);
}

static int compare_ids(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The ids that truth.csv names, each once; the caller's. NULL when out of memory. */
static const char **list_references(size_t *count, const eval_benchmark *benchmark) {
    const char **ids = calloc(benchmark->count + 1, sizeof *ids);
    size_t named = 0;
    *count = 0;
    if (!ids)
        return NULL;
    for (size_t i = 0; i < benchmark->count; i++) {
        if (benchmark->queries[i].reference[0] != '\0')
            ids[named++] = benchmark->queries[i].reference;
    }
    qsort(ids, named, sizeof *ids, compare_ids);
    for (size_t i = 0; i < named; i++) {
        if (i == 0 || strcmp(ids[i], ids[*count - 1]) != 0)
            ids[(*count)++] = ids[i];
    }
    return ids;
}

/* A catalogue with other ids answers every query wrongly, which looks like a bad matcher. */
static cli_exit check_references(const search *self, const char *path) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    size_t count = 0, missing = 0;
    const char **ids = list_references(&count, self->benchmark);
    imgmatch_status status = ids ? IMGMATCH_OK : IMGMATCH_ERR_MEMORY;
    for (size_t i = 0; i < count && status == IMGMATCH_OK; i++) {
        imgmatch_item *item = NULL;
        status = imgmatch_catalogue_get(&item, self->catalogue, ids[i], &diag);
        if (status == IMGMATCH_ERR_NOT_FOUND) {
            missing++;
            status = IMGMATCH_OK;
            diag = (imgmatch_diag)IMGMATCH_DIAG_INIT;
        }
        imgmatch_item_free(item);
    }
    free(ids);
    if (status != IMGMATCH_OK)
        return cli_failure(self->program, "looking for the references", status, &diag);
    if (missing == 0)
        return CLI_GO_ON;
    if (missing < count) {
        cli_message(
            self->program,
            "'%s' lacks %zu of the benchmark's %zu references; copies of them are not found", path,
            missing, count);
        return CLI_GO_ON;
    }
    cli_message(self->program,
                "'%s' has none of the benchmark's %zu references: its ids have to be those in "
                "truth.csv, the paths in '%s/references'",
                path, count, self->benchmark->folder);
    return CLI_FAILED;
}

cli_exit eval_measure(double *seconds, const char *program, const eval_benchmark *benchmark,
                      const imgmatch_model *model, const eval_measure_options *options) {
    eval_scratch scratch = {NULL};
    search *self = calloc(1, sizeof *self);
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    *seconds = 0;
    if (!self)
        return cli_failure(program, "starting", IMGMATCH_ERR_MEMORY, &diag);
    self->program = program;
    self->benchmark = benchmark;
    self->query = (imgmatch_query_options)IMGMATCH_QUERY_OPTIONS_INIT;
    self->query.top = options->top;
    self->query.min_score = 0;
    self->query.effort = options->effort;
    self->query.threads = options->threads;
    self->query.progress = show_progress;
    self->query.user = self;
    cli_exit step = CLI_GO_ON;
    const char *catalogue = options->catalogue;
    if (!catalogue) {
        step = eval_scratch_index(&scratch, program, benchmark, model, options);
        catalogue = scratch.catalogue;
    }
    if (step == CLI_GO_ON)
        step = eval_open_catalogue(&self->catalogue, program, catalogue, model, options->intake,
                                   false);
    if (step == CLI_GO_ON && options->catalogue)
        step = check_references(self, catalogue);
    if (step == CLI_GO_ON)
        step = search_all(self, options);
    *seconds = self->seconds;
    imgmatch_catalogue_close(self->catalogue);
    eval_scratch_remove(&scratch);
    free(self);
    return step;
}
