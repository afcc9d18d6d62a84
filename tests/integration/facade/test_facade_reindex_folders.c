/*
 * The two folders of a reindex: whatever a kill leaves of them, the next call ends in one
 * catalogue, and nothing of the user's is lost on the way, nor what only looks like a leftover.
 *
 * The functions that change a folder, and the commits, are wrapped: a child is killed in front of
 * step n, for every n until it needs no more. Models are used in children, and in tests behind
 * them: a model's threads do not survive a fork.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "catalogue/sql.h"
#include "facade/handle.h"
#include "integration/catalogue/samples.h"
#include "integration/facade/reindexing.h"

#include <imgmatch/imgmatch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ITEMS 2
#define MOST_STEPS 200 /* A call that needs more than that is caught in a loop. */

/* ---- being killed ---- */

#define NEVER (-1)
#define BEHIND_EXCHANGE (-2)

static int steps_left = NEVER;

static void step(void) {
    if (steps_left == 0) {
        (void)raise(SIGKILL);
    }
    steps_left -= steps_left > 0;
}

#define WRAP(result, name, parameters, arguments)                                                  \
    result __real_##name parameters;                                                               \
    result __wrap_##name parameters;                                                               \
    result __wrap_##name parameters {                                                              \
        step();                                                                                    \
        return __real_##name arguments;                                                            \
    }

WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(int, rename, (const char *from, const char *to), (from, to))
WRAP(int, unlink, (const char *path), (path))
WRAP(int, rmdir, (const char *path), (path))
WRAP(int, fsync, (int fd), (fd))
WRAP(imgmatch_status, imx_sql_commit, (imx_sql * sql, imgmatch_diag *diag), (sql, diag))

int __real_renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags);
int __wrap_renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags);

int __wrap_renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags) {
    step();
    int result = __real_renameat2(from_fd, from, to_fd, to, flags);
    if (flags == RENAME_EXCHANGE && steps_left == BEHIND_EXCHANGE) {
        (void)raise(SIGKILL);
    }
    return result;
}

/* ---- a catalogue, and files of its user's ---- */

/* Some have names that are nearly imgmatch's. */
static const char *const others[] = {"NOTES.txt",  "catalogue.db.bak", "catalogue.db-old",
                                     "index-.imx", "index-7.imx.old",  ".hidden"};
#define OTHER_COUNT (sizeof others / sizeof *others)

/* What there is in a test's folder. */
typedef struct folders {
    char *folder;
    char made[512]; /* A catalogue of the model "tiny", with an index file, which nobody touches. */
    char path[512]; /* A copy of it, to be reindexed. */
    char beside[600];
} folders;

static bool has_text(const char *folder, const char *name, const char *text) {
    char path[700];
    size_t size = 0;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    uint8_t *bytes = sample_read_file(&size, path);
    bool found = bytes != NULL && size == strlen(text) && memcmp(bytes, text, size) == 0;
    free(bytes);
    return found;
}

static void write_text(const char *folder, const char *name, const char *text) {
    char path[700];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_true(sample_write_file(path, text, strlen(text)));
}

/* Run it in a child of its own; what waitpid says. */
static int in_child(int (*act)(const folders *on, const char *model), const folders *on,
                    const char *model, int steps) {
    int result = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        steps_left = steps;
        _exit(act(on, model));
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    return result;
}

static int make_catalogue(const folders *on, const char *model) {
    (void)model;
    workplace place = {.folder = on->folder};
    (void)snprintf(place.path, sizeof place.path, "%s", on->made);
    workplace_fill(&place);
    reindexing_draw(on->folder, "a.png", 600);
    reindexing_add_photo(&place, "a", "a.png", NULL, NULL);
    reindexing_add_hash(&place, "h", 601, "2024-05-06T07:08:09Z");
    assert_int_equal(imgmatch_catalogue_compact(place.catalogue, NULL), IMGMATCH_OK);
    imgmatch_catalogue_close(place.catalogue);
    imgmatch_model_close(place.model);
    return 0;
}

static int set_up(void **state) {
    folders *on = calloc(1, sizeof *on);
    assert_non_null(on);
    on->folder = sample_folder_new();
    assert_non_null(on->folder);
    (void)snprintf(on->made, sizeof on->made, "%s/made", on->folder);
    (void)snprintf(on->path, sizeof on->path, "%s/c", on->folder);
    (void)snprintf(on->beside, sizeof on->beside, "%s.reindex", on->path);
    assert_int_equal(in_child(make_catalogue, on, NULL, NEVER), 0);
    *state = on;
    return 0;
}

static int tear_down(void **state) {
    folders *on = *state;
    sample_folder_remove(on->folder);
    free(on->folder);
    free(on);
    return 0;
}

static void lay_out(const folders *on) {
    char path[700];
    sample_folder_remove(on->path); /* What the last round, or another test, left. */
    sample_folder_remove(on->beside);
    assert_true(sample_folder_copy(on->path, on->made));
    for (size_t i = 0; i < OTHER_COUNT; i++) {
        write_text(on->path, others[i], others[i]);
    }
    (void)snprintf(path, sizeof path, "%s/photos", on->path);
    assert_int_equal(mkdir(path, 0777), 0);
    write_text(path, "b.txt", "b");
}

