/* When the disk is full, a change fails with an error, what was acknowledged before stays, queries
 * go on, and once there is room again the same handle works. The limit is RLIMIT_FSIZE, which no
 * file may grow past: the process that has it is a child, so that others keep theirs. Where the
 * system lets us mount one (as root), a file system that is really full is tried too. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "integration/catalogue/place.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define BATCH 20u
#define ENOUGH 100000u
#define SKIPPED 77

/* In the child a failed check ends the process with the number of its line. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                          \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

static bool all_stored(const imx_store *store, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (!sample_is_stored(store, i, 1)) {
            return false;
        }
    }
    return true;
}

/* Add until the disk is full; returns how many items were acknowledged. */
static uint32_t fill_up(imx_store *store, uint32_t count) {
    for (; count < ENOUGH; count += BATCH) {
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        imgmatch_status status = sample_add(store, count, BATCH, 1, &diag);
        if (status != IMGMATCH_OK) {
            REQUIRE(status == IMGMATCH_ERR_IO);
            REQUIRE(strstr(diag.message, "catalogue.db") != NULL);
            break;
        }
    }
    REQUIRE(count < ENOUGH);
    REQUIRE(sample_is_absent(store, count));
    REQUIRE(sample_is_absent(store, count + BATCH - 1));
    REQUIRE(all_stored(store, count));
    return count;
}

static void limit_files(rlim_t bytes) {
    struct rlimit limit;
    REQUIRE(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

static void run_limited(const char *path) {
    REQUIRE(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    imx_store *store = NULL;
    REQUIRE(imx_store_open(&store, path, NULL, true, NULL) == IMGMATCH_OK);
    REQUIRE(sample_add(store, 0, BATCH, 1, NULL) == IMGMATCH_OK);
    REQUIRE(imx_store_compact(store, NULL) == IMGMATCH_OK);
    limit_files(600000);
    uint32_t count = fill_up(store, BATCH);
    REQUIRE(count > BATCH);
    /* A new main index does not fit either; the old one goes on. */
    limit_files(8192);
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    REQUIRE(imx_store_compact(store, &diag) == IMGMATCH_ERR_IO);
    REQUIRE(strstr(diag.message, "index-") != NULL);
    REQUIRE(all_stored(store, count));
    /* Room again. */
    limit_files(RLIM_INFINITY);
    REQUIRE(sample_add(store, count, BATCH, 1, NULL) == IMGMATCH_OK);
    REQUIRE(imx_store_compact(store, NULL) == IMGMATCH_OK);
    REQUIRE(all_stored(store, count + BATCH));
    REQUIRE(sample_verify(store) == IMGMATCH_OK);
    imx_store_close(store);
    REQUIRE(imx_store_open(&store, path, NULL, false, NULL) == IMGMATCH_OK);
    REQUIRE(all_stored(store, count + BATCH));
    imx_store_close(store);
    _exit(0);
}

static void run_on_full_file_system(const char *folder) {
    if (unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", NULL, (unsigned long)(MS_REC | MS_PRIVATE), NULL) != 0 ||
        mount("none", folder, "tmpfs", 0, "size=1500k") != 0) {
        _exit(SKIPPED);
    }
    char path[512], ballast[600];
    sample_catalogue_create(path, folder);
    (void)snprintf(ballast, sizeof ballast, "%s/ballast", folder);
    uint8_t *bytes = calloc(400000, 1);
    REQUIRE(bytes != NULL && sample_write_file(ballast, bytes, 400000));
    imx_store *store = NULL;
    REQUIRE(imx_store_open(&store, path, NULL, true, NULL) == IMGMATCH_OK);
    uint32_t count = fill_up(store, 0);
    REQUIRE(count > 0);
    REQUIRE(sample_verify(store) == IMGMATCH_OK);
    /* Opening for reading needs no room. */
    imx_store *reader = NULL;
    REQUIRE(imx_store_open(&reader, path, NULL, false, NULL) == IMGMATCH_OK);
    REQUIRE(all_stored(reader, count));
    imx_store_close(reader);
    REQUIRE(unlink(ballast) == 0);
    REQUIRE(sample_add(store, count, BATCH, 1, NULL) == IMGMATCH_OK);
    REQUIRE(all_stored(store, count + BATCH));
    imx_store_close(store);
    free(bytes);
    _exit(0);
}

static int run_in_child(void (*run)(const char *), const char *argument) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        run(argument);
    }
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    return WEXITSTATUS(result);
}

static void test_files_that_cannot_grow(void **state) {
    place *self = *state;
    place_close(self);
    assert_int_equal(run_in_child(run_limited, self->path), 0);
}

static void test_full_file_system(void **unused) {
    (void)unused;
    char *folder = sample_folder_new();
    assert_non_null(folder);
    int result = run_in_child(run_on_full_file_system, folder);
    sample_folder_remove(folder);
    free(folder);
    if (result == SKIPPED) {
        print_message("no right to mount a file system: skipped\n");
        skip();
    }
    assert_int_equal(result, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_files_that_cannot_grow, place_set_up, place_tear_down),
        cmocka_unit_test(test_full_file_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
