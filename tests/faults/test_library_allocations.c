/*
 * Every main job, with allocation n of SQLite, FAISS or ONNX Runtime failing, for every n: no
 * crash of ours, IMGMATCH_ERR_MEMORY with a message or a photo with a reason, nothing handed out on
 * failure, nothing acknowledged lost, and the same handle does the job when it is asked again.
 *
 * SQLite survives all of them. FAISS and ONNX Runtime throw, and do so also where nothing may be
 * thrown (in threads, in functions that promise not to), which ends the process by SIGABRT; ONNX
 * Runtime also writes to blocks that it did not get. So each of their allocations fails in a
 * process of its own, and what was acknowledged has to be there when one was ended.
 *
 * Leaks are told by counting: a job that failed in the same way several times leaves no more blocks
 * behind each time.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "faults/fault_malloc.h"
#include "faults/jobs.h"
#include "faults/trigger.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_ALLOCATIONS 100000 /* A job that needs more than that is caught in a loop. */
/* Up to that one all fail, then some: opening a model takes thousands, much alike. */
#define ALL_UP_TO 150
#define THEN_EVERY 97

static const char *const owner_names[OWNER_COUNT] = {
    [OWNER_SQLITE] = "SQLite", [OWNER_FAISS] = "FAISS", [OWNER_ONNX] = "ONNX Runtime"};

typedef struct attempt {
    fault_bench *on;
    const fault_job *job;
    fault_owner owner;
    long n;
} attempt;

/* False when the job has no allocation n. */
static bool try_once(const attempt *this) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    fault_arm((int)this->owner, this->n, false);
    imgmatch_status status = this->job->run(this->on, &diag);
    bool hit = fault_disarm();
    if (status != IMGMATCH_OK &&
        (!hit || status != IMGMATCH_ERR_MEMORY || diag.message[0] == '\0')) {
        fail_msg("%s, allocation %ld of %s: %s: %s", this->job->name, this->n,
                 owner_names[this->owner], imgmatch_status_text(status), diag.message);
    }
    imgmatch_diag again = IMGMATCH_DIAG_INIT;
    if (hit && this->job->run(this->on, &again) != IMGMATCH_OK) {
        fail_msg("%s after allocation %ld of %s: %s", this->job->name, this->n,
                 owner_names[this->owner], again.message);
    }
    return hit;
}

static bool leaves_blocks(const attempt *this) {
    long before = fault_malloc_live();
    (void)try_once(this);
    return fault_malloc_live() > before;
}

/* What is kept for the next time is kept once, or twice. */
static bool leaks(const attempt *this) {
    return leaves_blocks(this) && leaves_blocks(this) && leaves_blocks(this) && leaves_blocks(this);
}

/* ---- in this process ---- */

static void test_sqlite(void **state) {
    (void)state;
    fault_bench on;
    fault_bench_open(&on);
    fault_malloc_find_owners();
    long all = 0;
    for (const fault_job *job = fault_jobs; job->name != NULL; job++) {
        attempt this = {&on, job, OWNER_SQLITE, 0};
        for (; try_once(&this); this.n++) {
            assert_true(this.n < MOST_ALLOCATIONS);
            if ((this.n < ALL_UP_TO || this.n % 8 == 0) && leaks(&this)) {
                fail_msg("%s, allocation %ld of SQLite: a leak", job->name, this.n);
            }
        }
        print_message("%s: %ld allocations of SQLite\n", job->name, this.n);
        all += this.n;
        fault_bench_check(&on);
    }
    assert_true(all > 100); /* The functions above are the ones that are called. */
    fault_bench_close(&on);
}

/* ---- in processes of their own ---- */

/* How a child says what became of its attempt. */
enum { CHILD_FAILED_RIGHT = 10, CHILD_HAS_NO_SUCH_CALL, CHILD_LEAKS, CHILD_WRONG };

static const attempt *of_child;
static int child_found = CHILD_WRONG;

