/* Nothing that was acknowledged is lost, and nothing that was removed comes back: a process that
 * adds, replaces, removes, compacts and merges is killed with SIGKILL at random moments, again and
 * again on the same catalogue. Afterwards every item has to be as the last acknowledged change left
 * it; the change that was under way has happened as a whole or not at all. Moments and changes are
 * seeded (though not what the scheduler makes of them); IMGMATCH_CRASH_ROUNDS asks for more than
 * the usual 30 rounds. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/clock.h"
#include "facade/handle.h"
#include "integration/catalogue/place.h"

#include <imgmatch/exchange.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ITEMS 300u
#define DEFAULT_ROUNDS 30

/* Kills come within so long of a writer's first word: longer where a change takes longer, so that
 * on a busy machine, too, some hit later changes than the first. */
#define SHORTEST_US 60000u
#define LONGEST_US 4000000u
#define MANY_CHANGES 8u

/* Catalogues to merge in, each with a version of a share of the items, which fits one transaction.
 */
#define SOURCES 4u
#define SOURCE_ITEMS (ITEMS / SOURCES)
#define SOURCE_VERSION 1000000000u

typedef enum change_kind { CHANGE_ADD, CHANGE_REMOVE, CHANGE_COMPACT, CHANGE_MERGE } change_kind;

/* Sent through the pipe before a change and, with `done`, after it was acknowledged. */
typedef struct change {
    change_kind kind;
    uint32_t first;
    uint32_t count;
    uint32_t version;
    bool done;
} change;

/* The version of each item that has to be there; 0: none. */
typedef struct model {
    uint32_t versions[ITEMS];
} model;

static void apply(model *self, const change *made) {
    for (uint32_t i = 0; i < made->count; i++) {
        if (made->kind == CHANGE_ADD || made->kind == CHANGE_MERGE) {
            self->versions[made->first + i] = made->version;
        } else if (made->kind == CHANGE_REMOVE) {
            self->versions[made->first + i] = 0;
        }
    }
}

static void source_path(char out[600], const char *path, uint32_t source) {
    (void)snprintf(out, 600, "%s-source-%u", path, source);
}

static imgmatch_status merge(imgmatch_catalogue *catalogue, uint32_t source, imgmatch_diag *diag) {
    char path[600];
    imgmatch_exchange_report report;
    imgmatch_exchange_options options = IMGMATCH_EXCHANGE_OPTIONS_INIT;
    options.on_conflict = IMGMATCH_CONFLICT_REPLACE;
    source_path(path, imx_store_folder(catalogue->store), source);
    imgmatch_status status = imgmatch_catalogue_merge(&report, catalogue, path, &options, diag);
    return status == IMGMATCH_OK && report.failed > 0 ? IMGMATCH_ERR_INTERNAL : status;
}

static imgmatch_status make(imgmatch_catalogue *catalogue, const change *wanted,
                            imgmatch_diag *diag) {
    imx_store *store = catalogue->store;
    char ids[64][32];
    const char *pointers[64];
    size_t removed = 0;
    switch (wanted->kind) {
    case CHANGE_ADD:
        return sample_add(store, wanted->first, wanted->count, wanted->version, diag);
    case CHANGE_REMOVE:
        for (uint32_t i = 0; i < wanted->count; i++) {
            (void)snprintf(ids[i], sizeof ids[i], "item-%u", wanted->first + i);
            pointers[i] = ids[i];
        }
        return imx_store_remove(&removed, store, pointers, wanted->count, diag);
    case CHANGE_MERGE:
        return merge(catalogue, wanted->first / SOURCE_ITEMS, diag);
    case CHANGE_COMPACT:
    default:
        return imx_store_compact(store, diag);
    }
}

static change choose(imx_random *random, uint32_t version) {
    uint32_t dice = imx_random_below(random, 12);
    change chosen = {.kind = dice < 6    ? CHANGE_ADD
                             : dice < 8  ? CHANGE_REMOVE
                             : dice < 10 ? CHANGE_MERGE
                                         : CHANGE_COMPACT};
    if (chosen.kind == CHANGE_MERGE) {
        uint32_t source = imx_random_below(random, SOURCES);
        chosen.count = SOURCE_ITEMS;
        chosen.first = source * SOURCE_ITEMS;
        chosen.version = SOURCE_VERSION + source;
    } else if (chosen.kind != CHANGE_COMPACT) {
        chosen.count = 1 + imx_random_below(random, 40);
        chosen.first = imx_random_below(random, ITEMS - chosen.count);
        chosen.version = version;
    }
    return chosen;
}

static void tell(int pipe_end, const change *sent) {
    if (write(pipe_end, sent, sizeof *sent) != (ssize_t)sizeof *sent) {
        _exit(2);
    }
}