/* Each in one folder or the other, as it was. */
static void expect_others(const char *path, const char *beside) {
    for (size_t i = 0; i < OTHER_COUNT; i++) {
        assert_true(has_text(path, others[i], others[i]) !=
                    (beside != NULL && has_text(beside, others[i], others[i])));
    }
    assert_true(has_text(path, "photos/b.txt", "b") !=
                (beside != NULL && has_text(beside, "photos/b.txt", "b")));
}

/* The model that a whole catalogue, with all its items, is of. */
static void expect_whole(char model_sha256[65], const char *path) {
    imgmatch_catalogue *reader = NULL;
    imgmatch_catalogue_stat stat;
    assert_int_equal(imgmatch_catalogue_open(&reader, path, NULL, NULL), IMGMATCH_OK);
    assert_int_equal(imgmatch_catalogue_verify(reader, NULL, NULL, NULL), IMGMATCH_OK);
    assert_int_equal(imgmatch_catalogue_get_stat(&stat, reader, NULL), IMGMATCH_OK);
    assert_int_equal(stat.items, ITEMS);
    memcpy(model_sha256, stat.model_sha256, 65);
    imgmatch_catalogue_close(reader);
}

/* 0: all was made anew and published; else the status. */
static int reindex(const folders *on, const char *name) {
    char path[512];
    imgmatch_model *model = NULL;
    imgmatch_reindex_report report;
    imgmatch_reindex_options options = IMGMATCH_REINDEX_OPTIONS_INIT;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    int armed = steps_left;
    options.threads = 1;
    steps_left = NEVER;
    (void)snprintf(path, sizeof path, "%s/%s", IMX_TEST_MODELS, name);
    if (imgmatch_model_open(&model, path, NULL) != IMGMATCH_OK) {
        return 200;
    }
    steps_left = armed;
    imgmatch_status status = imgmatch_catalogue_reindex(&report, on->path, model, &options, &diag);
    if (status != IMGMATCH_OK) {
        (void)fprintf(stderr, "%s\n", diag.message);
        return (int)status;
    }
    return report.published && report.done == ITEMS && report.failed == 0 ? 0 : 201;
}

static int exit_of(int result) { return WIFEXITED(result) ? WEXITSTATUS(result) : -1; }

/* ---- tests ---- */

/* Behind the exchange the next call may be for any model, even for the one that the catalogue was
 * of before, as which the leftover could be gone on with. */
static void test_killed_at_every_step(void **state) {
    static const char *const models[] = {"gem", "mean", "tiny"};
    const folders *on = *state;
    char old[65], found[65];
    int exchanged = 0;
    expect_whole(old, on->made);
    for (int n = 0;; n++) {
        assert_true(n < MOST_STEPS);
        lay_out(on);
        int result = in_child(reindex, on, "gem", n);
        expect_whole(found, on->path);
        expect_others(on->path, on->beside);
        bool killed = WIFSIGNALED(result);
        if (killed) {
            bool was_exchanged = strcmp(found, old) != 0;
            exchanged += was_exchanged;
            result = in_child(reindex, on, models[was_exchanged ? n % 3 : 0], NEVER);
        }
        if (exit_of(result) != 0) {
            fail_msg("killed at step %d: %d", n, exit_of(result));
        }
        expect_whole(found, on->path);
        assert_int_not_equal(access(on->beside, F_OK), 0);
        expect_others(on->path, NULL);
        if (!killed) {
            break;
        }
    }
    /* Moving, deleting, and forgetting about it. */
    assert_true(exchanged > (int)OTHER_COUNT + 5);
    /* Nothing is left to be finished. */
    assert_int_equal(exit_of(in_child(reindex, on, "gem", NEVER)), IMGMATCH_ERR_EXISTS);
}

