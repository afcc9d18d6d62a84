/*
 * How many photos a second imgmatch decodes, hashes and embeds: each step alone on photos that are
 * in memory (decoding: in the disk cache), then all steps one after another for each photo, on one
 * thread and on all. The median of several rounds counts.
 *
 * With --efforts, whole queries with each effort are measured against a catalogue of the folder's
 * photos and made-up references, N together (efforts.c).
 *
 * With --catalogue, catalogues of so many made-up references are measured instead: building,
 * opening, searching, recall, memory, beside FAISS (catalogue.c). They are made in the folder of
 * --work (default: TMPDIR or /tmp). The embeddings of the folder's photos (MAX_CENTRES at most) are
 * what those of the references lie around; without a folder, centres are made up. --keep leaves the
 * catalogues and FAISS's indexes in a folder, where a later run with the same photos and model
 * finds them built. --no-faiss, --no-recall (which is exact search) and --no-hashes leave out what
 * takes long beside the times of queries.
 *
 * Else the first MAX_PHOTOS photos of the folder are used, and what cannot be decoded is left out.
 * The peak memory is that of this program, which holds all of them decoded.
 */
#include "asks_for_help.h"
#include "catalogue.h"
#include "centres.h"
#include "common/folder.h"
#include "efforts.h"

#include <imgmatch/imgmatch.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PHOTOS = 100, MAX_THREADS = 64, MAX_ROUNDS = 99, MAX_QUERIES = 1000000 };
enum { MAX_REFERENCES = 10000000 };
enum { MADE_UP_DIMENSION = 256, MAX_CENTRES = 4096 };
enum { EXIT_USAGE = 2 };

typedef enum step { DECODE, PDQ, EMBED, TOGETHER, ISOLATED, STEP_COUNT } step;

static const char *const step_names[STEP_COUNT] = {"decode", "pdq", "embed", "together",
                                                   "isolated"};

typedef struct options {
    const char *folder;
    const char *model;
    long rounds;
    long threads;
    bool json;
    bool csv;
    bool no_faiss;
    bool no_recall;
    bool no_hashes;
    const char *catalogue; /* NULL: photos are measured. */
    const char *work;
    const char *keep;
    long queries;
    long efforts; /* References to measure efforts with; 0: something else is measured. */
    imgmatch_index_kind kind;
} options;

typedef struct bench {
    imgmatch_decoder_pool *decoders;
    imgmatch_model *model; /* NULL: the steps that need one are left out. */
    size_t dimension;
    size_t count;
    char *paths[MAX_PHOTOS];
    imgmatch_image *images[MAX_PHOTOS];
} bench;

typedef struct job {
    const bench *on;
    step what;
    atomic_size_t next;
    atomic_bool failed;
} job;

static const char synopsis[] =
    "usage: imgmatch-bench [--json] [--model PATH] [--rounds N] [--threads N] FOLDER\n"
    "       imgmatch-bench --catalogue N[,N...] [--json|--csv] [--index KIND] [--queries N]\n"
    "                      [--no-faiss] [--no-recall] [--no-hashes] [--work FOLDER]\n"
    "                      [--keep FOLDER] [--model PATH] [--threads N] [FOLDER]\n"
    "       imgmatch-bench --efforts N [--json|--csv] [--work FOLDER] [--model PATH] FOLDER\n";

static const char details[] =
    "\n"
    "Measures how many photos of a folder are decoded, hashed and embedded a second; with\n"
    "--catalogue, catalogues of N made-up references; with --efforts, whole queries against N\n"
    "references.\n"
    "\n"
    "  --model PATH     folder of the model (default: IMGMATCH_MODEL, else the installed one)\n"
    "  --rounds N       of which the median counts (default 5)\n"
    "  --threads N      default: one for each processor, 64 at the most\n"
    "  --index KIND     of catalogues: auto (the default), exact, hnsw or ivf\n"
    "  --queries N      to each catalogue (default 1000)\n"
    "  --no-faiss, --no-recall, --no-hashes\n"
    "                   leave out what takes long beside the times of queries\n"
    "  --work FOLDER    in which catalogues are made (default: TMPDIR, else /tmp)\n"
    "  --keep FOLDER    make catalogues there, and find them built the next time\n"
    "  --json, --csv    figures for programs\n"
    "  --help           print this\n";

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static imgmatch_status fingerprint(const bench *on, step what, const imgmatch_image *image,
                                   float *embedding) {
    imgmatch_status status = IMGMATCH_OK;
    if (what == PDQ || what >= TOGETHER) {
        imgmatch_pdq hashes[IMGMATCH_ORIENT_COUNT];
        status = imgmatch_pdq_compute(hashes, image, NULL);
    }
    if (status == IMGMATCH_OK && on->model != NULL && (what == EMBED || what >= TOGETHER)) {
        status = imgmatch_model_embed(embedding, on->dimension, on->model, image, NULL);
    }
    return status;
}

