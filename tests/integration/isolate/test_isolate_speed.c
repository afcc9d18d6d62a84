/*
 * After a decoder has crashed, hung, leaked or wanted too much memory the pool is as fast as
 * before: as many workers as it was asked for, each of which stays, and the processor time of a
 * batch of sound photos, the workers' included, which other programs on the machine change little.
 * What a fault costs is one start of a worker, in the batch before the one that is measured.
 *
 * Prints both times for each fault.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "integration/isolate/pools.h"
#include "integration/isolate/processes.h"
#include "sanitized.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORKERS = 4, PHOTOS_A_THREAD = 30, ATTEMPTS = 5, MOST_CHILDREN = 16, WARM_UPS = 20 };
#define MOST_QUOTIENT 1.5

typedef struct batch {
    imgmatch_decoder_pool *pool;
    encoded photos[2];
    imgmatch_image *expected[2];
    atomic_int wrong;
} batch;

static void *decode_half(void *argument) {
    batch *all = argument;
    for (int i = 0; i < PHOTOS_A_THREAD; i++) {
        const encoded *photo = &all->photos[i % 2];
        imgmatch_image *image = NULL;
        imgmatch_status status =
            imgmatch_decoder_pool_decode(&image, all->pool, photo->bytes, photo->size, NULL, NULL);
        bool right = status == IMGMATCH_OK && same_picture(image, all->expected[i % 2]);
        atomic_fetch_add(&all->wrong, !right);
        imgmatch_image_free(image);
    }
    return NULL;
}

/* As many threads as workers; all photos come out right. */
static void run(batch *all) {
    pthread_t threads[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, decode_half, all), 0);
    }
    for (int i = 0; i < WORKERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(atomic_load(&all->wrong), 0);
}

typedef struct workers {
    pid_t pids[MOST_CHILDREN];
    size_t count;
} workers;

static workers find_workers(void) {
    workers found;
    memset(&found, 0, sizeof found);
    found.count = children_of_this(found.pids, MOST_CHILDREN);
    return found;
}

static double used_ms(const workers *all) {
    double sum = processor_ms(getpid());
    for (size_t i = 0; i < all->count; i++) {
        double ms = processor_ms(all->pids[i]);
        assert_true(ms >= 0);
        sum += ms;
    }
    return sum;
}

/* Until all workers are there: two threads may never want one at the same moment. */
static void warm_up(batch *all) {
    run(all);
    for (int i = 0; i < WARM_UPS && find_workers().count < WORKERS; i++) {
        run(all);
    }
    assert_int_equal(find_workers().count, WORKERS);
}

/* The least of several batches, in which no worker ends and none starts. It goes on until it is at
 * most `enough`. */
static double measure(batch *all, double enough) {
    const workers before = find_workers();
    double least = 1e9;
    for (int i = 0; i < ATTEMPTS && least > enough; i++) {
        double start = used_ms(&before);
        run(all);
        double ms = used_ms(&before) - start;
        least = ms < least ? ms : least;
    }
    const workers after = find_workers();
    assert_memory_equal(&before, &after, sizeof before);
    return least;
}

static uint64_t replaced(imgmatch_decoder_pool *pool) {
    imgmatch_decoder_pool_stat stat;
    imgmatch_decoder_pool_get_stat(&stat, pool);
    return stat.replaced;
}

static void expect_full_speed(batch *all, const char *fault, imgmatch_reason expected,
                              double before) {
    imgmatch_limits limits = IMGMATCH_LIMITS_INIT;
    if (expected == IMGMATCH_REASON_DECODER_TIMEOUT) {
        limits.max_decode_ms = 300;
    }
    encoded bad = marked_photo(fault);
    const uint64_t workers_before = replaced(all->pool);
    imgmatch_reason reason = reason_of(all->pool, &bad, &limits);
    free(bad.bytes);
    if (reason != expected) {
        fail_msg("%s: %s", fault, imgmatch_reason_code(reason));
    }
    uint64_t lost = replaced(all->pool) - workers_before;
    warm_up(all);
    double after = measure(all, MOST_QUOTIENT * before);
    assert_int_equal(replaced(all->pool) - workers_before, lost);
    printf("%-6s %-16s %2d replaced, %d photos: %6.1f ms before, %6.1f ms after\n", fault,
           imgmatch_reason_code(reason), (int)lost, WORKERS * PHOTOS_A_THREAD, before, after);
    /* One that had decoded photos before does not prove that it is the photo that wants so much. */
    assert_in_range(lost, 1, reason == IMGMATCH_REASON_OUT_OF_MEMORY ? 2 : 1);
    if (!IS_SANITIZED && after > MOST_QUOTIENT * before) {
        fail_msg("%s: %.1f ms before, %.1f ms after", fault, before, after);
    }
}

/* By an administrator, say: no photo is lost with them, as it is a new one that it gets next. */
static void kill_all_workers(batch *all) {
    const workers before = find_workers();
    for (size_t i = 0; i < before.count; i++) {
        assert_true(kill_and_see(before.pids[i]));
    }
    expect_same(all->pool, &all->photos[0]);
}

static void test_speed_after_faults(void **state) {
    (void)state;
    static const struct {
        const char *fault;
        imgmatch_reason reason;
        bool by_memory; /* Which sanitizers do not bound. */
    } cases[] = {
        {"segv", IMGMATCH_REASON_DECODER_CRASHED, false},
        {"abort", IMGMATCH_REASON_DECODER_CRASHED, false},
        {"file", IMGMATCH_REASON_DECODER_CRASHED, false},
        {"exit", IMGMATCH_REASON_DECODER_CRASHED, false},
        {"lie", IMGMATCH_REASON_DECODER_CRASHED, false},
        {"spin", IMGMATCH_REASON_DECODER_TIMEOUT, false},
        {"sleep", IMGMATCH_REASON_DECODER_TIMEOUT, false},
        {"hog", IMGMATCH_REASON_OUT_OF_MEMORY, true},
        {"leak", IMGMATCH_REASON_NONE, true},
    };
    batch all = {.pool = new_pool(IMX_TEST_FAULTY_WORKER, WORKERS),
                 .photos = {picture_png(1), picture_cropped_jpeg(2)}};
    atomic_init(&all.wrong, 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(imgmatch_image_decode(&all.expected[i], all.photos[i].bytes,
                                               all.photos[i].size, NULL, NULL),
                         0);
    }
    warm_up(&all);
    double before = measure(&all, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (!IS_SANITIZED || !cases[i].by_memory) {
            expect_full_speed(&all, cases[i].fault, cases[i].reason, before);
        }
    }
    warm_up(&all);
    kill_all_workers(&all);
    for (int i = 0; i < 2; i++) {
        imgmatch_image_free(all.expected[i]);
        imgmatch_free(all.photos[i].bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_speed_after_faults, close_pool)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
