/*
 * Whole queries, as a moderation service makes them: encoded photos in memory, one after another,
 * on one thread, against a catalogue of many references.
 *
 * The catalogue holds the photos of a folder, added as users add them, and made-up references
 * around them: embeddings and hashes near to those of real photos, and the sketch of one of them,
 * so that verifying a wrong candidate costs what it costs with real ones. The queries are the
 * photos, made smaller to 500 pixels and encoded as JPEG.
 *
 * Beside the time that a query takes, the processor's time for it is told, which other programs on
 * the machine hardly change; and what decoding and one embedding take alone.
 */
#include "efforts.h"

#include "catalogue/store.h"
#include "facade/calibration_cache.h"
#include "fill.h"
#include "image/image.h"
#include "image/resample.h"
#include "scratch.h"
#include "timing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUERY_SIDE 500u
#define QUERY_QUALITY 85

typedef struct encoded {
    uint8_t *bytes;
    size_t size;
} encoded;

typedef struct efforts_bench {
    const bench_efforts_options *options;
    char path[512];
    encoded *queries;
    imgmatch_catalogue *catalogue;
    imgmatch_effort effort;
    imgmatch_timing *timings; /* Of each query. */
    float *embedding;
    imgmatch_diag diag;
} efforts_bench;

static bool fail(const char *what, const imgmatch_diag *diag) {
    (void)fprintf(stderr, "imgmatch-bench: %s failed: %s\n", what, diag->message);
    return false;
}

/* ---- queries ---- */

