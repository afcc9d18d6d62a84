/*
 * What decoding in worker processes costs: all photos are decoded, hashed and embedded, in turns
 * here and with a pool, on one thread. Processor time counts, user's and system's, of this process
 * and of the workers, whose start is part of it: other programs on the machine change it little,
 * and what they do change hits both sides of a pair. The median of the pairs' quotients is the
 * answer.
 *
 * The photos are in memory before; the first MAX_PHOTOS of the folder that can be decoded are used,
 * over and over until a side has had at least LEAST_PHOTOS.
 */
#include "asks_for_help.h"
#include "common/folder.h"

#include <imgmatch/imgmatch.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { MAX_PHOTOS = 100, LEAST_PHOTOS = 400, MAX_ROUNDS = 99 };
enum { PHOTOS_A_WORKER = 4096 }; /* After which a pool starts another one. */
enum { EXIT_USAGE = 2 };

static const char synopsis[] =
    "usage: imgmatch-isolation-bench [--model PATH] [--rounds N] FOLDER\n";

static const char details[] =
    "\n"
    "Measures what decoding in worker processes costs on the photos of a folder, with all else\n"
    "that fingerprinting takes.\n"
    "\n"
    "  --model PATH  folder of the model (default: IMGMATCH_MODEL, else the installed one)\n"
    "  --rounds N    pairs of runs, of which the median counts (default 7)\n"
    "  --help        print this\n";

typedef struct photo {
    void *bytes;
    size_t size;
} photo;

typedef struct bench {
    imgmatch_model *model;
    float *embedding;
    size_t dimension;
    photo photos[MAX_PHOTOS];
    size_t count;
} bench;