/* The process that is killed. */
static void run_writer(const char *path, int pipe_end, uint64_t seed, uint32_t version) {
    imx_random random = {seed};
    imgmatch_catalogue *catalogue = NULL;
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    options.writable = true;
    if (imgmatch_catalogue_open(&catalogue, path, &options, &diag) != IMGMATCH_OK) {
        (void)fprintf(stderr, "open: %s\n", diag.message);
        _exit(1);
    }
    for (;;) {
        change next = choose(&random, ++version);
        tell(pipe_end, &next);
        if (make(catalogue, &next, &diag) != IMGMATCH_OK) {
            (void)fprintf(stderr, "change: %s\n", diag.message);
            _exit(1);
        }
        next.done = true;
        tell(pipe_end, &next);
    }
}

static bool matches(const imx_store *store, const model *expected, uint32_t first, uint32_t count) {
    for (uint32_t i = first; i < first + count; i++) {
        if (expected->versions[i] == 0 ? !sample_is_absent(store, i)
                                       : !sample_is_stored(store, i, expected->versions[i])) {
            return false;
        }
    }
    return true;
}

/* Run a writer, kill it, and read what it said: *state gets what was acknowledged, *open_change
 * what was under way (kind COMPACT: nothing that matters). Returns how many changes were made. */
static uint32_t run_and_kill(const char *path, uint64_t seed, uint32_t version, uint32_t delay_us,
                             model *state, change *open_change) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(ends[0]);
        run_writer(path, ends[1], seed, version);
    }
    (void)close(ends[1]);
    /* From the writer's first word on, so that a slow machine's kills do not all hit its start. */
    struct pollfd first_word = {.fd = ends[0], .events = POLLIN};
    assert_int_equal(poll(&first_word, 1, 60000), 1);
    (void)usleep(delay_us);
    assert_int_equal(kill(child, SIGKILL), 0);
    change seen;
    uint32_t acknowledged = 0;
    *open_change = (change){.kind = CHANGE_COMPACT};
    while (read(ends[0], &seen, sizeof seen) == (ssize_t)sizeof seen) {
        if (seen.done) {
            apply(state, &seen);
            acknowledged++;
            *open_change = (change){.kind = CHANGE_COMPACT};
        } else {
            *open_change = seen;
        }
    }
    (void)close(ends[0]);
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFSIGNALED(result) && WTERMSIG(result) == SIGKILL);
    return acknowledged;
}

/* How long the next kill may wait, after one that waited `within_us` at most and let a writer make
 * so many changes. */
static uint32_t next_within(uint32_t within_us, uint32_t made) {
    if (made == 0) {
        return within_us < LONGEST_US / 2 ? 2 * within_us : LONGEST_US;
    }
    if (made >= MANY_CHANGES) {
        return within_us / 2 > SHORTEST_US ? within_us / 2 : SHORTEST_US;
    }
    return within_us;
}

static void make_sources(const char *path) {
    for (uint32_t source = 0; source < SOURCES; source++) {
        char source_folder[600];
        imx_store *store = NULL;
        imx_identity identity = sample_identity();
        source_path(source_folder, path, source);
        assert_int_equal(imx_store_create(source_folder, NULL, &identity, NULL), IMGMATCH_OK);
        assert_int_equal(imx_store_open(&store, source_folder, NULL, true, NULL), IMGMATCH_OK);
        assert_int_equal(
            sample_add(store, source * SOURCE_ITEMS, SOURCE_ITEMS, SOURCE_VERSION + source, NULL),
            IMGMATCH_OK);
        imx_store_close(store);
    }
}

static void test_killed_writers_lose_nothing(void **state_of_test) {
    place *self = *state_of_test;
    const char *path = self->path;
    place_close(self);
    make_sources(path);
    const char *asked = getenv("IMGMATCH_CRASH_ROUNDS");
    int rounds = asked != NULL ? atoi(asked) : DEFAULT_ROUNDS;
    model state = {.versions = {0}};
    imx_random random = {7};
    uint32_t version = 0, acknowledged = 0, within_us = SHORTEST_US;
    for (int round = 0; round < rounds; round++) {
        change open_change;
        uint64_t seed = imx_random_next(&random);
        uint32_t delay_us = imx_random_below(&random, within_us);
        uint32_t made = run_and_kill(path, seed, version, delay_us, &state, &open_change);
        acknowledged += made;
        within_us = next_within(within_us, made);
        version += 100000;
        double start = imx_clock_ms();
        imx_store *store = NULL;
        assert_int_equal(imx_store_open(&store, path, NULL, round % 2 == 0, NULL), IMGMATCH_OK);
        assert_true(imx_clock_ms() - start < 1000);
        /* The change under way is there as a whole or not at all. */
        model after = state;
        apply(&after, &open_change);
        if (!matches(store, &state, open_change.first, open_change.count)) {
            assert_true(matches(store, &after, open_change.first, open_change.count));
            state = after;
        }
        assert_true(matches(store, &state, 0, ITEMS));
        assert_int_equal(sample_verify(store), IMGMATCH_OK);
        imx_store_close(store);
    }
    print_message("%d kills, %u changes acknowledged\n", rounds, acknowledged);
    assert_true(acknowledged > (uint32_t)rounds / 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
        test_killed_writers_lose_nothing, place_set_up, place_tear_down)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