static imgmatch_status open_isolated(imgmatch_image **out, const bench *on, const char *path) {
    FILE *file = fopen(path, "rb");
    unsigned char *bytes = NULL;
    long size = -1;
    imgmatch_status status = IMGMATCH_ERR_IO;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0) {
        size = ftell(file);
        rewind(file);
    }
    if (size > 0 && (bytes = malloc((size_t)size)) != NULL &&
        fread(bytes, 1, (size_t)size, file) == (size_t)size) {
        status = imgmatch_decoder_pool_decode(out, on->decoders, bytes, (size_t)size, NULL, NULL);
    }
    if (file != NULL) {
        fclose(file);
    }
    free(bytes);
    return status;
}

static void *work(void *argument) {
    job *mine = argument;
    const bench *on = mine->on;
    float *embedding = calloc(on->dimension + 1, sizeof *embedding);
    imgmatch_status status = embedding == NULL ? IMGMATCH_ERR_MEMORY : IMGMATCH_OK;
    size_t i;
    while (status == IMGMATCH_OK && (i = atomic_fetch_add(&mine->next, 1)) < on->count) {
        if (mine->what == PDQ || mine->what == EMBED) {
            status = fingerprint(on, mine->what, on->images[i], embedding);
            continue;
        }
        imgmatch_image *image = NULL;
        status = mine->what == ISOLATED ? open_isolated(&image, on, on->paths[i])
                                        : imgmatch_image_open(&image, on->paths[i], NULL, NULL);
        if (status == IMGMATCH_OK) {
            status = fingerprint(on, mine->what, image, embedding);
        }
        imgmatch_image_free(image);
    }
    if (status != IMGMATCH_OK) {
        atomic_store(&mine->failed, true);
    }
    free(embedding);
    return NULL;
}

/* Seconds for all photos, or a negative number when a photo failed. */
static double time_once(const bench *on, step what, long threads) {
    job mine = {.on = on, .what = what};
    atomic_init(&mine.next, 0);
    atomic_init(&mine.failed, false);
    pthread_t others[MAX_THREADS];
    long started = 0;
    double start = now_s();
    while (started < threads - 1 && pthread_create(&others[started], NULL, work, &mine) == 0) {
        started++;
    }
    work(&mine);
    for (long i = 0; i < started; i++) {
        pthread_join(others[i], NULL);
    }
    double seconds = now_s() - start;
    return atomic_load(&mine.failed) || started < threads - 1 ? -1.0 : seconds;
}

static int compare_doubles(const void *a, const void *b) {
    const double *x = a;
    const double *y = b;
    return (*x > *y) - (*x < *y);
}

/* The median, after one round that is not counted. */
static double time_step(const bench *on, step what, long threads, long rounds) {
    double seconds[MAX_ROUNDS + 1];
    for (long i = 0; i <= rounds; i++) {
        seconds[i] = time_once(on, what, threads);
        if (seconds[i] < 0.0) {
            return -1.0;
        }
    }
    qsort(seconds + 1, (size_t)rounds, sizeof *seconds, compare_doubles);
    return seconds[1 + rounds / 2];
}

static imgmatch_status load(bench *on, const char *path) {
    cli_folder *folder = cli_folder_open(path);
    if (folder == NULL) {
        return IMGMATCH_ERR_MEMORY;
    }
    imgmatch_status status = IMGMATCH_OK;
    cli_found found = CLI_FOUND_OTHER;
    while (on->count < MAX_PHOTOS) {
        const char *at = NULL;
        status = cli_folder_next(&found, &at, folder);
        if (status != IMGMATCH_OK || found == CLI_FOUND_END) {
            break;
        }
        if (found != CLI_FOUND_FILE ||
            imgmatch_image_open(&on->images[on->count], at, NULL, NULL) != IMGMATCH_OK) {
            continue;
        }
        on->paths[on->count] = strdup(at);
        if (on->paths[on->count++] == NULL) {
            status = IMGMATCH_ERR_MEMORY;
            break;
        }
    }
    cli_folder_close(folder);
    return status;
}

static void print_table(double seconds[2][STEP_COUNT], const bench *on, long threads, long peak) {
    printf("%zu photos, images a second\n%-10s %10s %7s %ld\n", on->count, "", "1 thread",
           "threads:", threads);
    for (int i = 0; i < STEP_COUNT; i++) {
        if (seconds[0][i] > 0.0) {
            printf("%-10s %10.1f %10.1f\n", step_names[i], (double)on->count / seconds[0][i],
                   (double)on->count / seconds[1][i]);
        }
    }
    for (int k = 0; k < 2; k++) {
        double parts = seconds[k][DECODE] + seconds[k][PDQ] + seconds[k][EMBED];
        printf("%s: steps alone / together = %.2f, together / isolated = %.3f\n",
               k == 0 ? "1 thread" : "all threads", parts / seconds[k][TOGETHER],
               seconds[k][TOGETHER] / seconds[k][ISOLATED]);
    }
    printf("peak memory %.1f MiB\n", (double)peak / 1024.0);
}

