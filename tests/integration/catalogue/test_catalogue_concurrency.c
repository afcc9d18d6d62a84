/* One writer, readers in the same process that share its handle, readers that share one of their
 * own which is refreshed all the time, and readers in other processes: everyone sees whole changes
 * only, and none is interrupted. Items come in groups that are always added, replaced and removed
 * together, so in any snapshot a group's members have neighbouring numbers or are not there at all.
 * Each compaction makes an index of another kind. Runs for IMGMATCH_CONCURRENCY_MS milliseconds,
 * 1500 unless told otherwise, with IMGMATCH_CONCURRENCY_PROCESSES reader processes, 2 unless told
 * otherwise. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/clock.h"
#include "integration/catalogue/place.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define GROUPS 40u
#define MEMBERS 5u
#define THREADS 3
#define OWN_THREADS 2 /* On the readers' own handle; one more refreshes it. */
#define DEFAULT_PROCESSES 2
#define MAX_PROCESSES 32

/* FAISS searches graphs on OpenMP's threads, whose handing over ThreadSanitizer does not see. */
#ifdef __SANITIZE_THREAD__
static const imgmatch_index_kind kinds[] = {IMGMATCH_INDEX_EXACT, IMGMATCH_INDEX_IVF};
#else
static const imgmatch_index_kind kinds[] = {IMGMATCH_INDEX_EXACT, IMGMATCH_INDEX_IVF,
                                            IMGMATCH_INDEX_HNSW};
#endif
#define KINDS (sizeof kinds / sizeof *kinds)

typedef struct shared {
    imx_store *store;
    atomic_bool stop;
    atomic_uint wrong;
    atomic_uint looks;
    atomic_uint refreshed;
} shared;

/* A member's hash does not depend on the version, so that it can be looked for. */
static void member_hash(imgmatch_pdq *out, uint32_t group, uint32_t member) {
    imx_random random = {group * 100 + member};
    sample_hash(out, &random);
}

static imgmatch_status add_group(imx_store *store, uint32_t group, uint32_t version) {
    sample samples[MEMBERS];
    imx_item_record records[MEMBERS];
    bool replaced[MEMBERS];
    for (uint32_t member = 0; member < MEMBERS; member++) {
        sample_fill(&samples[member], group * MEMBERS + member, version);
        records[member] = samples[member].record;
        records[member].view_count = 1;
        member_hash(&records[member].views[0].pdq, group, member);
    }
    return imx_store_add(replaced, store, records, MEMBERS, NULL);
}

static imgmatch_status remove_group(imx_store *store, uint32_t group) {
    char ids[MEMBERS][32];
    const char *pointers[MEMBERS];
    size_t removed = 0;
    for (uint32_t member = 0; member < MEMBERS; member++) {
        (void)snprintf(ids[member], sizeof ids[member], "item-%u", group * MEMBERS + member);
        pointers[member] = ids[member];
    }
    return imx_store_remove(&removed, store, pointers, MEMBERS, NULL);
}

/* Is this group whole, or wholly absent? And can what is found be read? */
static bool group_is_sound(const imx_store *store, const imx_snapshot *snapshot, uint32_t group) {
    int64_t first = 0;
    size_t found_count = 0;
    for (uint32_t member = 0; member < MEMBERS; member++) {
        imgmatch_pdq pdq;
        imx_hit hit;
        size_t count = 0;
        member_hash(&pdq, group, member);
        if (imx_snapshot_search_hash(&hit, &count, snapshot, &pdq, 1, 0, 1, NULL) != IMGMATCH_OK) {
            return false;
        }
        if (count == 0) {
            continue;
        }
        first = found_count == 0 ? hit.seq : first;
        if (hit.seq != first + member) {
            return false;
        }
        found_count++;
        imx_reference reference;
        imgmatch_status status =
            imx_store_read_reference(&reference, store, snapshot, hit.seq, NULL);
        if (status == IMGMATCH_OK) {
            char id[32];
            (void)snprintf(id, sizeof id, "item-%u", group * MEMBERS + member);
            bool same = strcmp(reference.id, id) == 0 &&
                        memcmp(reference.pdq[0].hash, pdq.hash, sizeof pdq.hash) == 0;
            imx_reference_free(&reference);
            if (!same) {
                return false;
            }
        } else if (status != IMGMATCH_ERR_NOT_FOUND) {
            return false;
        }
    }
    return found_count == 0 || found_count == MEMBERS;
}

/* One look by one reader at a random group, with a search among the embeddings thrown in. */
static bool look(const imx_store *store, imx_random *random, uint64_t *last_generation) {
    imx_snapshot *snapshot = imx_store_hold(store);
    bool sound = imx_snapshot_generation(snapshot) >= *last_generation &&
                 imx_snapshot_item_count(snapshot) % MEMBERS == 0;
    *last_generation = imx_snapshot_generation(snapshot);
    sound = sound && group_is_sound(store, snapshot, imx_random_below(random, GROUPS));
    float query[SAMPLE_DIMENSION];
    imx_hit hits[10];
    size_t count = 0;
    sample_direction(query, SAMPLE_DIMENSION, random);
    sound =
        sound &&
        imx_snapshot_search_embedding(hits, &count, snapshot, query, 10, NULL) == IMGMATCH_OK &&
        count == (imx_snapshot_item_count(snapshot) < 10 ? imx_snapshot_item_count(snapshot) : 10);
    imx_snapshot_release(snapshot);
    return sound;
}

