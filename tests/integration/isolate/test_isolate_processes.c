/*
 * A pool among the caller's processes: his children, signals and forks are his, and workers end
 * with him; of a worker nothing is left that could do more than decode.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "integration/catalogue/children.h"
#include "integration/isolate/pools.h"
#include "integration/isolate/processes.h"

#include <errno.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void signal_worker(int number) {
    pid_t worker = worker_of_one();
    assert_true(worker > 0);
    assert_int_equal(kill(worker, number), 0);
}

/* By an administrator, or by the kernel when memory is short. */
static void test_workers_may_be_stopped_and_killed(void **state) {
    (void)state;
    imgmatch_decoder_pool *pool = new_pool(IMX_TEST_WORKER, 1);
    imgmatch_limits limits = IMGMATCH_LIMITS_INIT;
    encoded photo = picture_png(1);
    limits.max_decode_ms = 300;
    signal_worker(SIGSTOP);
    signal_worker(SIGCONT);
    expect_same(pool, &photo);
    imgmatch_decoder_pool_stat stat;
    imgmatch_decoder_pool_get_stat(&stat, pool);
    assert_int_equal(stat.replaced, 0);
    signal_worker(SIGSTOP);
    assert_int_equal(reason_of(pool, &photo, &limits), IMGMATCH_REASON_DECODER_TIMEOUT);
    expect_same(pool, &photo);
    signal_worker(SIGKILL);
    /* Whether the photo is asked before the worker is gone is not known; the next is sound. */
    imgmatch_reason reason = reason_of(pool, &photo, NULL);
    assert_true(reason == IMGMATCH_REASON_NONE || reason == IMGMATCH_REASON_DECODER_CRASHED);
    expect_same(pool, &photo);
    imgmatch_free(photo.bytes);
}

static volatile sig_atomic_t children_ended;
static void note_child(int signal_number) {
    (void)signal_number;
    children_ended++;
}

/* The caller's handlers and children stay the caller's. */
static void test_the_callers_signals_are_left_alone(void **state) {
    (void)state;
    struct sigaction own = {.sa_handler = note_child}, before, after;
    assert_int_equal(sigaction(SIGCHLD, &own, &before), 0);
    pid_t child = fork();
    if (child == 0) {
        _exit(7);
    }
    imgmatch_decoder_pool *pool = new_pool(IMX_TEST_FAULTY_WORKER, 1);
    encoded bad = marked_photo("abort");
    assert_int_equal(reason_of(pool, &bad, NULL), IMGMATCH_REASON_DECODER_CRASHED);
    (void)close_pool(state);
    int how = 0;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_int_equal(WEXITSTATUS(how), 7);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* And no worker is left. */
    assert_int_equal(sigaction(SIGCHLD, &before, &after), 0);
    assert_true(after.sa_handler == note_child && children_ended > 0);
    /* With children that nobody waits for, only the signal's name is lost. */
    own.sa_handler = SIG_IGN;
    assert_int_equal(sigaction(SIGCHLD, &own, &before), 0);
    pool = new_pool(IMX_TEST_FAULTY_WORKER, 1);
    assert_int_equal(reason_of(pool, &bad, NULL), IMGMATCH_REASON_DECODER_CRASHED);
    (void)close_pool(state);
    assert_int_equal(sigaction(SIGCHLD, &before, NULL), 0);
    free(bad.bytes);
}

/* A pool of one in a child, where no assertion may fail. NULL: none. */
static imgmatch_decoder_pool *pool_of_one(const char *worker) {
    imgmatch_decoder_pool_options options = IMGMATCH_DECODER_POOL_OPTIONS_INIT;
    imgmatch_decoder_pool *pool = NULL;
    options.worker = worker;
    options.max_workers = 1;
    return imgmatch_decoder_pool_new(&pool, &options, NULL) == IMGMATCH_OK ? pool : NULL;
}

