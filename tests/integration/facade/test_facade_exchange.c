/*
 * Merging and deleting at the size of some hundred items: a merge that is killed with SIGKILL again
 * and again ends in the catalogue that one run makes; what is removed is in no file after
 * compaction, however often pages were split and joined before; a second writer, in another
 * process, is told who holds the catalogue. The database's log does not grow with what is merged.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "catalogue/record_source.h"
#include "catalogue/traces.h"
#include "integration/catalogue/children.h"
#include "integration/catalogue/samples.h"
#include "integration/facade/pictures.h"

#include <imgmatch/imgmatch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ITEMS 2000u
#define LOG_ITEMS 10000u
#define LOG_BYTES_MOST 5000000 /* SQLite works off 1,000 pages of 4 KiB; all items are 9.6 MB. */
#define ROUNDS 6
#define PHOTOS 70u /* More than a batch. */

static char *make_catalogue(const char *folder, const char *name, uint32_t first, uint32_t count) {
    char path[512];
    imx_identity identity = sample_identity();
    imx_store *store = NULL;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(imx_store_create(path, name, &identity, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_open(&store, path, NULL, true, NULL), IMGMATCH_OK);
    for (uint32_t done = 0; done < count; done += 100) {
        assert_int_equal(sample_add(store, first + done, 100, 1, NULL), IMGMATCH_OK);
    }
    imx_store_close(store);
    return strdup(path);
}

static imgmatch_catalogue *open_writer(const char *path) {
    imgmatch_catalogue *catalogue = NULL;
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    options.writable = true;
    assert_int_equal(imgmatch_catalogue_open(&catalogue, path, &options, NULL), IMGMATCH_OK);
    return catalogue;
}

static bool tell_batch(void *user, uint64_t done) {
    (void)done;
    return write(*(const int *)user, "b", 1) == 1;
}

/* Killed `delay_us` behind its first batch; returns whether it was still at work then. */
static bool merge_and_kill(const char *target, const char *source, uint32_t delay_us) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        imgmatch_catalogue *catalogue = open_writer(target);
        imgmatch_exchange_report report;
        imgmatch_exchange_options options = IMGMATCH_EXCHANGE_OPTIONS_INIT;
        options.progress = tell_batch;
        options.user = &ends[1];
        _exit(imgmatch_catalogue_merge(&report, catalogue, source, &options, NULL) == IMGMATCH_OK
                  ? 0
                  : 1);
    }
    (void)close(ends[1]);
    char word = 0;
    assert_int_equal(read(ends[0], &word, 1), 1);
    (void)usleep(delay_us);
    (void)kill(child, SIGKILL);
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    (void)close(ends[0]);
    assert_true(WIFSIGNALED(result) || WEXITSTATUS(result) == 0);
    return WIFSIGNALED(result);
}

static void test_killed_merge_goes_on(void **unused) {
    (void)unused;
    char *folder = sample_folder_new();
    char *source = make_catalogue(folder, "source", 0, ITEMS);
    char *target = make_catalogue(folder, "target", ITEMS, 0);
    imx_random random = {11};
    int kills = 0;
    for (int round = 0; round < ROUNDS; round++) {
        kills += merge_and_kill(target, source, imx_random_below(&random, 8000));
        imx_store *store = NULL;
        assert_int_equal(imx_store_open(&store, target, NULL, false, NULL), IMGMATCH_OK);
        assert_int_equal(sample_verify(store), IMGMATCH_OK);
        imx_store_close(store);
    }
    assert_true(kills > 0);
    imgmatch_catalogue *catalogue = open_writer(target);
    imgmatch_exchange_report report;
    assert_int_equal(imgmatch_catalogue_merge(&report, catalogue, source, NULL, NULL), IMGMATCH_OK);
    assert_int_equal(report.added + report.unchanged, ITEMS);
    assert_int_equal(report.failed + report.replaced, 0);
    imgmatch_catalogue_close(catalogue);

    /* Item by item the same as the source. */
    imx_record_source *left = NULL, *right = NULL;
    const imx_item_record *a = NULL, *b = NULL;
    assert_int_equal(imx_record_source_open(&left, source, NULL, NULL), IMGMATCH_OK);
    assert_int_equal(imx_record_source_open(&right, target, NULL, NULL), IMGMATCH_OK);
    for (uint32_t i = 0; i <= ITEMS; i++) {
        assert_int_equal(imx_record_source_next(&a, left, NULL), IMGMATCH_OK);
        assert_int_equal(imx_record_source_next(&b, right, NULL), IMGMATCH_OK);
        assert_int_equal(a == NULL, i == ITEMS);
        assert_int_equal(b == NULL, i == ITEMS);
        assert_true(a == NULL || imx_record_equals(a, b, SAMPLE_DIMENSION));
    }
    imx_record_source_close(left);
    imx_record_source_close(right);
    sample_folder_remove(folder);
    free(source);
    free(target);
    free(folder);
}

