/*
 * Small files that are much work: each is refused with its reason, or read without that work, in
 * this process and in a worker, within the processor time and memory below.
 *
 * A cost is what decoding the file takes in a new process that has decoded a sound photo of its
 * kind, so that libraries are loaded: processor time, which other programs change little, and peak
 * memory beyond what the process had. With a pool it is the sum of the process and the worker, so
 * that the file in the memory that they share counts twice.
 *
 * With --measure: prints the costs, and fails when one is too high. --one NAME is one such process;
 * --write FOLDER writes the files.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/file.h"
#include "bombs.h"
#include "integration/isolate/processes.h"
#include "sanitized.h"

#include <imgmatch/decoder_pool.h>

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_BYTES (64u << 20)
#define MOST_MS 100.0
#define MOST_MIB 64.0
#define ATTEMPTS 3 /* On a machine that is busy with other work the least of them counts. */
#define EXIT_USAGE 2

typedef struct cost {
    double ms;
    double mib;
} cost;

/* What a decoding is to have cost; both are negative until it is known. */
typedef struct costs {
    cost here;
    cost isolated;
} costs;

static imgmatch_decoder_pool *new_pool(void) {
    imgmatch_decoder_pool_options options = IMGMATCH_DECODER_POOL_OPTIONS_INIT;
    imgmatch_decoder_pool *pool = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    options.worker = IMX_TEST_WORKER;
    options.max_workers = 1;
    if (imgmatch_decoder_pool_new(&pool, &options, &diag) != IMGMATCH_OK) {
        (void)fprintf(stderr, "no pool: %s\n", diag.message);
    }
    return pool;
}

/* pool: NULL decodes here. */
static imgmatch_status decode(const void *bytes, size_t size, imgmatch_decoder_pool *pool,
                              imgmatch_diag *diag) {
    imgmatch_image *image = NULL;
    imgmatch_status status =
        pool == NULL ? imgmatch_image_decode(&image, bytes, size, NULL, diag)
                     : imgmatch_decoder_pool_decode(&image, pool, bytes, size, NULL, diag);
    imgmatch_image_free(image);
    return status;
}

/* With a word on standard error if not. */
static bool comes_out_right(const bomb *what, const imx_buffer *file, imgmatch_decoder_pool *pool) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = decode(file->bytes, file->size, pool, &diag);
    bool refused = what->reason != IMGMATCH_REASON_NONE;
    if (status == (refused ? IMGMATCH_ERR_PHOTO : IMGMATCH_OK) && diag.reason == what->reason) {
        return true;
    }
    (void)fprintf(stderr, "%s%s: %s: %s\n", what->name, pool == NULL ? "" : " (isolated)",
                  imgmatch_reason_code(diag.reason), diag.message);
    return false;
}

static void test_bombs_are_refused(void **state) {
    (void)state;
    imgmatch_decoder_pool *pool = new_pool();
    size_t refused = 0;
    assert_non_null(pool);
    for (size_t i = 0; i < bomb_count; i++) {
        imx_buffer file;
        imx_buffer_init(&file, MOST_BYTES);
        bombs[i].make(&file);
        assert_true(comes_out_right(&bombs[i], &file, NULL));
        assert_true(comes_out_right(&bombs[i], &file, pool));
        imx_buffer_free(&file);
        refused += bombs[i].reason != IMGMATCH_REASON_NONE;
    }
    imgmatch_decoder_pool_stat stat;
    imgmatch_decoder_pool_get_stat(&stat, pool);
    assert_int_equal(stat.refused, refused);
    assert_int_equal(stat.replaced, 0); /* It is our limits that refuse them. */
    imgmatch_decoder_pool_free(pool);
}

/* Added to `out`: what a process has taken since then. */
typedef struct meter {
    pid_t process;
    double ms;
    long kib;
} meter;

static meter meter_start(pid_t process) {
    forget_peak(process);
    return (meter){process, processor_ms(process), memory_kib(process, "VmRSS:")};
}

static bool meter_add(cost *out, const meter *since) {
    double ms = processor_ms(since->process);
    long kib = memory_kib(since->process, "VmHWM:");
    out->ms += ms - since->ms;
    out->mib += (double)(kib - since->kib) / 1024;
    return since->ms >= 0 && ms >= 0 && since->kib >= 0 && kib >= 0;
}

/* pool: of one worker, or NULL. */
static bool measure(cost *out, const bomb *what, const imx_buffer *file, const imx_buffer *sound,
                    imgmatch_decoder_pool *pool) {
    *out = (cost){0, 0};
    if (decode(sound->bytes, sound->size, pool, NULL) != IMGMATCH_OK) {
        (void)fprintf(stderr, "%s: the sound photo, %s, is refused\n", what->name, what->sound);
        return false;
    }
    /* What was freed before is not to be there for nothing. */
    (void)malloc_trim(0);
    meter here = meter_start(getpid());
    meter worker = meter_start(pool == NULL ? getpid() : worker_of_one());
    if (!comes_out_right(what, file, pool)) {
        return false;
    }
    if (!meter_add(out, &here) || (pool != NULL && !meter_add(out, &worker))) {
        (void)fprintf(stderr, "%s: no time or memory of a process in /proc\n", what->name);
        return false;
    }
    return true;
}

static const bomb *find(const char *name) {
    for (size_t i = 0; i < bomb_count; i++) {
        if (strcmp(bombs[i].name, name) == 0) {
            return &bombs[i];
        }
    }
    return NULL;
}