/* Exit status of a child: 0 when all that is said here holds in it. */
static int use_the_parents_pool(imgmatch_decoder_pool *pool, const encoded *photo) {
    imgmatch_image *image = NULL;
    imgmatch_decoder_pool_stat stat;
    if (imgmatch_decoder_pool_decode(&image, pool, photo->bytes, photo->size, NULL, NULL) !=
            IMGMATCH_ERR_ARGUMENT ||
        image != NULL) {
        return 1;
    }
    imgmatch_decoder_pool_get_stat(&stat, pool);
    imgmatch_decoder_pool_free(pool);
    imgmatch_decoder_pool *own = pool_of_one(IMX_TEST_WORKER);
    if (stat.decoded != 0 || own == NULL) {
        return 2;
    }
    imgmatch_status status =
        imgmatch_decoder_pool_decode(&image, own, photo->bytes, photo->size, NULL, NULL);
    imgmatch_image_free(image);
    imgmatch_decoder_pool_free(own);
    return status == IMGMATCH_OK ? 0 : 3;
}

/* Parent and child took one another's photos for their own. */
static void test_a_pool_stays_with_its_process(void **state) {
    (void)state;
    imgmatch_decoder_pool *pool = new_pool(IMX_TEST_WORKER, 1);
    encoded photo = picture_png(1);
    expect_same(pool, &photo);
    pid_t child = fork();
    if (child == 0) {
        _exit(use_the_parents_pool(pool, &photo));
    }
    child_expect_done(child);
    expect_same(pool, &photo);
    imgmatch_decoder_pool_stat stat;
    imgmatch_decoder_pool_get_stat(&stat, pool);
    assert_int_equal(stat.decoded, 2);
    assert_int_equal(stat.replaced, 0);
    imgmatch_free(photo.bytes);
}

/* A child that gets the number of a process that is gone; it waits to be killed. 0 when this
 * process must not choose numbers. */
static pid_t fork_as(pid_t number) {
    struct clone_args args = {
        .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&number, .set_tid_size = 1};
    long child = syscall(SYS_clone3, &args, sizeof args);
    while (child == 0) {
        (void)pause();
    }
    return child < 0 ? 0 : (pid_t)child;
}

/* Whoever waits for any child takes a worker's end away, and its number is given out again. */
static void test_a_workers_number_may_be_anothers(void **state) {
    (void)state;
    imgmatch_decoder_pool *pool = new_pool(IMX_TEST_WORKER, 1);
    encoded photo = picture_png(1);
    pid_t worker = worker_of_one();
    signal_worker(SIGKILL);
    assert_int_equal(waitpid(-1, NULL, 0), worker);
    pid_t other = fork_as(worker);
    expect_same(pool, &photo);
    imgmatch_free(photo.bytes);
    if (other == 0) {
        print_message("not root: skipped\n");
        skip();
    }
    assert_int_equal(waitpid(other, NULL, WNOHANG), 0); /* It is there, and ours to wait for. */
    assert_int_equal(kill(other, SIGKILL), 0);
    assert_int_equal(waitpid(other, NULL, 0), other);
}

/* As on an old system, or in a container that forbids it. */
static int decode_without_pidfd(const encoded *photo) {
    static const int calls[] = {SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_send_signal)};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    bool filtered = filter != NULL;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        filtered = filtered && seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), calls[i], 0) == 0;
    }
    if (!filtered || seccomp_load(filter) != 0) {
        return 1;
    }
    seccomp_release(filter);
    imgmatch_limits limits = IMGMATCH_LIMITS_INIT;
    limits.max_decode_ms = 300;
    imgmatch_decoder_pool *pool = pool_of_one(IMX_TEST_WORKER);
    pid_t worker = worker_of_one();
    if (pool == NULL || worker <= 0 || kill(worker, SIGSTOP) != 0 ||
        reason_of(pool, photo, &limits) != IMGMATCH_REASON_DECODER_TIMEOUT ||
        reason_of(pool, photo, NULL) != IMGMATCH_REASON_NONE) {
        return 2;
    }
    imgmatch_decoder_pool_free(pool);
    return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD ? 0 : 3;
}