typedef struct log_watch {
    char path[512];
    off_t most; /* Bytes. */
} log_watch;

static bool watch_log(void *user, uint64_t done) {
    (void)done;
    log_watch *watch = user;
    struct stat file;
    assert_int_equal(stat(watch->path, &file), 0);
    watch->most = file.st_size > watch->most ? file.st_size : watch->most;
    return true;
}

/* It is written from its start again once all of it is in the database, unless somebody reads. */
static void test_log_is_used_again(void **unused) {
    (void)unused;
    char *folder = sample_folder_new();
    char *source = make_catalogue(folder, "source", 0, LOG_ITEMS);
    char *target = make_catalogue(folder, "target", 0, 0);
    imgmatch_catalogue *catalogue = open_writer(target);
    imgmatch_exchange_report report;
    imgmatch_exchange_options options = IMGMATCH_EXCHANGE_OPTIONS_INIT;
    log_watch watch = {.most = 0};
    (void)snprintf(watch.path, sizeof watch.path, "%s/catalogue.db-wal", target);
    options.progress = watch_log;
    options.user = &watch;
    assert_int_equal(imgmatch_catalogue_merge(&report, catalogue, source, &options, NULL),
                     IMGMATCH_OK);
    assert_int_equal(report.added, LOG_ITEMS);
    assert_true(watch.most > 0 && watch.most < LOG_BYTES_MOST);
    imgmatch_catalogue_close(catalogue);
    sample_folder_remove(folder);
    free(source);
    free(target);
    free(folder);
}

static bool write_to_file(void *user, const char *bytes, size_t size) {
    return fwrite(bytes, 1, size, user) == size;
}

static void export_hashes(const imgmatch_catalogue *catalogue, const char *path) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(
        imgmatch_catalogue_export(catalogue, IMGMATCH_EXPORT_PDQ, write_to_file, file, NULL),
        IMGMATCH_OK);
    assert_int_equal(fclose(file), 0);
}

static char *read_whole(const char *path, size_t *size) {
    FILE *file = fopen(path, "r");
    char *bytes = NULL;
    assert_non_null(file);
    *size = 0;
    for (size_t got = 1; got > 0; *size += got) {
        bytes = realloc(bytes, *size + 65536);
        assert_non_null(bytes);
        got = fread(bytes + *size, 1, 65536, file);
    }
    assert_int_equal(fclose(file), 0);
    return bytes;
}

/* Of several batches, so that some end between two views of an item. */
static void test_lists_of_hashes_come_back_as_they_were(void **unused) {
    (void)unused;
    char *folder = sample_folder_new();
    char *source = make_catalogue(folder, "source", 0, ITEMS);
    char *target = make_catalogue(folder, "target", 0, 0);
    char first[512], second[512];
    (void)snprintf(first, sizeof first, "%s/first.csv", folder);
    (void)snprintf(second, sizeof second, "%s/second.csv", folder);
    imgmatch_catalogue *catalogue = open_writer(source);
    export_hashes(catalogue, first);
    imgmatch_catalogue_close(catalogue);
    catalogue = open_writer(target);
    imgmatch_exchange_report report;
    assert_int_equal(imgmatch_catalogue_import(&report, catalogue, first, NULL, NULL), IMGMATCH_OK);
    assert_int_equal(report.added, ITEMS);
    assert_int_equal(report.failed + report.replaced + report.unchanged + report.kept, 0);
    assert_int_equal(imgmatch_catalogue_import(&report, catalogue, first, NULL, NULL), IMGMATCH_OK);
    assert_int_equal(report.unchanged, ITEMS);
    assert_int_equal(imgmatch_catalogue_compact(catalogue, NULL), IMGMATCH_OK);
    assert_int_equal(imgmatch_catalogue_verify(catalogue, NULL, NULL, NULL), IMGMATCH_OK);
    export_hashes(catalogue, second);
    imgmatch_catalogue_close(catalogue);
    size_t size = 0, size_again = 0;
    char *bytes = read_whole(first, &size), *again = read_whole(second, &size_again);
    assert_true(size > ITEMS * 100); /* More than one view each can have. */
    assert_true(size == size_again && memcmp(bytes, again, size) == 0);
    free(bytes);
    free(again);
    sample_folder_remove(folder);
    free(source);
    free(target);
    free(folder);
}

static void print_trace(void *user, const char *line) {
    print_message("%s: %s\n", (char *)user, line);
}