/* Prints size, milliseconds and MiB here, and milliseconds and MiB with a pool. */
static int measure_one(const char *name) {
    const bomb *what = find(name);
    char path[512];
    imx_buffer file, sound = {0};
    costs all;
    if (what == NULL) {
        (void)fprintf(stderr, "test_bombs: no such file: %s\n", name);
        return EXIT_USAGE;
    }
    imx_buffer_init(&file, MOST_BYTES);
    what->make(&file);
    (void)snprintf(path, sizeof path, "%s/image_%s", IMX_TEST_CORPUS, what->sound);
    if (imx_file_read(&sound.bytes, &sound.size, path, 1 << 20, NULL) != IMGMATCH_OK) {
        (void)fprintf(stderr, "%s: cannot be read\n", path);
        return EXIT_FAILURE;
    }
    /* The pool first: it leaves nothing here. */
    imgmatch_decoder_pool *pool = new_pool();
    bool done = pool != NULL && measure(&all.isolated, what, &file, &sound, pool);
    imgmatch_decoder_pool_free(pool);
    done = done && measure(&all.here, what, &file, &sound, NULL);
    if (done) {
        printf("%zu %f %f %f %f\n", file.size, all.here.ms, all.here.mib, all.isolated.ms,
               all.isolated.mib);
    }
    free(sound.bytes);
    imx_buffer_free(&file);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* In a process of its own. */
static bool measure_apart(size_t *size, costs *out, const bomb *what) {
    int ends[2];
    if (pipe(ends) != 0) {
        return false;
    }
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        char program[] = "/proc/self/exe", option[] = "--one", name[128];
        char *arguments[] = {program, option, name, NULL};
        (void)snprintf(name, sizeof name, "%s", what->name);
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)execv(program, arguments);
        _exit(127);
    }
    (void)close(ends[1]);
    FILE *said = fdopen(ends[0], "r");
    bool done = said != NULL && fscanf(said, "%zu %lf %lf %lf %lf", size, &out->here.ms,
                                       &out->here.mib, &out->isolated.ms, &out->isolated.mib) == 5;
    if (said != NULL) {
        (void)fclose(said);
    }
    int how = 0;
    return child > 0 && waitpid(child, &how, 0) == child && how == 0 && done;
}

static bool is_little(const cost *one) { return one->ms <= MOST_MS && one->mib <= MOST_MIB; }

static void keep_least(cost *least, const cost *one) {
    least->ms = one->ms < least->ms ? one->ms : least->ms;
    least->mib = one->mib < least->mib ? one->mib : least->mib;
}

static void keep_most(cost *most, const cost *one) {
    most->ms = one->ms > most->ms ? one->ms : most->ms;
    most->mib = one->mib > most->mib ? one->mib : most->mib;
}

static void print_costs(const char *name, const costs *all) {
    printf("%-49s %7.1f ms %6.1f MiB, isolated %7.1f ms %6.1f MiB\n", name, all->here.ms,
           all->here.mib, all->isolated.ms, all->isolated.mib);
}

/* Prints it, and adds it to the most; false when it is too much, or the decoding fails. */
static bool costs_little(costs *most, const bomb *what) {
    costs least = {{1e9, 1e9}, {1e9, 1e9}};
    bool little = false;
    char name[128];
    size_t size = 0;
    for (int i = 0; i < ATTEMPTS && !little; i++) {
        costs one = {{0, 0}, {0, 0}};
        if (!measure_apart(&size, &one, what)) {
            (void)fprintf(stderr, "%s: failed\n", what->name);
            return false;
        }
        keep_least(&least.here, &one.here);
        keep_least(&least.isolated, &one.isolated);
        little = is_little(&least.here) && is_little(&least.isolated);
    }
    (void)snprintf(name, sizeof name, "%s (%zu KiB)", what->name, size / 1024);
    print_costs(name, &least);
    keep_most(&most->here, &least.here);
    keep_most(&most->isolated, &least.isolated);
    return little;
}

static bool all_cost_little(void) {
    costs most = {{0, 0}, {0, 0}};
    char name[64];
    bool little = true;
    for (size_t i = 0; i < bomb_count; i++) {
        little = costs_little(&most, &bombs[i]) && little;
    }
    (void)snprintf(name, sizeof name, "At most, of %zu files", bomb_count);
    print_costs(name, &most);
    return little;
}

static void test_bombs_cost_little(void **state) {
    (void)state;
    if (IS_SANITIZED) {
        skip();
    }
    assert_true(all_cost_little());
}

/* As NAME with lines in the place of blanks, and the kind as a suffix. */
static int write_all(const char *folder) {
    (void)mkdir(folder, 0777);
    for (size_t i = 0; i < bomb_count; i++) {
        char path[512];
        imx_buffer file;
        (void)snprintf(path, sizeof path, "%s/%s.%.*s", folder, bombs[i].name,
                       (int)strcspn(bombs[i].sound, "/"), bombs[i].sound);
        for (char *at = path + strlen(folder); *at != '\0'; at++) {
            *at = *at == ' ' ? '_' : *at;
        }
        imx_buffer_init(&file, MOST_BYTES);
        bombs[i].make(&file);
        FILE *out = fopen(path, "wb");
        bool written = out != NULL && fwrite(file.bytes, 1, file.size, out) == file.size;
        written = out != NULL && fclose(out) == 0 && written;
        imx_buffer_free(&file);
        if (!written) {
            perror(path);
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--measure") == 0) {
        return all_cost_little() ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (argc == 3 && strcmp(argv[1], "--one") == 0) {
        return measure_one(argv[2]);
    }
    if (argc == 3 && strcmp(argv[1], "--write") == 0) {
        return write_all(argv[2]);
    }
    if (argc != 1) {
        (void)fputs("usage: test_bombs [--measure | --one NAME | --write FOLDER]\n", stderr);
        return EXIT_USAGE;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bombs_are_refused),
                                       cmocka_unit_test(test_bombs_cost_little)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