/* A worker inherits the limit, and must not reach it with a photo. */
static int decode_with_little_time(const encoded *photo) {
    enum { SECONDS = 3, PHOTOS = 14 }; /* A quarter of a second each. */
    const struct rlimit limit = {1, SECONDS};
    bool limited = setrlimit(RLIMIT_CPU, &limit) == 0;
    imgmatch_decoder_pool *pool = pool_of_one(IMX_TEST_FAULTY_WORKER);
    if (!limited || pool == NULL) {
        return 1;
    }
    for (int i = 0; i < PHOTOS; i++) {
        if (reason_of(pool, photo, NULL) != IMGMATCH_REASON_NONE) {
            return 2;
        }
    }
    imgmatch_decoder_pool_stat stat;
    imgmatch_decoder_pool_get_stat(&stat, pool);
    imgmatch_decoder_pool_free(pool);
    return stat.replaced == 0 ? 0 : 3;
}

static void expect_child(int (*act)(const encoded *), const encoded *photo) {
    pid_t child = fork();
    if (child == 0) {
        _exit(act(photo));
    }
    child_expect_done(child);
}

static void test_systems_without_pidfd(void **state) {
    (void)state;
    encoded photo = picture_png(1);
    expect_child(decode_without_pidfd, &photo);
    imgmatch_free(photo.bytes);
}

static void test_processor_time_may_be_short(void **state) {
    (void)state;
    encoded photo = marked_photo("work");
    expect_child(decode_with_little_time, &photo);
    free(photo.bytes);
}

static void expect_no_capabilities(pid_t process, const char *name) {
    char set[STATUS_LINE_BYTES];
    assert_true(status_line(set, process, name));
    assert_int_equal(strtoull(set, NULL, 16), 0);
}

static void test_a_worker_of_root_is_not_root(void **state) {
    (void)state;
    (void)new_pool(IMX_TEST_WORKER, 1);
    static const char *const names[] = {"CapInh:", "CapPrm:", "CapEff:", "CapAmb:"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        expect_no_capabilities(worker_of_one(), names[i]);
    }
}

typedef struct family {
    pid_t worker;
    pid_t heir;
} family;

/* Makes a pool, forks a child that keeps all descriptors, tells of both, and is gone. */
static void live_and_die(int tell) {
    if (pool_of_one(IMX_TEST_WORKER) != NULL) {
        family all = {.worker = worker_of_one(), .heir = fork()};
        while (all.heir == 0) {
            (void)pause();
        }
        (void)!write(tell, &all, sizeof all);
    }
    (void)raise(SIGKILL);
}

static void test_workers_end_with_their_process(void **state) {
    (void)state;
    enum { MOST_LOOKS = 600, LOOK_US = 50000 };
    int ends[2];
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0); /* To wait for the worker. */
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        live_and_die(ends[1]);
    }
    (void)close(ends[1]);
    family all = {0};
    assert_int_equal(read(ends[0], &all, sizeof all), sizeof all);
    assert_true(all.worker > 0 && all.heir > 0); /* Others would be all processes. */
    assert_int_equal(waitpid(child, NULL, 0), child);
    pid_t ended = 0;
    for (int i = 0; i < MOST_LOOKS && ended == 0; i++) {
        ended = waitpid(all.worker, NULL, WNOHANG);
        (void)usleep(LOOK_US);
    }
    (void)kill(all.heir, SIGKILL);
    assert_int_equal(waitpid(all.heir, NULL, 0), all.heir);
    assert_int_equal(ended, all.worker);
    (void)close(ends[0]);
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_workers_may_be_stopped_and_killed, close_pool),
        cmocka_unit_test_teardown(test_the_callers_signals_are_left_alone, close_pool),
        cmocka_unit_test_teardown(test_a_pool_stays_with_its_process, close_pool),
        cmocka_unit_test_teardown(test_a_workers_number_may_be_anothers, close_pool),
        cmocka_unit_test(test_systems_without_pidfd),
        cmocka_unit_test(test_processor_time_may_be_short),
        cmocka_unit_test_teardown(test_a_worker_of_root_is_not_root, close_pool),
        cmocka_unit_test(test_workers_end_with_their_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
