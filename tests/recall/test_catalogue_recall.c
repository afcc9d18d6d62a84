/* Searches are exact: every answer is compared with brute force over all live items, similarities
 * bit by bit, whether items lie in the main index, in the tail or were removed. Embeddings come in
 * clusters with near and exact duplicates, as catalogues of colour variants have them, and hashes
 * likewise: ties are where an index goes wrong first. The numbers are seeded. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/half.h"
#include "catalogue/inner_product.h"
#include "catalogue/rows.h"
#include "integration/catalogue/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIMENSION 64u
#define ITEMS 12000u
#define BATCH 250u
#define CLUSTERS 60u
#define MAX_K 200u

/* The truth: what was added, by seq. */
typedef struct truth_item {
    bool live;
    uint64_t rank;
    uint32_t views;
    uint16_t halves[IMX_MAX_VIEWS][DIMENSION];
    imgmatch_pdq pdq[IMX_MAX_VIEWS];
} truth_item;

typedef struct fixture {
    place place;
    truth_item *items; /* [seq] */
    size_t count;      /* Seqs run from 1 to this. */
    imx_random random;
    float centres[CLUSTERS][DIMENSION];
    imgmatch_pdq hash_centres[CLUSTERS];
} fixture;

static void flip_bits(imgmatch_pdq *pdq, uint32_t count, imx_random *random) {
    for (; count > 0; count--) {
        uint32_t bit = imx_random_below(random, 256);
        pdq->hash[bit / 8] = (uint8_t)(pdq->hash[bit / 8] ^ (1u << (bit % 8)));
    }
}

static void make_item(truth_item *out, fixture *self) {
    imx_random *random = &self->random;
    *out = (truth_item){.live = true, .views = 1 + imx_random_below(random, IMX_MAX_VIEWS)};
    for (uint32_t view = 0; view < out->views; view++) {
        uint32_t cluster = imx_random_below(random, CLUSTERS);
        uint32_t kind = imx_random_below(random, 10);
        float direction[DIMENSION];
        out->pdq[view] = self->hash_centres[cluster];
        if (kind == 0) { /* An exact duplicate of the centre. */
            memcpy(direction, self->centres[cluster], sizeof direction);
        } else {
            sample_near(direction, self->centres[cluster], 0.01 * kind * kind, DIMENSION, random);
            flip_bits(&out->pdq[view], 10 * kind, random);
        }
        imx_half_from_float(out->halves[view], direction, DIMENSION);
    }
}

/* Add a batch of new items; they get the next seqs. */
static void add_batch(fixture *self, const uint32_t *numbers) {
    static imx_item_record records[BATCH];
    static char ids[BATCH][32];
    bool replaced[BATCH];
    for (size_t i = 0; i < BATCH; i++) {
        truth_item *item = &self->items[++self->count];
        make_item(item, self);
        uint32_t number = numbers == NULL ? (uint32_t)self->count : numbers[i];
        (void)snprintf(ids[i], sizeof ids[i], "%u", number);
        item->rank = imx_item_rank(ids[i]);
        records[i] = (imx_item_record){.id = ids[i],
                                       .product = "",
                                       .brand = "",
                                       .source = "",
                                       .metadata = "{}",
                                       .view_count = item->views};
        for (uint32_t view = 0; view < item->views; view++) {
            records[i].views[view].pdq = item->pdq[view];
            records[i].views[view].embedding = item->halves[view];
        }
        if (numbers != NULL) {
            self->items[numbers[i]].live = false; /* The id of a first version is its seq. */
        }
    }
    assert_int_equal(imx_store_add(replaced, self->place.writer, records, BATCH, NULL),
                     IMGMATCH_OK);
    for (size_t i = 0; i < BATCH; i++) {
        assert_int_equal(replaced[i], numbers != NULL);
    }
}

static int set_up(void **state) {
    fixture *self = place_new(sizeof *self, DIMENSION);
    *state = self;
    self->random.state = 20240611;
    self->items = calloc(2 * ITEMS + 1, sizeof *self->items);
    assert_non_null(self->items);
    for (size_t i = 0; i < CLUSTERS; i++) {
        sample_direction(self->centres[i], DIMENSION, &self->random);
        sample_hash(&self->hash_centres[i], &self->random);
    }
    return 0;
}

static int tear_down(void **state) {
    fixture *self = *state;
    free(self->items);
    place_free(&self->place);
    return 0;
}