static void expect_no_traces(const imx_store *store, const bool gone[1000]) {
    uint32_t searched = 0;
    for (uint32_t i = 0; i < 1000; i += 3) {
        sample item;
        imgmatch_trace_report report;
        if (!gone[i]) {
            continue;
        }
        sample_fill(&item, 1000 + i, 1);
        assert_int_equal(imx_store_find_traces(&report, store, item.id, &item.record, print_trace,
                                               item.id, NULL),
                         IMGMATCH_OK);
        assert_false(report.in_catalogue);
        assert_true(report.id_searched && report.prints_searched);
        assert_int_equal(report.traces, 0);
        searched++;
    }
    assert_true(searched > 50);
}

static void test_removed_items_leave_no_trace(void **unused) {
    static const imgmatch_index_kind kinds[] = {IMGMATCH_INDEX_EXACT, IMGMATCH_INDEX_IVF,
                                                IMGMATCH_INDEX_HNSW};
    (void)unused;
    char *folder = sample_folder_new();
    char *path = make_catalogue(folder, "c", 1000, 1000);
    imx_store *store = NULL;
    imx_random random = {12};
    bool gone[1000] = {false};
    assert_int_equal(imx_store_open(&store, path, NULL, true, NULL), IMGMATCH_OK);
    for (int round = 0; round < 40; round++) {
        char id[32];
        const char *ids[] = {id};
        for (int i = 0; i < 12; i++) {
            uint32_t number = imx_random_below(&random, 1000);
            (void)snprintf(id, sizeof id, "item-%u", 1000 + number);
            assert_int_equal(imx_store_remove(NULL, store, ids, 1, NULL), IMGMATCH_OK);
            gone[number] = true;
        }
        assert_int_equal(sample_add(store, 5000 + 10 * (uint32_t)round, 10, 1, NULL), IMGMATCH_OK);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        assert_int_equal(imx_store_compact_as(store, kinds[i], NULL), IMGMATCH_OK);
        expect_no_traces(store, gone);
    }
    imx_store_close(store);
    sample_folder_remove(folder);
    free(path);
    free(folder);
}

/* In a process of its own, since a model's threads do not survive a fork. */
static void fill_with_photos(const char *folder, const char *path) {
    imgmatch_model *model = NULL;
    imgmatch_catalogue *catalogue = NULL;
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    bool good = imgmatch_model_open(&model, IMX_TEST_MODELS "/tiny", NULL) == IMGMATCH_OK &&
                imgmatch_catalogue_create(path, "photos", model, NULL) == IMGMATCH_OK;
    options.model = model;
    options.writable = true;
    good = good && imgmatch_catalogue_open(&catalogue, path, &options, NULL) == IMGMATCH_OK;
    for (uint32_t i = 0; good && i < PHOTOS; i++) {
        char file[512], id[16];
        encoded picture = picture_png(100 + i);
        imgmatch_photo photo = IMGMATCH_PHOTO_INIT;
        imgmatch_outcome outcome;
        (void)snprintf(file, sizeof file, "%s/%u.png", folder, i);
        (void)snprintf(id, sizeof id, "photo-%03u", i);
        photo.id = id;
        photo.path = file;
        good = sample_write_file(file, picture.bytes, picture.size) &&
               imgmatch_catalogue_add(&outcome, catalogue, &photo, 1, NULL, NULL) == IMGMATCH_OK &&
               outcome.kind == IMGMATCH_OUTCOME_ADDED;
        imgmatch_free(picture.bytes);
    }
    imgmatch_catalogue_close(catalogue);
    imgmatch_model_close(model);
    _exit(good ? 0 : 1);
}

static void reindex(const char *path, int pipe_end) {
    imgmatch_model *model = NULL;
    imgmatch_reindex_report report;
    imgmatch_reindex_options options = IMGMATCH_REINDEX_OPTIONS_INIT;
    options.threads = 1;
    bool good = imgmatch_model_open(&model, IMX_TEST_MODELS "/gem", NULL) == IMGMATCH_OK &&
                write(pipe_end, "m", 1) == 1;
    imgmatch_status status =
        good ? imgmatch_catalogue_reindex(&report, path, model, &options, NULL) : IMGMATCH_ERR_IO;
    _exit(status == IMGMATCH_OK && report.published && report.done == PHOTOS ? 0 : 1);
}

/* Returns what waitpid says of a child that is killed `delay_us` behind its start; 0: not killed.
 */
static int reindex_in_child(const char *path, uint32_t delay_us) {
    int ends[2], result = 0;
    char word = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        reindex(path, ends[1]);
    }
    (void)close(ends[1]);
    assert_int_equal(read(ends[0], &word, 1), 1);
    if (delay_us > 0) {
        (void)usleep(delay_us);
        (void)kill(child, SIGKILL);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    (void)close(ends[0]);
    return result;
}

