/* A catalogue can be queried by whoever may read it and no more: a user without the right to write
 * to its folder, also while a writer is at work, and anyone on a file system that is mounted
 * read-only, also when the last writer there was killed. Both need root to set up, and are skipped
 * without. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "catalogue/traces.h"
#include "integration/catalogue/children.h"
#include "integration/catalogue/place.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ITEMS 30u
#define NOBODY 65534
#define SKIPPED 77

static bool open_and_check(const char *path) {
    imx_store *store = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    if (imx_store_open(&store, path, NULL, false, &diag) != IMGMATCH_OK) {
        (void)fprintf(stderr, "reader: %s\n", diag.message);
        return false;
    }
    bool whole = sample_verify(store) == IMGMATCH_OK;
    for (uint32_t i = 0; i < ITEMS; i++) {
        whole = whole && sample_is_stored(store, i, 1);
    }
    /* The log too is read, or found to be empty. */
    imgmatch_trace_report report;
    whole =
        whole &&
        imx_store_find_traces(&report, store, "item-3", NULL, NULL, NULL, &diag) == IMGMATCH_OK &&
        report.traces > 0 && report.files >= 3;
    imx_store_close(store);
    imx_store *writer = NULL;
    diag = (imgmatch_diag)IMGMATCH_DIAG_INIT;
    whole = whole && imx_store_open(&writer, path, NULL, true, &diag) != IMGMATCH_OK &&
            strstr(diag.message, path) != NULL;
    return whole;
}

static void run_as_nobody(const char *path) {
    if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0) {
        _exit(SKIPPED);
    }
    _exit(open_and_check(path) ? 0 : 1);
}

static bool open_by_other_names(const char *path) {
    const char *name = strrchr(path, '/') + 1;
    char doubled[600];
    (void)snprintf(doubled, sizeof doubled, "/%s", path);
    return open_and_check(doubled) && chdir(path) == 0 && chdir("..") == 0 && open_and_check(name);
}

static void run_on_read_only_mount(const char *path) {
    if (unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", NULL, (unsigned long)(MS_REC | MS_PRIVATE), NULL) != 0 ||
        mount(path, path, NULL, MS_BIND, NULL) != 0 ||
        mount("none", path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) != 0) {
        _exit(SKIPPED);
    }
    _exit(open_and_check(path) && open_by_other_names(path) ? 0 : 1);
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

static void make_readable_only(const char *path) {
    DIR *entries = opendir(path);
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (entry->d_name[0] != '.') {
            assert_int_equal(fchmodat(dirfd(entries), entry->d_name, 0444, 0), 0);
        }
    }
    (void)closedir(entries);
    assert_int_equal(chmod(path, 0555), 0);
}

static void expect_done(int result) {
    if (result == SKIPPED) {
        print_message("not root: skipped\n");
        skip();
    }
    assert_int_equal(result, 0);
}

/* A main index and a tail. */
static int set_up(void **state) {
    place *self = place_new(sizeof *self, SAMPLE_DIMENSION);
    *state = self;
    assert_int_equal(chmod(self->folder, 0755), 0);
    assert_int_equal(sample_add(self->writer, 0, 20, 1, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_compact(self->writer, NULL), IMGMATCH_OK);
    assert_int_equal(sample_add(self->writer, 20, ITEMS - 20, 1, NULL), IMGMATCH_OK);
    return 0;
}

static void test_folder_without_the_right_to_write(void **state) {
    place *self = *state;
    int until = -1;
    place_close(self);
    pid_t writer = child_start_writer(&until, self->path);
    make_readable_only(self->path);
    int with_writer = run_in_child(run_as_nobody, self->path);
    (void)close(until);
    child_expect_done(writer);
    expect_done(with_writer);
    expect_done(run_in_child(run_as_nobody, self->path));
}

static void test_read_only_file_system(void **state) {
    place *self = *state;
    place_close(self);
    expect_done(run_in_child(run_on_read_only_mount, self->path));
}

static void replace_and_die(const char *path) {
    imx_store *writer = NULL;
    bool done = imx_store_open(&writer, path, NULL, true, NULL) == IMGMATCH_OK &&
                sample_add(writer, 5, 20, 1, NULL) == IMGMATCH_OK;
    _exit(done ? 0 : 1);
}

/* The last change is in the log alone, which cannot be copied there: it is read as it is. */
static void test_read_only_file_system_after_a_kill(void **state) {
    place *self = *state;
    place_close(self);
    assert_int_equal(run_in_child(replace_and_die, self->path), 0);
    expect_done(run_in_child(run_on_read_only_mount, self->path));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_folder_without_the_right_to_write, set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_read_only_file_system, set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_read_only_file_system_after_a_kill, set_up,
                                        place_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
