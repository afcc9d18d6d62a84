/*
 * Work on several threads: each job is done once, and the last report is of all of them, however
 * soon they were done. A bar that ends at two of three photos, or that is never drawn, looks like a
 * run that failed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/parallel.h"

#include <stdatomic.h>
#include <time.h>

#define JOBS 40u
#define ROUNDS 300

typedef struct counts {
    atomic_int done[JOBS];
    size_t reports;
    size_t last;
    size_t stop_at; /* Progress says stop from so many on; 0: never. */
    bool stopped;
} counts;

static void count_job(void *context, size_t index, int worker) {
    counts *self = context;
    (void)worker;
    atomic_fetch_add(&self->done[index], 1);
}

static bool note_progress(void *user, size_t done, size_t total) {
    counts *self = user;
    assert_true(done <= total && done >= self->last);
    assert_false(self->stopped); /* Who said stop is not asked again. */
    self->reports++;
    self->last = done;
    self->stopped = self->stop_at > 0 && done >= self->stop_at;
    return !self->stopped;
}

static void test_the_last_report_is_of_all(void **state) {
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        for (int threads = 1; threads <= 3; threads++) {
            const size_t count = 1 + (size_t)round % JOBS;
            counts seen = {.reports = 0};
            size_t done = 0;
            assert_int_equal(imx_parallel_run(&done, count, threads, count_job, &seen,
                                              note_progress, &seen, NULL),
                             IMGMATCH_OK);
            assert_int_equal(done, count);
            assert_true(seen.reports > 0);
            assert_int_equal(seen.last, count);
            for (size_t i = 0; i < JOBS; i++) {
                assert_int_equal(atomic_load(&seen.done[i]), i < count);
            }
        }
    }
}

static void wait_job(void *context, size_t index, int worker) {
    const struct timespec moment = {.tv_nsec = 60000000};
    (void)nanosleep(&moment, NULL);
    count_job(context, index, worker);
}

static void test_a_stop_leaves_the_first_jobs_done(void **state) {
    (void)state;
    for (int threads = 1; threads <= 3; threads++) {
        counts seen = {.stop_at = 1};
        size_t done = 0;
        assert_int_equal(
            imx_parallel_run(&done, JOBS, threads, wait_job, &seen, note_progress, &seen, NULL),
            IMGMATCH_OK);
        assert_true(seen.stopped && done >= 1 && done < JOBS);
        for (size_t i = 0; i < JOBS; i++) {
            assert_int_equal(atomic_load(&seen.done[i]), i < done);
        }
    }
}

static void test_nothing_to_do(void **state) {
    (void)state;
    for (int threads = 1; threads <= 3; threads++) {
        counts seen = {.reports = 0};
        size_t done = 1;
        assert_int_equal(
            imx_parallel_run(&done, 0, threads, count_job, &seen, note_progress, &seen, NULL),
            IMGMATCH_OK);
        assert_int_equal(done, 0);
        assert_int_equal(seen.reports, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_report_is_of_all),
        cmocka_unit_test(test_a_stop_leaves_the_first_jobs_done),
        cmocka_unit_test(test_nothing_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