typedef struct expected_hit {
    int64_t seq;
    uint64_t rank;
    float similarity;
    int distance;
} expected_hit;

static int by_similarity(const void *left, const void *right) {
    const expected_hit *a = left, *b = right;
    if (a->similarity != b->similarity) {
        return a->similarity > b->similarity ? -1 : 1;
    }
    return a->rank < b->rank ? -1 : 1;
}

static int by_distance(const void *left, const void *right) {
    const expected_hit *a = left, *b = right;
    if (a->distance != b->distance) {
        return a->distance < b->distance ? -1 : 1;
    }
    return a->rank < b->rank ? -1 : 1;
}

/* Among others it is answered as by itself, wherever it stands: the first four are scanned
 * together, the others one by one. */
static void check_among_others(const fixture *self, const imx_snapshot *snapshot,
                               const float *query, size_t k, const imx_hit *alone, size_t count) {
    enum { QUERIES = 6 };
    float queries[QUERIES][DIMENSION];
    size_t counts[QUERIES];
    for (size_t q = 0; q < QUERIES; q++) {
        memcpy(queries[q], q % 4 == 1 ? query : self->centres[q], sizeof queries[q]);
    }
    imx_hit *hits = calloc(QUERIES * k, sizeof *hits);
    assert_non_null(hits);
    assert_int_equal(
        imx_snapshot_search_embeddings(hits, counts, snapshot, queries[0], QUERIES, k, NULL),
        IMGMATCH_OK);
    for (size_t q = 1; q < QUERIES; q += 4) {
        assert_int_equal(counts[q], count);
        for (size_t i = 0; i < count; i++) {
            const imx_hit *hit = &hits[q * k + i];
            assert_int_equal(hit->seq, alone[i].seq);
            assert_int_equal(hit->view, alone[i].view);
            assert_memory_equal(&hit->similarity, &alone[i].similarity, sizeof(float));
        }
    }
    free(hits);
}

static void check_embedding(fixture *self, const imx_snapshot *snapshot, const float *query,
                            size_t k) {
    expected_hit *expected = calloc(self->count, sizeof *expected);
    size_t count = 0, found = 0;
    for (size_t seq = 1; seq <= self->count; seq++) {
        const truth_item *item = &self->items[seq];
        for (uint32_t view = 0; item->live && view < item->views; view++) {
            float vector[DIMENSION];
            imx_half_to_float(vector, item->halves[view], DIMENSION);
            float similarity = imx_inner_product(query, vector, DIMENSION);
            if (view == 0) {
                expected[count++] = (expected_hit){
                    .seq = (int64_t)seq, .rank = item->rank, .similarity = similarity};
            } else if (similarity > expected[count - 1].similarity) {
                expected[count - 1].similarity = similarity;
            }
        }
    }
    qsort(expected, count, sizeof *expected, by_similarity);
    imx_hit *hits = calloc(k + 1, sizeof *hits);
    assert_int_equal(imx_snapshot_search_embedding(hits, &found, snapshot, query, k, NULL),
                     IMGMATCH_OK);
    assert_int_equal(found, k < count ? k : count);
    for (size_t i = 0; i < found; i++) {
        assert_int_equal(hits[i].seq, expected[i].seq);
        assert_memory_equal(&hits[i].similarity, &expected[i].similarity, sizeof(float));
    }
    check_among_others(self, snapshot, query, k, hits, found);
    free(hits);
    free(expected);
}

static void check_hash(fixture *self, const imx_snapshot *snapshot, const imgmatch_pdq *queries,
                       size_t query_count, int max_distance, size_t k) {
    expected_hit *expected = calloc(self->count, sizeof *expected);
    size_t count = 0, found = 0;
    for (size_t seq = 1; seq <= self->count; seq++) {
        const truth_item *item = &self->items[seq];
        int best = 257;
        for (uint32_t view = 0; item->live && view < item->views; view++) {
            for (size_t q = 0; q < query_count; q++) {
                int distance = sample_distance(&item->pdq[view], &queries[q]);
                best = distance < best ? distance : best;
            }
        }
        if (best <= max_distance) {
            expected[count++] =
                (expected_hit){.seq = (int64_t)seq, .rank = item->rank, .distance = best};
        }
    }
    qsort(expected, count, sizeof *expected, by_distance);
    imx_hit *hits = calloc(k + 1, sizeof *hits);
    assert_int_equal(imx_snapshot_search_hash(hits, &found, snapshot, queries, query_count,
                                              max_distance, k, NULL),
                     IMGMATCH_OK);
    assert_int_equal(found, k < count ? k : count);
    for (size_t i = 0; i < found; i++) {
        assert_int_equal(hits[i].seq, expected[i].seq);
        assert_int_equal(hits[i].distance, expected[i].distance);
        const truth_item *item = &self->items[hits[i].seq];
        assert_int_equal(sample_distance(&item->pdq[hits[i].view], &queries[hits[i].orientation]),
                         hits[i].distance);
    }
    free(hits);
    free(expected);
}