static void *run_reader(void *argument) {
    shared *self = argument;
    imx_random random = {atomic_fetch_add(&self->looks, 1)};
    uint64_t generation = 0;
    while (!atomic_load(&self->stop)) {
        if (!look(self->store, &random, &generation)) {
            atomic_fetch_add(&self->wrong, 1);
            break;
        }
        atomic_fetch_add(&self->looks, 1);
    }
    return NULL;
}

/* Takes up what is new, under queries in flight. */
static void *run_refresher(void *argument) {
    shared *self = argument;
    while (!atomic_load(&self->stop)) {
        bool newer = false, changed = false;
        if (imx_store_has_newer(&newer, self->store, NULL) != IMGMATCH_OK ||
            (newer &&
             (imx_store_refresh(&changed, self->store, NULL) != IMGMATCH_OK || !changed))) {
            atomic_fetch_add(&self->wrong, 1);
            break;
        }
        atomic_fetch_add(&self->refreshed, changed ? 1 : 0);
    }
    return NULL;
}

static bool count_item(void *user, const imgmatch_item *item) {
    *(size_t *)user += strlen(item->id) > 0;
    return true;
}

/* A reader process: its own handle, refreshed all the time. Ends with 0 when all was sound. */
static void run_process(const char *path, uint64_t seed, double duration_ms) {
    imx_random random = {seed};
    imx_store *store = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    uint64_t generation = 0;
    double end = imx_clock_ms() + duration_ms;
    imgmatch_status status = imx_store_open(&store, path, NULL, false, &diag);
    for (uint32_t round = 0; status == IMGMATCH_OK && imx_clock_ms() < end; round++) {
        size_t listed = 0;
        status = imx_store_refresh(NULL, store, &diag);
        if (status == IMGMATCH_OK && !look(store, &random, &generation)) {
            (void)fprintf(stderr, "reader: a torn answer\n");
            _exit(2);
        }
        if (status == IMGMATCH_OK && round % 16 == 0) {
            status = imx_store_list(store, count_item, &listed, &diag);
            if (listed % MEMBERS != 0) {
                _exit(3);
            }
        }
        if (status == IMGMATCH_OK && round % 64 == 0) {
            status = imx_store_verify(store, NULL, NULL, &diag);
        }
    }
    if (status != IMGMATCH_OK) {
        (void)fprintf(stderr, "reader: %s\n", diag.message);
        _exit(1);
    }
    imx_store_close(store);
    _exit(0);
}

static void test_everyone_sees_whole_changes(void **state) {
    place *here = *state;
    const char *asked = getenv("IMGMATCH_CONCURRENCY_MS");
    double duration_ms = asked != NULL ? atof(asked) : 1500;
    const char *asked_processes = getenv("IMGMATCH_CONCURRENCY_PROCESSES");
    int processes = asked_processes != NULL ? atoi(asked_processes) : DEFAULT_PROCESSES;
    assert_in_range(processes, 0, MAX_PROCESSES);
    place_close(here);
    /* Processes first: a fork copies no threads. */
    pid_t children[MAX_PROCESSES];
    for (int i = 0; i < processes; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            run_process(here->path, 100 + (uint64_t)i, duration_ms);
        }
    }
    place_open(here);
    shared self = {.store = here->writer};
    shared own = {.store = place_open_reader(here)};
    pthread_t threads[THREADS + OWN_THREADS + 1];
    for (size_t i = 0; i < THREADS + OWN_THREADS + 1; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL,
                                        i == THREADS + OWN_THREADS ? run_refresher : run_reader,
                                        i < THREADS ? &self : &own),
                         0);
    }
    imx_random random = {5};
    uint32_t changes = 0;
    for (double end = imx_clock_ms() + duration_ms; imx_clock_ms() < end; changes++) {
        uint32_t group = imx_random_below(&random, GROUPS), dice = imx_random_below(&random, 20);
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        imgmatch_status status =
            dice == 0  ? imx_store_compact_as(self.store, kinds[changes % KINDS], &diag)
            : dice < 4 ? remove_group(self.store, group)
                       : add_group(self.store, group, changes + 1);
        if (status != IMGMATCH_OK) {
            fail_msg("change: %s", diag.message);
        }
    }
    atomic_store(&self.stop, true);
    atomic_store(&own.stop, true);
    for (size_t i = 0; i < THREADS + OWN_THREADS + 1; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    for (int i = 0; i < processes; i++) {
        int result = 0;
        assert_int_equal(waitpid(children[i], &result, 0), children[i]);
        assert_int_equal(result, 0);
    }
    imx_store_close(own.store);
    print_message("%u changes, %u looks, %u more with %u times refreshed\n", changes,
                  atomic_load(&self.looks), atomic_load(&own.looks), atomic_load(&own.refreshed));
    assert_int_equal(atomic_load(&self.wrong) + atomic_load(&own.wrong), 0);
    assert_true(changes > 0 && atomic_load(&self.looks) > THREADS);
    assert_true(atomic_load(&own.looks) > OWN_THREADS && atomic_load(&own.refreshed) > 0);
    assert_int_equal(sample_verify(self.store), IMGMATCH_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
        test_everyone_sees_whole_changes, place_set_up, place_tear_down)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