static void print_json(double seconds[2][STEP_COUNT], const bench *on, long threads, long peak) {
    printf("{\"photos\":%zu,\"peak_kib\":%ld,\"runs\":[", on->count, peak);
    for (int k = 0; k < 2; k++) {
        printf("%s{\"threads\":%ld", k == 0 ? "" : ",", k == 0 ? 1 : threads);
        for (int i = 0; i < STEP_COUNT; i++) {
            if (seconds[k][i] > 0.0) {
                printf(",\"%s_per_second\":%.2f", step_names[i], (double)on->count / seconds[k][i]);
            }
        }
        double parts = seconds[k][DECODE] + seconds[k][PDQ] + seconds[k][EMBED];
        printf(",\"efficiency\":%.4f}", parts / seconds[k][TOGETHER]);
    }
    printf("]}\n");
}

static int measure(bench *on, const options *chosen) {
    double seconds[2][STEP_COUNT] = {{0}};
    for (int k = 0; k < 2; k++) {
        long threads = k == 0 ? 1 : chosen->threads;
        for (int i = 0; i < STEP_COUNT; i++) {
            if (i == EMBED && on->model == NULL) {
                continue;
            }
            seconds[k][i] = time_step(on, (step)i, threads, chosen->rounds);
            if (seconds[k][i] < 0.0) {
                fprintf(stderr, "imgmatch-bench: %s failed\n", step_names[i]);
                return EXIT_FAILURE;
            }
        }
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    (chosen->json ? print_json : print_table)(seconds, on, chosen->threads, usage.ru_maxrss);
    return EXIT_SUCCESS;
}

static bool read_count(long *out, const char *text, long most) {
    char *end = NULL;
    errno = 0;
    *out = text == NULL ? 0 : strtol(text, &end, 10);
    return text != NULL && errno == 0 && end != text && *end == '\0' && *out >= 1 && *out <= most;
}

static bool read_kind(imgmatch_index_kind *out, const char *text) {
    static const char *const names[] = {"auto", "exact", "hnsw", "ivf"};
    for (size_t i = 0; i < sizeof names / sizeof *names && text != NULL; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = (imgmatch_index_kind)i;
            return true;
        }
    }
    return false;
}

/* Is **at the option `name`? *value becomes what follows "=" or is the next argument, to which *at
 * moves on then; NULL where there is none. */
static bool takes_value(const char **value, char ***at, const char *name) {
    size_t size = strlen(name);
    if (strncmp(**at, name, size) != 0 || ((**at)[size] != '=' && (**at)[size] != '\0')) {
        return false;
    }
    *value = (**at)[size] == '=' ? **at + size + 1 : *++*at;
    return true;
}

static bool is_flag(options *out, const char *name) {
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {{"--json", &out->json},
                 {"--csv", &out->csv},
                 {"--no-faiss", &out->no_faiss},
                 {"--no-recall", &out->no_recall},
                 {"--no-hashes", &out->no_hashes}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (strcmp(name, flags[i].name) == 0) {
            *flags[i].flag = true;
            return true;
        }
    }
    return false;
}

/* False when **at is no option with a number; *good: its value is one. */
static bool is_number(bool *good, options *out, char ***at) {
    const struct {
        const char *name;
        long *number;
        long most;
    } numbers[] = {{"--queries", &out->queries, MAX_QUERIES},
                   {"--efforts", &out->efforts, MAX_REFERENCES},
                   {"--rounds", &out->rounds, MAX_ROUNDS},
                   {"--threads", &out->threads, MAX_THREADS}};
    const char *value = NULL;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (takes_value(&value, at, numbers[i].name)) {
            *good = read_count(numbers[i].number, value, numbers[i].most);
            return true;
        }
    }
    return false;
}

static bool is_text(bool *good, options *out, char ***at) {
    const struct {
        const char *name;
        const char **text;
    } texts[] = {{"--catalogue", &out->catalogue},
                 {"--work", &out->work},
                 {"--keep", &out->keep},
                 {"--model", &out->model}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (takes_value(texts[i].text, at, texts[i].name)) {
            *good = *texts[i].text != NULL;
            return true;
        }
    }
    return false;
}