static imgmatch_status make_query(encoded *out, const imgmatch_image *photo, imgmatch_diag *diag) {
    imx_pixels from = imx_image_view(photo);
    uint32_t longest = from.width > from.height ? from.width : from.height;
    uint32_t side = longest < QUERY_SIDE ? longest : QUERY_SIDE;
    uint32_t width = (uint32_t)((uint64_t)from.width * side / longest);
    uint32_t height = (uint32_t)((uint64_t)from.height * side / longest);
    imgmatch_image *smaller = NULL;
    imgmatch_status status = imx_image_new(&smaller, width, height, diag);
    if (status == IMGMATCH_OK) {
        status = imx_resample(smaller->rgb, width, height, from, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imgmatch_image_encode(&out->bytes, &out->size, smaller, IMGMATCH_FORMAT_JPEG,
                                       QUERY_QUALITY, diag);
    }
    imgmatch_image_free(smaller);
    return status;
}

static bool make_queries(efforts_bench *self) {
    size_t count = self->options->count;
    self->queries = calloc(count, sizeof *self->queries);
    self->timings = calloc(count, sizeof *self->timings);
    size_t dimension = imgmatch_model_get_info(self->options->model)->dimension;
    self->embedding = calloc(dimension, sizeof *self->embedding);
    imgmatch_status status =
        self->queries == NULL || self->timings == NULL || self->embedding == NULL
            ? IMGMATCH_ERR_MEMORY
            : IMGMATCH_OK;
    for (size_t i = 0; i < count && status == IMGMATCH_OK; i++) {
        status = make_query(&self->queries[i], self->options->photos[i], &self->diag);
    }
    return status == IMGMATCH_OK || fail("making queries", &self->diag);
}

/* ---- the catalogue ---- */

static imgmatch_status add_photos(efforts_bench *self) {
    const bench_efforts_options *options = self->options;
    const imgmatch_open_options open = {.model = options->model, .writable = true};
    imgmatch_photo *photos = calloc(options->count, sizeof *photos);
    imgmatch_outcome *outcomes = calloc(options->count, sizeof *outcomes);
    imgmatch_catalogue *catalogue = NULL;
    imgmatch_status status =
        photos == NULL || outcomes == NULL
            ? IMGMATCH_ERR_MEMORY
            : imgmatch_catalogue_create(self->path, NULL, options->model, &self->diag);
    if (status == IMGMATCH_OK) {
        status = imgmatch_catalogue_open(&catalogue, self->path, &open, &self->diag);
    }
    if (status == IMGMATCH_OK) {
        for (size_t i = 0; i < options->count; i++) {
            photos[i] = (imgmatch_photo){.id = options->paths[i], .path = options->paths[i]};
        }
        imgmatch_add_options add = IMGMATCH_ADD_OPTIONS_INIT;
        add.threads = options->threads;
        status =
            imgmatch_catalogue_add(outcomes, catalogue, photos, options->count, &add, &self->diag);
    }
    imgmatch_catalogue_close(catalogue);
    free(photos);
    free(outcomes);
    return status;
}

/* What the made-up references are made from: sketches and embeddings of the photos' items, which
 * have the first numbers. */
typedef struct seeds {
    imx_reference *items;
    size_t count;
    bench_sketch *sketches;
    float *centres;
    size_t dimension;
} seeds;

static imgmatch_status read_seeds(seeds *out, const imx_store *store, size_t most,
                                  imgmatch_diag *diag) {
    out->dimension = imx_store_identity(store)->dimension;
    out->items = calloc(most, sizeof *out->items);
    out->sketches = calloc(most, sizeof *out->sketches);
    out->centres = calloc(most * out->dimension, sizeof *out->centres);
    if (out->items == NULL || out->sketches == NULL || out->centres == NULL) {
        return IMGMATCH_ERR_MEMORY;
    }
    imgmatch_status status = IMGMATCH_OK;
    imx_snapshot *snapshot = imx_store_hold(store);
    for (size_t i = 0; i < most; i++) {
        imx_reference *item = &out->items[out->count];
        status = imx_store_read_reference(item, store, snapshot, (int64_t)i + 1, diag);
        if (status != IMGMATCH_OK) {
            break;
        }
        out->sketches[out->count] = (bench_sketch){item->sketch, item->sketch_size};
        for (size_t k = 0; k < out->dimension; k++) {
            out->centres[out->count * out->dimension + k] = item->embeddings[k];
        }
        out->count++;
    }
    imx_snapshot_release(snapshot);
    return status;
}

static void free_seeds(seeds *some) {
    for (size_t i = 0; i < some->count; i++) {
        imx_reference_free(&some->items[i]);
    }
    free(some->items);
    free(some->sketches);
    free(some->centres);
}

static imgmatch_status add_made_up(efforts_bench *self) {
    size_t more = self->options->references - self->options->count;
    imx_store *store = NULL;
    seeds from = {.items = NULL};
    bench_made_up *made_up = NULL;
    imgmatch_status status = imx_store_open(&store, self->path, NULL, true, &self->diag);
    if (status == IMGMATCH_OK) {
        status = read_seeds(&from, store, self->options->count, &self->diag);
    }
    if (status == IMGMATCH_OK && more > 0) {
        made_up = bench_made_up_new(from.dimension, more, from.centres, from.count);
        double seconds = 0;
        status = made_up == NULL ? IMGMATCH_ERR_MEMORY
                                 : bench_fill_store(&seconds, store, made_up, more, from.sketches,
                                                    from.count, &self->diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_store_compact(store, &self->diag);
    }
    bench_made_up_free(made_up);
    free_seeds(&from);
    imx_store_close(store);
    return status;
}

/* ---- measuring ---- */

static bool query_one(void *user, size_t number) {
    efforts_bench *self = user;
    imgmatch_photo photo = IMGMATCH_PHOTO_INIT;
    photo.id = "query";
    photo.data = self->queries[number].bytes;
    photo.size_bytes = self->queries[number].size;
    imgmatch_query_options options = IMGMATCH_QUERY_OPTIONS_INIT;
    options.effort = self->effort;
    imgmatch_result *result = NULL;
    bool done =
        imgmatch_query(&result, self->catalogue, &photo, &options, &self->diag) == IMGMATCH_OK &&
        imgmatch_result_failure(result) == IMGMATCH_REASON_NONE;
    if (done) {
        self->timings[number] = imgmatch_result_timing(result);
    }
    imgmatch_result_free(result);
    return done;
}

static bool decode_and_embed(void *user, size_t number) {
    efforts_bench *self = user;
    const imgmatch_model *model = self->options->model;
    imgmatch_image *image = NULL;
    bool done =
        imgmatch_image_decode(&image, self->queries[number].bytes, self->queries[number].size, NULL,
                              &self->diag) == IMGMATCH_OK &&
        imgmatch_model_embed(self->embedding, imgmatch_model_get_info(model)->dimension, model,
                             image, &self->diag) == IMGMATCH_OK;
    imgmatch_image_free(image);
    return done;
}

static void report(const efforts_bench *self, const char *subject, const char *stage,
                   bench_times times) {
    const struct {
        const char *name;
        double value;
    } lines[] = {{"p50", times.p50_ms}, {"p99", times.p99_ms}, {"cpu p50", times.cpu_p50_ms}};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char measure[40];
        (void)snprintf(measure, sizeof measure, "%s %s", stage, lines[i].name);
        if (lines[i].value > 0) {
            bench_report(self->options->format, self->options->references, subject, measure, 1,
                         lines[i].value, "ms");
        }
    }
}

static int compare(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* `member`: the offset of a stage's time. */
static bool report_stage(const efforts_bench *self, const char *subject, const char *stage,
                         size_t member) {
    size_t count = self->options->count;
    double *values = calloc(count, sizeof *values);
    for (size_t i = 0; i < count && values != NULL; i++) {
        memcpy(&values[i], (const char *)&self->timings[i] + member, sizeof values[i]);
    }
    if (values != NULL) {
        qsort(values, count, sizeof *values, compare);
        report(
            self, subject, stage,
            (bench_times){.p50_ms = values[count / 2], .p99_ms = values[count - 1 - count / 100]});
    }
    free(values);
    return values != NULL;
}

static bool measure_effort(efforts_bench *self, imgmatch_effort effort) {
    const char *name = imx_effort_name(effort);
    bench_times times;
    self->effort = effort;
    if (!bench_time_queries(&times, query_one, self, self->options->count, 1)) {
        return fail(name, &self->diag);
    }
    bool done =
        report_stage(self, name, "decode", offsetof(imgmatch_timing, decode_ms)) &&
        report_stage(self, name, "fingerprint", offsetof(imgmatch_timing, fingerprint_ms)) &&
        report_stage(self, name, "search", offsetof(imgmatch_timing, search_ms)) &&
        report_stage(self, name, "verify", offsetof(imgmatch_timing, verify_ms));
    report(self, name, "total", times);
    return done;
}

static bool measure(efforts_bench *self) {
    const imgmatch_open_options open = {.model = self->options->model};
    if (imgmatch_catalogue_open(&self->catalogue, self->path, &open, &self->diag) != IMGMATCH_OK) {
        return fail("opening", &self->diag);
    }
    bench_times times;
    bool done = bench_time_queries(&times, decode_and_embed, self, self->options->count, 1) ||
                fail("embedding", &self->diag);
    if (done) {
        report(self, "decode and embed", "total", times);
    }
    for (imgmatch_effort i = IMGMATCH_EFFORT_FAST; i <= IMGMATCH_EFFORT_THOROUGH && done; i++) {
        done = measure_effort(self, i);
    }
    imgmatch_catalogue_close(self->catalogue);
    return done;
}

bool bench_efforts(const bench_efforts_options *options) {
    efforts_bench self = {.options = options, .diag = IMGMATCH_DIAG_INIT};
    bench_scratch scratch;
    if (options->references < options->count) {
        (void)fprintf(stderr, "imgmatch-bench: --efforts takes at least %zu, the photos\n",
                      options->count);
        return false;
    }
    if (!bench_scratch_make(&scratch, options->folder)) {
        return false;
    }
    (void)snprintf(self.path, sizeof self.path, "%s/catalogue", scratch.path);
    bench_report_begin(options->format);
    bool done = make_queries(&self);
    if (done && (add_photos(&self) != IMGMATCH_OK || add_made_up(&self) != IMGMATCH_OK)) {
        done = fail("filling a catalogue", &self.diag);
    }
    done = done && measure(&self);
    for (size_t i = 0; i < options->count && self.queries != NULL; i++) {
        imgmatch_free(self.queries[i].bytes);
    }
    free(self.queries);
    free(self.timings);
    free(self.embedding);
    bench_scratch_remove(&scratch);
    return done;
}