static void test_of_child(void **state) {
    (void)state;
    (void)signal(SIGSEGV, SIG_DFL); /* The parent is to see how this ends. */
    (void)signal(SIGABRT, SIG_DFL);
    fault_malloc_find_owners();
    int found = !try_once(of_child) ? CHILD_HAS_NO_SUCH_CALL
                : leaks(of_child)   ? CHILD_LEAKS
                                    : CHILD_FAILED_RIGHT;
    fault_bench_check(of_child->on);
    child_found = found;
}

/* All that has state is opened by the child: neither connections nor threads outlive a fork. */
static _Noreturn void be_child(attempt this, const char *log) {
    int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    (void)dup2(fd, STDOUT_FILENO);
    (void)dup2(fd, STDERR_FILENO);
    fault_bench_reopen(this.on);
    of_child = &this;
    cmocka_set_test_filter(NULL);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_of_child)};
    (void)cmocka_run_group_tests(tests, NULL, NULL);
    fault_bench_leave(this.on);
    (void)fflush(stdout);
    _exit(child_found);
}

static void print_log(const char *log) {
    char line[1024];
    FILE *file = fopen(log, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        print_message("  %s", line);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

static int wait_for(pid_t child) {
    int how = 0;
    assert_int_equal(waitpid(child, &how, 0), child);
    return how;
}

/* By what the library cannot survive, and not otherwise. */
static bool ended_by_library(int how, fault_owner owner) {
    return WIFSIGNALED(how) &&
           (WTERMSIG(how) == SIGABRT || (WTERMSIG(how) == SIGSEGV && owner == OWNER_ONNX));
}

typedef struct tally {
    long tried;
    long ended;
    long leaking;
} tally;

/* False when the job has no allocation n. */
static bool try_in_child(tally *out, const attempt *this) {
    char log[600];
    (void)snprintf(log, sizeof log, "%s/child.log", this->on->place.folder);
    pid_t child = fork();
    if (child == 0) {
        be_child(*this, log);
    }
    assert_true(child > 0);
    int how = wait_for(child);
    int code = WIFEXITED(how) ? WEXITSTATUS(how) : -1;
    if (code == CHILD_HAS_NO_SUCH_CALL) {
        return false;
    }
    out->tried++;
    out->leaking += code == CHILD_LEAKS;
    if (ended_by_library(how, this->owner)) {
        out->ended++;
        /* As after kill -9: what was acknowledged is there. */
        child = fork();
        if (child == 0) {
            fault_bench_reopen(this->on);
            fault_bench_tidy(this->on);
            fault_bench_check(this->on);
            fault_bench_leave(this->on);
            _exit(0);
        }
        how = wait_for(child);
        code = WIFEXITED(how) && WEXITSTATUS(how) == 0 ? CHILD_FAILED_RIGHT : CHILD_WRONG;
    }
    if (code != CHILD_FAILED_RIGHT && code != CHILD_LEAKS) {
        print_log(log);
        fail_msg("%s, allocation %ld of %s: status %x", this->job->name, this->n,
                 owner_names[this->owner], (unsigned)how);
    }
    return true;
}

static void try_all(fault_owner owner) {
    fault_bench on;
    long all = 0;
    fault_bench_make(&on);
    for (const fault_job *job = fault_jobs; job->name != NULL; job++) {
        tally found = {0, 0, 0};
        attempt this = {&on, job, owner, 0};
        while (try_in_child(&found, &this)) {
            assert_true(this.n < MOST_ALLOCATIONS);
            this.n += this.n < ALL_UP_TO ? 1 : THEN_EVERY;
        }
        print_message("%s: about %ld allocations of %s, %ld tried, %ld ended the process, %ld "
                      "leaked\n",
                      job->name, this.n, owner_names[owner], found.tried, found.ended,
                      found.leaking);
        all += found.tried;
    }
    assert_true(all > 10);
    fault_bench_remove(&on);
}

static void test_faiss(void **state) {
    (void)state;
    try_all(OWNER_FAISS);
}

static void test_onnx_runtime(void **state) {
    (void)state;
    try_all(OWNER_ONNX);
}

/* An argument chooses among the tests. */
int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sqlite),
        cmocka_unit_test(test_faiss),
        cmocka_unit_test(test_onnx_runtime),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