/* A catalogue that was put where the leftover was, or the leftover with changes. */
static void test_what_only_looks_like_a_leftover_stays(void **state) {
    const folders *on = *state;
    char path[512];
    imx_identity identity = sample_identity();
    imx_store *store = NULL;
    lay_out(on);
    assert_true(WIFSIGNALED(in_child(reindex, on, "gem", BEHIND_EXCHANGE)));
    (void)snprintf(path, sizeof path, "%s/elsewhere", on->folder);
    assert_int_equal(rename(on->beside, path), 0);
    assert_int_equal(imx_store_create(on->beside, "other", &identity, NULL), IMGMATCH_OK);
    assert_int_equal(exit_of(in_child(reindex, on, "gem", NEVER)), IMGMATCH_ERR_MISMATCH);
    assert_int_equal(exit_of(in_child(reindex, on, "mean", NEVER)), IMGMATCH_ERR_MISMATCH);
    assert_int_equal(imx_store_open(&store, on->beside, NULL, false, NULL), IMGMATCH_OK);
    imx_store_close(store);
    sample_folder_remove(on->beside);

    assert_int_equal(mkdir(on->beside, 0777), 0);
    write_text(on->beside, "mine", "mine");
    assert_int_equal(exit_of(in_child(reindex, on, "gem", NEVER)), IMGMATCH_ERR_MISMATCH);
    assert_true(has_text(on->beside, "mine", "mine"));
    sample_folder_remove(on->beside);

    assert_int_equal(rename(path, on->beside), 0);
    assert_int_equal(imx_store_open(&store, on->beside, NULL, true, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_set_value(store, "key", "value", NULL), IMGMATCH_OK);
    imx_store_close(store);
    assert_int_equal(exit_of(in_child(reindex, on, "gem", NEVER)), IMGMATCH_ERR_MISMATCH);
    expect_whole((char[65]){0}, on->beside);
    expect_others(on->path, on->beside);
}

/* A copy of the old catalogue that is put there later is a copy, no leftover. */
static void test_a_later_copy_stays(void **state) {
    const folders *on = *state;
    lay_out(on);
    assert_int_equal(exit_of(in_child(reindex, on, "gem", NEVER)), 0);
    assert_true(sample_folder_copy(on->beside, on->made));
    assert_int_equal(exit_of(in_child(reindex, on, "gem", NEVER)), IMGMATCH_ERR_EXISTS);
    expect_whole((char[65]){0}, on->beside);
}

static int make_beside(const folders *on, const char *name) {
    char path[512];
    imgmatch_model *model = NULL;
    (void)snprintf(path, sizeof path, "%s/%s", IMX_TEST_MODELS, name);
    bool good = imgmatch_model_open(&model, path, NULL) == IMGMATCH_OK &&
                imgmatch_catalogue_create(on->beside, NULL, model, NULL) == IMGMATCH_OK;
    imgmatch_model_close(model);
    return good ? 0 : 1;
}

/* Its items would be dropped, for not being in the catalogue. */
static void test_a_catalogue_that_no_reindex_began_stays(void **state) {
    const folders *on = *state;
    imx_store *store = NULL;
    bool replaced = false;
    imx_item_record item = {
        .id = "mine", .product = "", .brand = "", .source = "", .metadata = "{}", .view_count = 1};
    lay_out(on);
    assert_int_equal(in_child(make_beside, on, "gem", NEVER), 0);
    assert_int_equal(imx_store_open(&store, on->beside, NULL, true, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_add(&replaced, store, &item, 1, NULL), IMGMATCH_OK);
    imx_store_close(store);
    assert_int_equal(exit_of(in_child(reindex, on, "gem", NEVER)), IMGMATCH_ERR_MISMATCH);
    imgmatch_item *found = NULL;
    assert_int_equal(imx_store_open(&store, on->beside, NULL, false, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_get(&found, store, "mine", NULL), IMGMATCH_OK);
    imgmatch_item_free(found);
    imx_store_close(store);
}

/* The link itself would take the catalogue's place. */
static void test_a_link_is_not_built_into(void **state) {
    const folders *on = *state;
    char path[512];
    lay_out(on);
    (void)snprintf(path, sizeof path, "%s/elsewhere", on->folder);
    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_equal(symlink(path, on->beside), 0);
    assert_int_equal(exit_of(in_child(reindex, on, "gem", NEVER)), IMGMATCH_ERR_IO);
    assert_int_equal(rmdir(path), 0); /* It is empty. */
}

/* Of two files with one name neither is lost, the message names the one that has to go, and when it
 * is gone the same call ends well. */
static void test_a_namesake_is_not_overwritten(void **state) {
    const folders *on = *state;
    imgmatch_model *next = NULL;
    imgmatch_reindex_report report;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    char name[700];
    lay_out(on);
    assert_int_equal(imgmatch_model_open(&next, IMX_TEST_MODELS "/gem", NULL), IMGMATCH_OK);
    assert_int_equal(imgmatch_catalogue_create(on->beside, NULL, next, NULL), IMGMATCH_OK);
    write_text(on->beside, "NOTES.txt", "of the new one");
    assert_int_equal(imgmatch_catalogue_reindex(&report, on->path, next, NULL, &diag),
                     IMGMATCH_ERR_IO);
    assert_true(report.published);
    (void)snprintf(name, sizeof name, "%s/NOTES.txt: ", on->beside);
    assert_non_null(strstr(diag.message, name));
    assert_true(has_text(on->path, "NOTES.txt", "of the new one"));
    assert_true(has_text(on->beside, "NOTES.txt", "NOTES.txt"));
    (void)snprintf(name, sizeof name, "%s/NOTES.txt", on->path);
    assert_int_equal(unlink(name), 0);
    report = reindexing_run(on->path, next);
    assert_true(report.published);
    assert_int_equal(report.done, ITEMS);
    expect_others(on->path, NULL);
    assert_int_not_equal(access(on->beside, F_OK), 0);
    imgmatch_model_close(next);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_at_every_step),
        cmocka_unit_test(test_what_only_looks_like_a_leftover_stays),
        cmocka_unit_test(test_a_later_copy_stays),
        cmocka_unit_test(test_a_catalogue_that_no_reindex_began_stays),
        cmocka_unit_test(test_a_link_is_not_built_into),
        cmocka_unit_test(test_a_namesake_is_not_overwritten),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
