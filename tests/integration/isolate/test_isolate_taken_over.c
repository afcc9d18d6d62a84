/*
 * Workers that were killed while they had no work, or were taken over by a photo: neither costs
 * another photo, and what they can get hold of is bounded. A pool starts in no process that could
 * not hold it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "integration/catalogue/children.h"
#include "integration/isolate/pools.h"
#include "integration/isolate/processes.h"
#include "isolate/message.h"
#include "sanitized.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 4u /* More than a photo has tries. */

static imgmatch_decoder_pool *shared_pool;

/* Takes a quarter of a second, so that all workers are lent at once. NULL when all went well. */
static void *decode_slowly(void *photo) {
    imgmatch_image *image = NULL;
    const encoded *bytes = photo;
    imgmatch_status status =
        imgmatch_decoder_pool_decode(&image, shared_pool, bytes->bytes, bytes->size, NULL, NULL);
    imgmatch_image_free(image);
    return status == IMGMATCH_OK ? NULL : photo;
}

/* As when the kernel is short of memory. */
static void test_all_idle_workers_may_be_killed(void **state) {
    (void)state;
    pthread_t threads[WORKERS];
    pid_t workers[WORKERS];
    encoded slow = marked_photo("work");
    encoded photo = picture_png(1);
    shared_pool = new_pool(IMX_TEST_FAULTY_WORKER, WORKERS);
    for (size_t i = 0; i < WORKERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, decode_slowly, &slow), 0);
    }
    for (size_t i = 0; i < WORKERS; i++) {
        void *failed;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    /* Of threads that have ended they are the main thread's. */
    assert_int_equal(children_of_this(workers, WORKERS), WORKERS);
    for (size_t i = 0; i < WORKERS; i++) {
        assert_true(kill_and_see(workers[i]));
    }
    expect_same(shared_pool, &photo);
    imgmatch_decoder_pool_stat stat;
    imgmatch_decoder_pool_get_stat(&stat, shared_pool);
    assert_int_equal(stat.crashed, 0);
    assert_int_equal(stat.replaced, WORKERS);
    imgmatch_free(photo.bytes);
    free(slow.bytes);
}

/* What it says by itself would be taken for the answer to the next photo. */
static void test_workers_that_speak_unasked(void **state) {
    (void)state;
    enum { PHOTOS = 3, LATER_US = 400000 };
    encoded photo = picture_png(1);
    encoded bad = marked_photo("unasked");
    imgmatch_decoder_pool *pool = new_pool(IMX_TEST_FAULTY_WORKER, 1);
    assert_int_equal(reason_of(pool, &bad, NULL), IMGMATCH_REASON_NONE);
    (void)usleep(LATER_US);
    for (int i = 0; i < PHOTOS; i++) {
        expect_same(pool, &photo);
    }
    imgmatch_decoder_pool_stat stat;
    imgmatch_decoder_pool_get_stat(&stat, pool);
    assert_int_equal(stat.crashed, 0);
    assert_int_equal(stat.replaced, 1);
    imgmatch_free(photo.bytes);
    free(bad.bytes);
}

/* What photos before have left is not the photo's fault, whoever found too little: us or libvips.
 */
static void test_memory_that_others_have_is_no_reason(void **state) {
    (void)state;
    encoded photo = marked_photo("shorten");
    encoded large = marked_photo("large");
    imgmatch_decoder_pool *pool = new_pool(IMX_TEST_FAULTY_WORKER, 1);
    expect_same(pool, &photo);
    expect_same(pool, &large);
    imgmatch_decoder_pool_stat stat;
    imgmatch_decoder_pool_get_stat(&stat, pool);
    assert_int_equal(stat.replaced, 1);
    free(photo.bytes);
    free(large.bytes);
}

/* Memory that is only read is no data any more, but it stays. */
static void test_memory_that_is_no_data_is_bounded(void **state) {
    (void)state;
    if (IS_SANITIZED) {
        skip();
    }
    imgmatch_decoder_pool *pool = new_pool(IMX_TEST_FAULTY_WORKER, 1);
    expect_signal(pool, "hoard", "SIGABRT");
}

/* As who wants no bound writes it. */
static void test_the_largest_bound_is_none(void **state) {
    (void)state;
    if (IS_SANITIZED) {
        skip();
    }
    imgmatch_decoder_pool_options options = IMGMATCH_DECODER_POOL_OPTIONS_INIT;
    imgmatch_decoder_pool *pool = NULL;
    options.worker = IMX_TEST_FAULTY_WORKER;
    options.max_worker_bytes = UINT64_MAX;
    assert_int_equal(imgmatch_decoder_pool_new(&pool, &options, NULL), IMGMATCH_OK);
    expect_signal(pool, "hoard", "SIGSEGV"); /* It was given all that it asked for. */
    imgmatch_decoder_pool_free(pool);
}

/* The memory that is shared with a worker is a file, and one over the limit ends the process. */
static int make_a_pool_with_small_files(void) {
    const struct rlimit limit = {1u << 20, 1u << 20};
    imgmatch_decoder_pool_options options = IMGMATCH_DECODER_POOL_OPTIONS_INIT;
    imgmatch_decoder_pool *pool = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    options.worker = IMX_TEST_WORKER;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) {
        return 1;
    }
    imgmatch_status status = imgmatch_decoder_pool_new(&pool, &options, &diag);
    return status == IMGMATCH_ERR_IO && strstr(diag.message, strerror(EFBIG)) != NULL ? 0 : 2;
}

static void test_files_may_be_small(void **state) {
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        _exit(make_a_pool_with_small_files());
    }
    child_expect_done(child);
}

/* Start a worker by hand, for this process or another one. Bytes of what it says first: 0 when it
 * goes at once. */
static ssize_t greeting(const char *parent) {
    int ends[2];
    int memory = memfd_create("test", MFD_CLOEXEC);
    assert_true(memory >= 0 && ftruncate(memory, 1 << 20) == 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    pid_t child = fork();
    if (child == 0) {
        /* Above the numbers that they are to have. */
        int theirs = fcntl(ends[1], F_DUPFD_CLOEXEC, 16);
        int shared = fcntl(memory, F_DUPFD_CLOEXEC, 16);
        if (dup2(theirs, IMX_WORKER_SOCKET) < 0 || dup2(shared, IMX_WORKER_MEMORY) < 0) {
            _exit(1);
        }
        (void)execl(IMX_TEST_WORKER, "imgmatch-decode-worker", "536870912", parent, (char *)NULL);
        _exit(1);
    }
    (void)close(ends[1]);
    (void)close(memory);
    imx_worker_reply hello;
    ssize_t size = recv(ends[0], &hello, sizeof hello, 0);
    (void)close(ends[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return size;
}

/* It may be gone before the worker can ask who it was. */
static void test_workers_know_whose_they_are(void **state) {
    (void)state;
    char number[24];
    (void)snprintf(number, sizeof number, "%ld", (long)getpid());
    assert_int_equal(greeting(number), sizeof(imx_worker_reply));
    (void)snprintf(number, sizeof number, "%ld", (long)getppid());
    assert_int_equal(greeting(number), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_all_idle_workers_may_be_killed, close_pool),
        cmocka_unit_test_teardown(test_workers_that_speak_unasked, close_pool),
        cmocka_unit_test_teardown(test_memory_that_others_have_is_no_reason, close_pool),
        cmocka_unit_test_teardown(test_memory_that_is_no_data_is_bounded, close_pool),
        cmocka_unit_test(test_the_largest_bound_is_none),
        cmocka_unit_test(test_files_may_be_small),
        cmocka_unit_test(test_workers_know_whose_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