static bool read_options(options *out, char **arguments) {
    for (char **at = arguments + 1; *at != NULL; at++) {
        bool good = true;
        const char *kind = NULL;
        if (is_flag(out, *at)) {
            continue;
        }
        if (takes_value(&kind, &at, "--index")) {
            good = read_kind(&out->kind, kind);
        } else if (!is_number(&good, out, &at) && !is_text(&good, out, &at)) {
            good = **at != '-' && out->folder == NULL;
            out->folder = *at;
        }
        if (!good) {
            return false;
        }
    }
    return out->folder != NULL || (out->catalogue != NULL && out->efforts == 0);
}

static const char *work_folder(const options *chosen) {
    const char *temporary = getenv("TMPDIR");
    return chosen->work != NULL ? chosen->work : temporary != NULL ? temporary : "/tmp";
}

static bench_format format_of(const options *chosen) {
    return chosen->json ? BENCH_JSON : chosen->csv ? BENCH_CSV : BENCH_TABLE;
}

static int measure_catalogues(const bench *on, const options *chosen) {
    size_t centre_count = 0;
    float *centres = chosen->folder == NULL ? NULL
                                            : bench_centres_of_folder(&centre_count, on->model,
                                                                      chosen->folder, MAX_CENTRES);
    if (chosen->folder != NULL && centres == NULL) {
        return EXIT_FAILURE;
    }
    bench_catalogue_options each = {.dimension =
                                        centres != NULL ? on->dimension : MADE_UP_DIMENSION,
                                    .centres = centres,
                                    .centre_count = centre_count,
                                    .queries = (size_t)chosen->queries,
                                    .threads = (int)chosen->threads,
                                    .kind = chosen->kind,
                                    .folder = work_folder(chosen),
                                    .keep = chosen->keep,
                                    .format = format_of(chosen),
                                    .faiss = !chosen->no_faiss,
                                    .recall = !chosen->no_recall,
                                    .hashes = !chosen->no_hashes};
    bool done = bench_catalogues(chosen->catalogue, each);
    free(centres);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int measure_efforts(const bench *on, const options *chosen) {
    const bench_efforts_options efforts = {.model = on->model,
                                           .photos = on->images,
                                           .paths = on->paths,
                                           .count = on->count,
                                           .references = (size_t)chosen->efforts,
                                           .threads = (int)chosen->threads,
                                           .folder = work_folder(chosen),
                                           .format = format_of(chosen)};
    return bench_efforts(&efforts) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int count, char **arguments) {
    (void)count;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    options chosen = {.rounds = 5, .queries = 1000, .threads = processors < 1 ? 1 : processors};
    chosen.threads = chosen.threads > MAX_THREADS ? MAX_THREADS : chosen.threads;
    if (bench_asks_for_help(arguments)) {
        printf("%s%s", synopsis, details);
        return EXIT_SUCCESS;
    }
    if (!read_options(&chosen, arguments)) {
        fputs(synopsis, stderr);
        return EXIT_USAGE;
    }
    bench on = {0};
    if (chosen.catalogue != NULL && chosen.folder == NULL) {
        return measure_catalogues(&on, &chosen);
    }
    int result = EXIT_FAILURE;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imgmatch_model_open(&on.model, chosen.model, &diag);
    if (status == IMGMATCH_OK) {
        on.dimension = imgmatch_model_get_info(on.model)->dimension;
    } else {
        fprintf(stderr, "imgmatch-bench: without embedding: %s%s\n", diag.message,
                chosen.model == NULL ? " (--model PATH names one)" : "");
    }
    if (status != IMGMATCH_OK &&
        (chosen.model != NULL || chosen.efforts != 0 || chosen.catalogue != NULL)) {
        goto done;
    }
    if (chosen.catalogue != NULL) {
        result = measure_catalogues(&on, &chosen);
        goto done;
    }
    status = IMGMATCH_OK;
    if (chosen.efforts == 0) { /* Those decode in this process, to tell its time. */
        imgmatch_decoder_pool_options decoders = IMGMATCH_DECODER_POOL_OPTIONS_INIT;
        decoders.worker = getenv("IMGMATCH_DECODE_WORKER") == NULL ? BENCH_WORKER : NULL;
        status = imgmatch_decoder_pool_new(&on.decoders, &decoders, &diag);
    }
    if (status != IMGMATCH_OK) {
        fprintf(stderr, "imgmatch-bench: %s\n", diag.message);
        goto done;
    }
    status = load(&on, chosen.folder);
    if (status != IMGMATCH_OK || on.count == 0) {
        fprintf(stderr, "imgmatch-bench: %s: %s\n", chosen.folder,
                status != IMGMATCH_OK ? imgmatch_status_text(status) : "no photos");
        goto done;
    }
    result = chosen.efforts != 0 ? measure_efforts(&on, &chosen) : measure(&on, &chosen);
done:
    for (size_t i = 0; i < on.count; i++) {
        imgmatch_image_free(on.images[i]);
        free(on.paths[i]);
    }
    imgmatch_decoder_pool_free(on.decoders);
    imgmatch_model_close(on.model);
    return result;
}