static double processor_s(int who) {
    struct rusage used;
    getrusage(who, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

/* pool: NULL decodes here. */
static imgmatch_status take_photo(const bench *on, const photo *one, imgmatch_decoder_pool *pool) {
    imgmatch_image *image = NULL;
    imgmatch_pdq hashes[IMGMATCH_ORIENT_COUNT];
    imgmatch_status status =
        pool != NULL ? imgmatch_decoder_pool_decode(&image, pool, one->bytes, one->size, NULL, NULL)
                     : imgmatch_image_decode(&image, one->bytes, one->size, NULL, NULL);
    if (status == IMGMATCH_OK) {
        status = imgmatch_pdq_compute(hashes, image, NULL);
    }
    if (status == IMGMATCH_OK) {
        status = imgmatch_model_embed(on->embedding, on->dimension, on->model, image, NULL);
    }
    imgmatch_image_free(image);
    return status;
}

/* Processor seconds for a photo, without the start of a worker, which takes `start_s`; negative
 * when one failed. A worker's time is known once it has ended, so the pool lives for one side of a
 * pair.
 */
static double measure_side(const bench *on, bool isolated, double start_s) {
    imgmatch_decoder_pool *pool = NULL;
    size_t done = 0;
    double start = processor_s(RUSAGE_SELF) + processor_s(RUSAGE_CHILDREN);
    imgmatch_status status = isolated ? imgmatch_decoder_pool_new(&pool, NULL, NULL) : IMGMATCH_OK;
    while (status == IMGMATCH_OK && done < LEAST_PHOTOS) {
        for (size_t i = 0; i < on->count && status == IMGMATCH_OK; i++, done++) {
            status = take_photo(on, &on->photos[i], pool);
        }
    }
    imgmatch_decoder_pool_free(pool);
    double seconds = processor_s(RUSAGE_SELF) + processor_s(RUSAGE_CHILDREN) - start;
    seconds -= isolated ? start_s : 0;
    return status == IMGMATCH_OK ? seconds / (double)done : -1;
}

static int compare(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Sorts them. */
static double median(double *values, size_t count) {
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

/* Of making a pool, whose first worker starts, and ending it; negative when it cannot be made. */
static double measure_start(void) {
    enum { TIMES = 5 };
    double seconds[TIMES];
    for (int i = 0; i < TIMES; i++) {
        imgmatch_decoder_pool *pool = NULL;
        double start = processor_s(RUSAGE_SELF) + processor_s(RUSAGE_CHILDREN);
        if (imgmatch_decoder_pool_new(&pool, NULL, NULL) != IMGMATCH_OK) {
            return -1;
        }
        imgmatch_decoder_pool_free(pool);
        seconds[i] = processor_s(RUSAGE_SELF) + processor_s(RUSAGE_CHILDREN) - start;
    }
    return median(seconds, TIMES);
}

static bool measure(const bench *on, long rounds) {
    double start = measure_start();
    double here[MAX_ROUNDS] = {0}, isolated[MAX_ROUNDS] = {0}, quotients[MAX_ROUNDS] = {0};
    for (long i = -1; i < rounds; i++) { /* One pair is not counted. */
        size_t at = i < 0 ? 0 : (size_t)i;
        here[at] = measure_side(on, false, 0);
        isolated[at] = measure_side(on, true, start) + start / PHOTOS_A_WORKER;
        if (start < 0 || here[at] < 0 || isolated[at] < 0) {
            return false;
        }
        quotients[at] = isolated[at] / here[at];
    }
    size_t count = (size_t)rounds;
    double overhead = 100 * (median(quotients, count) - 1);
    printf("%zu photos, %zu pairs; processor time for a photo, median\n"
           "here      %8.3f ms\nisolated  %8.3f ms\n"
           "overhead  %8.1f %%  (of the pairs: %.1f to %.1f %%)\n"
           "a worker's start takes %.0f ms, once in %d photos\n",
           on->count, count, 1e3 * median(here, count), 1e3 * median(isolated, count), overhead,
           100 * (quotients[0] - 1), 100 * (quotients[count - 1] - 1), 1e3 * start,
           PHOTOS_A_WORKER);
    return true;
}

static bool read_photo(photo *out, const char *path) {
    struct stat facts;
    FILE *file = fopen(path, "rb");
    bool read = file != NULL && fstat(fileno(file), &facts) == 0 && facts.st_size > 0 &&
                (out->bytes = malloc((size_t)facts.st_size)) != NULL;
    if (read) {
        out->size = (size_t)facts.st_size;
        read = fread(out->bytes, 1, out->size, file) == out->size;
    }
    if (file != NULL) {
        fclose(file);
    }
    imgmatch_image *image = NULL;
    read = read && imgmatch_image_decode(&image, out->bytes, out->size, NULL, NULL) == IMGMATCH_OK;
    imgmatch_image_free(image);
    if (!read) {
        free(out->bytes);
        out->bytes = NULL;
    }
    return read;
}

static bool load(bench *on, const char *path) {
    cli_folder *folder = cli_folder_open(path);
    cli_found found = CLI_FOUND_OTHER;
    const char *at = NULL;
    while (folder != NULL && on->count < MAX_PHOTOS &&
           cli_folder_next(&found, &at, folder) == IMGMATCH_OK && found != CLI_FOUND_END) {
        on->count += found == CLI_FOUND_FILE && read_photo(&on->photos[on->count], at);
    }
    cli_folder_close(folder);
    return on->count > 0;
}

static bool read_options(const char **model, long *rounds, const char **folder, char **arguments) {
    for (char **at = arguments + 1; *at != NULL; at++) {
        if (strcmp(*at, "--model") == 0 && at[1] != NULL) {
            *model = *++at;
        } else if (strcmp(*at, "--rounds") == 0 && at[1] != NULL) {
            *rounds = strtol(*++at, NULL, 10);
        } else if (**at != '-' && *folder == NULL) {
            *folder = *at;
        } else {
            return false;
        }
    }
    return *folder != NULL && *rounds >= 1 && *rounds <= MAX_ROUNDS;
}

int main(int count, char **arguments) {
    (void)count;
    bench on = {0};
    const char *model = NULL, *folder = NULL;
    long rounds = 7;
    if (bench_asks_for_help(arguments)) {
        printf("%s%s", synopsis, details);
        return EXIT_SUCCESS;
    }
    if (!read_options(&model, &rounds, &folder, arguments)) {
        fputs(synopsis, stderr);
        return EXIT_USAGE;
    }
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    bool done = false;
    if (imgmatch_model_open(&on.model, model, &diag) != IMGMATCH_OK) {
        fprintf(stderr, "imgmatch-isolation-bench: %s%s\n", diag.message,
                model == NULL ? " (--model PATH names one)" : "");
    } else if (!load(&on, folder)) {
        fprintf(stderr, "imgmatch-isolation-bench: %s: no photos\n", folder);
    } else {
        on.dimension = imgmatch_model_get_info(on.model)->dimension;
        on.embedding = calloc(on.dimension, sizeof *on.embedding);
        done = on.embedding != NULL && measure(&on, rounds);
        if (!done) {
            fputs("imgmatch-isolation-bench: a photo, or the pool, failed\n", stderr);
        }
    }
    free(on.embedding);
    for (size_t i = 0; i < on.count; i++) {
        free(on.photos[i].bytes);
    }
    imgmatch_model_close(on.model);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