typedef struct reader_process {
    pid_t child;
    int to;
    int from;
} reader_process;

/* A reader that has the old one open goes on with it, and is told to open the new one. */
static void read_old(const char *path, int from, int to) {
    imgmatch_catalogue *old = NULL;
    imgmatch_item *item = NULL;
    bool newer = false;
    char word = 0;
    bool good = imgmatch_catalogue_open(&old, path, NULL, NULL) == IMGMATCH_OK &&
                write(to, "o", 1) == 1 && read(from, &word, 1) == 1 &&
                imgmatch_catalogue_get(&item, old, "photo-000", NULL) == IMGMATCH_OK &&
                imgmatch_catalogue_has_newer(&newer, old, NULL) == IMGMATCH_ERR_IO &&
                imgmatch_catalogue_refresh(NULL, old, NULL) == IMGMATCH_ERR_IO;
    imgmatch_item_free(item);
    imgmatch_catalogue_close(old);
    _exit(good ? 0 : 1);
}

static reader_process start_reader(const char *path) {
    int there[2], back[2];
    char word = 0;
    assert_int_equal(pipe(there), 0);
    assert_int_equal(pipe(back), 0);
    reader_process started = {.child = fork(), .to = there[1], .from = back[0]};
    assert_true(started.child >= 0);
    if (started.child == 0) {
        read_old(path, there[0], back[1]);
    }
    (void)close(there[0]);
    (void)close(back[1]);
    assert_int_equal(read(started.from, &word, 1), 1);
    return started;
}

static int end_reader(const reader_process *started) {
    int result = 0;
    assert_int_equal(write(started->to, "r", 1), 1);
    assert_int_equal(waitpid(started->child, &result, 0), started->child);
    (void)close(started->to);
    (void)close(started->from);
    return result;
}

static void test_killed_reindex_goes_on(void **unused) {
    (void)unused;
    char *folder = sample_folder_new();
    char path[512];
    int result = 0;
    (void)snprintf(path, sizeof path, "%s/c", folder);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        fill_with_photos(folder, path);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    imx_random random = {13};
    for (int round = 0; round < ROUNDS; round++) {
        int end = reindex_in_child(path, 1000 + imx_random_below(&random, 60000));
        assert_true(WIFSIGNALED(end)); /* The photos of a batch take longer. */
        imgmatch_catalogue *reader = NULL;
        assert_int_equal(imgmatch_catalogue_open(&reader, path, NULL, NULL), IMGMATCH_OK);
        assert_int_equal(imgmatch_catalogue_verify(reader, NULL, NULL, NULL), IMGMATCH_OK);
        imgmatch_catalogue_close(reader);
    }
    reader_process old = start_reader(path);
    assert_int_equal(reindex_in_child(path, 0), 0);
    assert_int_equal(end_reader(&old), 0);
    imgmatch_catalogue *reader = NULL;
    imgmatch_catalogue_stat stat;
    assert_int_equal(imgmatch_catalogue_open(&reader, path, NULL, NULL), IMGMATCH_OK);
    assert_int_equal(imgmatch_catalogue_get_stat(&stat, reader, NULL), IMGMATCH_OK);
    assert_int_equal(stat.items, PHOTOS);
    assert_int_equal(imgmatch_catalogue_verify(reader, NULL, NULL, NULL), IMGMATCH_OK);
    imgmatch_catalogue_close(reader);
    (void)snprintf(path, sizeof path, "%s/c.reindex", folder);
    assert_int_not_equal(access(path, F_OK), 0);
    sample_folder_remove(folder);
    free(folder);
}

static void test_second_writer_is_told_who_holds_it(void **unused) {
    (void)unused;
    char *folder = sample_folder_new();
    char *path = make_catalogue(folder, "c", 0, 100);
    int until = -1;
    char holder[64];
    pid_t child = child_start_writer(&until, path);
    imgmatch_catalogue *second = NULL;
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    options.writable = true;
    assert_int_equal(imgmatch_catalogue_open(&second, path, &options, &diag), IMGMATCH_ERR_BUSY);
    (void)snprintf(holder, sizeof holder, "process %ld, last seen at work 2", (long)child);
    assert_non_null(strstr(diag.message, holder));
    (void)close(until);
    child_expect_done(child);
    sample_folder_remove(folder);
    free(path);
    free(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_merge_goes_on),
        cmocka_unit_test(test_log_is_used_again),
        cmocka_unit_test(test_lists_of_hashes_come_back_as_they_were),
        cmocka_unit_test(test_removed_items_leave_no_trace),
        cmocka_unit_test(test_killed_reindex_goes_on),
        cmocka_unit_test(test_second_writer_is_told_who_holds_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