static void check_searches(fixture *self, int rounds) {
    static const size_t ks[] = {1, 7, 64, MAX_K, ITEMS + 1};
    static const int radii[] = {0, 31, 90, 256};
    imx_snapshot *snapshot = imx_store_hold(self->place.writer);
    for (int round = 0; round < rounds; round++) {
        size_t k = ks[imx_random_below(&self->random, 5)];
        uint32_t cluster = imx_random_below(&self->random, CLUSTERS);
        float query[DIMENSION];
        sample_near(query, self->centres[cluster], round % 3 == 0 ? 0 : 0.3, DIMENSION,
                    &self->random);
        check_embedding(self, snapshot, query, k);
        imgmatch_pdq queries[8];
        size_t query_count = 1 + imx_random_below(&self->random, 8);
        for (size_t q = 0; q < query_count; q++) {
            queries[q] = self->hash_centres[imx_random_below(&self->random, CLUSTERS)];
            flip_bits(&queries[q], imx_random_below(&self->random, 60), &self->random);
        }
        check_hash(self, snapshot, queries, query_count, radii[imx_random_below(&self->random, 4)],
                   k);
    }
    imx_snapshot_release(snapshot);
}

static void remove_some(fixture *self, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        char id[32];
        const char *ids[] = {id};
        size_t removed = 0;
        uint32_t seq = 1 + imx_random_below(&self->random, ITEMS / 2);
        (void)snprintf(id, sizeof id, "%u", seq);
        assert_int_equal(imx_store_remove(&removed, self->place.writer, ids, 1, NULL), IMGMATCH_OK);
        /* The same one may come up twice, and some are not there yet. */
        assert_int_equal(removed, self->items[seq].live);
        self->items[seq].live = false;
    }
}

static void test_searches_equal_brute_force(void **state) {
    fixture *self = *state;
    for (uint32_t batch = 0; batch < ITEMS / BATCH; batch++) {
        add_batch(self, NULL);
        if (batch % 8 == 3) {
            remove_some(self, 40);
            check_searches(self, 6);
        }
    }
    check_searches(self, 40);
    /* Many removed at once, then all in the main index, then a tail of replacements on top. */
    remove_some(self, 300);
    check_searches(self, 20);
    assert_int_equal(imx_store_compact(self->place.writer, NULL), IMGMATCH_OK);
    check_searches(self, 40);
    uint32_t numbers[BATCH];
    for (uint32_t i = 0; i < BATCH; i++) {
        numbers[i] = ITEMS - i; /* The upper half was never removed from. */
    }
    add_batch(self, numbers);
    check_searches(self, 40);
    assert_int_equal(sample_verify(self->place.writer), IMGMATCH_OK);
    /* A fresh reader puts its tail together in another way, and answers the same. */
    imx_store_close(self->place.writer);
    assert_int_equal(imx_store_open(&self->place.writer, self->place.path, NULL, false, NULL),
                     IMGMATCH_OK);
    check_searches(self, 20);
}

/* The worst case for asking FAISS for a few more rows, and for bounds: thousands of equal scores.
 */
static void test_thousands_of_equals(void **state) {
    fixture *self = *state;
    for (size_t i = 0; i < CLUSTERS; i++) {
        memcpy(self->centres[i], self->centres[0], sizeof self->centres[0]);
        self->hash_centres[i] = self->hash_centres[0];
    }
    for (uint32_t batch = 0; batch < ITEMS / BATCH / 2; batch++) {
        add_batch(self, NULL);
    }
    check_searches(self, 20);
    assert_int_equal(imx_store_compact(self->place.writer, NULL), IMGMATCH_OK);
    check_searches(self, 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_searches_equal_brute_force, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_thousands_of_equals, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
