/*
 * Approximate indexes against exact search: over clustered embeddings with groups of identical ones
 * (which ruin graphs) and hash-only items among them, recall@10 has to stay above a floor, what is
 * found has to carry the exact score, and what was removed, added or replaced since has to be left
 * out or found as ever. Hashes of the same catalogue are found exactly, by tables and by scans. A
 * damaged block has to be an error. The numbers are seeded.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/half.h"
#include "catalogue/inner_product.h"
#include "catalogue/snapshot.h"
#include "integration/catalogue/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIMENSION 48u
#define ITEMS 20000u
#define CLUSTERS 200u
#define TWINS 300u    /* Items with one and the same embedding. */
#define HASH_ONLY 50u /* One in so many. */
#define QUERIES 200
#define K 10u
#define FLOOR 0.98
#define MOST_EXACT 50000u /* Of kind AUTO; as documented. */

typedef struct truth_item {
    bool live;
    bool hash_only;
    uint16_t halves[DIMENSION]; /* Of hash-only items zeros. */
    imgmatch_pdq pdq;
} truth_item;

typedef struct fixture {
    place place;
    truth_item *items; /* [seq] */
    size_t count;
    imx_random random;
    float centres[CLUSTERS][DIMENSION];
} fixture;

static void near_centre(float *out, const fixture *self, imx_random *random) {
    const float *centre = self->centres[imx_random_below(random, CLUSTERS)];
    sample_near(out, centre, 0.3 + imx_random_unit(random), DIMENSION, random);
}

static void make_item(truth_item *out, fixture *self, size_t seq) {
    float vector[DIMENSION];
    *out = (truth_item){.live = true};
    if (seq % HASH_ONLY == 2) {
        memset(vector, 0, sizeof vector);
        out->hash_only = true;
    } else if (seq % (ITEMS / TWINS) == 1) {
        memcpy(vector, self->centres[0], sizeof vector);
    } else {
        near_centre(vector, self, &self->random);
    }
    imx_half_from_float(out->halves, vector, DIMENSION);
    sample_hash(&out->pdq, &self->random);
}

static void add(fixture *self, size_t count) {
    imx_item_record *records = calloc(count, sizeof *records);
    char(*ids)[16] = calloc(count, sizeof *ids);
    bool *replaced = calloc(count, sizeof *replaced);
    assert_true(records != NULL && ids != NULL && replaced != NULL);
    for (size_t i = 0; i < count; i++) {
        truth_item *item = &self->items[++self->count];
        make_item(item, self, self->count);
        (void)snprintf(ids[i], sizeof ids[i], "%zu", self->count);
        records[i] =
            (imx_item_record){.id = ids[i],
                              .product = "",
                              .brand = "",
                              .source = "",
                              .metadata = "{}",
                              .view_count = 1,
                              .views = {{item->pdq, item->hash_only ? NULL : item->halves}}};
    }
    assert_int_equal(imx_store_add(replaced, self->place.writer, records, count, NULL),
                     IMGMATCH_OK);
    free(records);
    free(ids);
    free(replaced);
}

static void remove_item(fixture *self, size_t seq) {
    char id[24];
    const char *ids[] = {id};
    size_t removed = 0;
    (void)snprintf(id, sizeof id, "%zu", seq);
    assert_int_equal(imx_store_remove(&removed, self->place.writer, ids, 1, NULL), IMGMATCH_OK);
    self->items[seq].live = false;
}

static int set_up(void **state) {
    fixture *self = place_new(sizeof *self, DIMENSION);
    *state = self;
    self->random.state = 20250518;
    self->items = calloc(MOST_EXACT + 2, sizeof *self->items);
    assert_non_null(self->items);
    for (size_t i = 0; i < CLUSTERS; i++) {
        sample_direction(self->centres[i], DIMENSION, &self->random);
    }
    add(self, ITEMS);
    return 0;
}

static int tear_down(void **state) {
    fixture *self = *state;
    free(self->items);
    place_free(&self->place);
    return 0;
}

typedef struct scored {
    int64_t seq;
    float similarity;
} scored;

static int by_similarity(const void *left, const void *right) {
    const scored *a = left, *b = right;
    if (a->similarity != b->similarity) {
        return a->similarity > b->similarity ? -1 : 1;
    }
    return (a->seq > b->seq) - (a->seq < b->seq);
}

static float similarity_of(const truth_item *item, const float *query) {
    float vector[DIMENSION];
    imx_half_to_float(vector, item->halves, DIMENSION);
    return imx_inner_product(query, vector, DIMENSION);
}

static size_t search_exactly(scored *out, const fixture *self, const float *query) {
    size_t count = 0;
    for (size_t seq = 1; seq <= self->count; seq++) {
        if (self->items[seq].live) {
            out[count++] = (scored){(int64_t)seq, similarity_of(&self->items[seq], query)};
        }
    }
    qsort(out, count, sizeof *out, by_similarity);
    return count;
}

/* How many of the K best were found; all that was found has to be right. */
static size_t count_found(const fixture *self, const imx_snapshot *snapshot, const float *query,
                          const scored *best) {
    imx_hit hits[K];
    size_t count = 0, found = 0;
    assert_int_equal(imx_snapshot_search_embedding(hits, &count, snapshot, query, K, NULL),
                     IMGMATCH_OK);
    assert_int_equal(count, K);
    for (size_t i = 0; i < K; i++) {
        const truth_item *item = &self->items[hits[i].seq];
        assert_true(item->live);
        float exact = similarity_of(item, query);
        assert_memory_equal(&hits[i].similarity, &exact, sizeof exact);
        assert_true(i == 0 || hits[i - 1].similarity > exact ||
                    (hits[i - 1].similarity == exact && hits[i - 1].rank < hits[i].rank));
        /* Of equally near ones any will do. */
        found += exact >= best[K - 1].similarity;
    }
    return found;
}

static void check_recall(fixture *self) {
    scored *best = calloc(self->count, sizeof *best);
    imx_random random = {99};
    size_t found = 0;
    imx_snapshot *snapshot = imx_store_hold(self->place.writer);
    assert_non_null(best);
    for (int i = 0; i < QUERIES; i++) {
        float query[DIMENSION];
        near_centre(query, self, &random);
        (void)search_exactly(best, self, query);
        found += count_found(self, snapshot, query, best);
    }
    imx_snapshot_release(snapshot);
    free(best);
    double recall = (double)found / (QUERIES * K);
    if (recall < FLOOR) {
        fail_msg("recall@%u is %.4f", K, recall);
    }
}

static void check_hashes(fixture *self) {
    static const int limits[] = {0, 15, 31, 63, 100};
    imx_snapshot *snapshot = imx_store_hold(self->place.writer);
    imx_hit *hits = calloc(self->count, sizeof *hits);
    imx_random random = {7};
    assert_non_null(hits);
    for (size_t i = 0; i < 50; i++) {
        int limit = limits[i % 5];
        imgmatch_pdq query = self->items[1 + imx_random_below(&random, (uint32_t)self->count)].pdq;
        for (int bit = 0; bit < limit; bit++) {
            query.hash[bit % 32] = (uint8_t)(query.hash[bit % 32] ^ 1u << (bit / 32));
        }
        size_t expected = 0, count = 0;
        for (size_t seq = 1; seq <= self->count; seq++) {
            expected +=
                self->items[seq].live && sample_distance(&query, &self->items[seq].pdq) <= limit;
        }
        assert_int_equal(
            imx_snapshot_search_hash(hits, &count, snapshot, &query, 1, limit, self->count, NULL),
            IMGMATCH_OK);
        assert_int_equal(count, expected);
    }
    free(hits);
    imx_snapshot_release(snapshot);
}

static void check_kind(fixture *self, imgmatch_index_kind kind) {
    imgmatch_catalogue_stat stat;
    assert_int_equal(imx_store_compact_as(self->place.writer, kind, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_stat(&stat, self->place.writer, NULL), IMGMATCH_OK);
    assert_int_equal(stat.index_kind, kind);
    assert_int_equal(stat.indexed, stat.items);
    check_recall(self);
    check_hashes(self);
    assert_int_equal(sample_verify(self->place.writer), IMGMATCH_OK);

    /* Removed from the index, added behind it. */
    for (size_t seq = 1; seq < ITEMS; seq += 7) {
        remove_item(self, seq);
        if (seq > 1000) {
            seq += 50;
        }
    }
    add(self, 500);
    check_recall(self);
    check_hashes(self);

    /* What was chosen is kept to. */
    assert_int_equal(imx_store_compact(self->place.writer, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_stat(&stat, self->place.writer, NULL), IMGMATCH_OK);
    assert_int_equal(stat.index_kind, kind);
    check_recall(self);
    assert_int_equal(sample_verify(self->place.writer), IMGMATCH_OK);
}

static void test_ivf_recall(void **state) { check_kind(*state, IMGMATCH_INDEX_IVF); }

static void test_hnsw_recall(void **state) { check_kind(*state, IMGMATCH_INDEX_HNSW); }

/* Nearly all of the nearest are gone, so that a first look finds too few. */
static void test_removed_neighbours_do_not_shorten_answers(void **state) {
    fixture *self = *state;
    assert_int_equal(imx_store_compact_as(self->place.writer, IMGMATCH_INDEX_IVF, NULL),
                     IMGMATCH_OK);
    scored *best = calloc(self->count, sizeof *best);
    assert_non_null(best);
    (void)search_exactly(best, self, self->centres[3]);
    for (size_t i = 0; i < 1500; i++) {
        remove_item(self, (size_t)best[i].seq);
    }
    size_t live = search_exactly(best, self, self->centres[3]);
    assert_true(live > K);
    imx_snapshot *snapshot = imx_store_hold(self->place.writer);
    (void)count_found(self, snapshot, self->centres[3], best);
    imx_snapshot_release(snapshot);
    free(best);
}

static void index_path(char out[700], const fixture *self) {
    imgmatch_catalogue_stat stat;
    assert_int_equal(imx_store_stat(&stat, self->place.writer, NULL), IMGMATCH_OK);
    (void)snprintf(out, 700, "%s/index-%llu.imx", self->place.path,
                   (unsigned long long)stat.generation);
}

/* A compaction unlinks the file that a reader has mapped, most of it not yet looked at: the reader
 * goes on with it, is told that there is a newer one, and takes that up. */
static void test_reader_keeps_its_generation(void **state) {
    fixture *self = *state;
    imx_store *reader = NULL;
    bool newer = true, changed = false;
    char old_index[700];
    assert_int_equal(imx_store_compact_as(self->place.writer, IMGMATCH_INDEX_IVF, NULL),
                     IMGMATCH_OK);
    index_path(old_index, self);
    assert_int_equal(access(old_index, R_OK), 0);
    assert_int_equal(imx_store_open(&reader, self->place.path, NULL, false, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_has_newer(&newer, reader, NULL), IMGMATCH_OK);
    assert_false(newer);
    imx_snapshot *before = imx_store_hold(reader);

    remove_item(self, 10);
    assert_int_equal(imx_store_has_newer(&newer, self->place.writer, NULL), IMGMATCH_OK);
    assert_false(newer); /* The writer has it. */
    assert_int_equal(imx_store_has_newer(&newer, reader, NULL), IMGMATCH_OK);
    assert_true(newer);
    assert_int_equal(imx_store_compact(self->place.writer, NULL), IMGMATCH_OK);
    assert_int_not_equal(access(old_index, F_OK), 0); /* Its room goes with the last holder. */
    float query[DIMENSION];
    imx_half_to_float(query, self->items[10].halves, DIMENSION);
    imx_hit hit;
    size_t count = 0;
    assert_int_equal(imx_snapshot_search_embedding(&hit, &count, before, query, 1, NULL),
                     IMGMATCH_OK);
    assert_int_equal(hit.seq, 10);

    assert_int_equal(imx_store_refresh(&changed, reader, NULL), IMGMATCH_OK);
    assert_true(changed);
    assert_int_equal(imx_store_has_newer(&newer, reader, NULL), IMGMATCH_OK);
    assert_false(newer);
    imx_snapshot *after = imx_store_hold(reader);
    assert_int_equal(imx_snapshot_search_embedding(&hit, &count, after, query, 1, NULL),
                     IMGMATCH_OK);
    assert_int_not_equal(hit.seq, 10);
    /* The old one is still whole, for those who hold it. */
    assert_int_equal(imx_snapshot_search_embedding(&hit, &count, before, query, 1, NULL),
                     IMGMATCH_OK);
    assert_int_equal(hit.seq, 10);
    imx_snapshot_release(before);
    imx_snapshot_release(after);
    imx_store_close(reader);
}

/* Each byte in turn of some hundred places: an error that names the file, or an answer that does
 * not need it; never a wrong score. */
static void test_damage_is_an_error_when_it_matters(void **state) {
    fixture *self = *state;
    char index[700];
    size_t size = 0, refused = 0;
    assert_int_equal(imx_store_compact_as(self->place.writer, IMGMATCH_INDEX_IVF, NULL),
                     IMGMATCH_OK);
    index_path(index, self);
    imx_store_close(self->place.writer);
    self->place.writer = NULL;
    uint8_t *bytes = sample_read_file(&size, index);
    assert_non_null(bytes);
    imx_identity identity = sample_identity();
    identity.dimension = DIMENSION;
    for (int i = 0; i < 120; i++) {
        size_t at = (size_t)(imx_random_unit(&self->random) * (double)size);
        bytes[at] ^= 0x10;
        assert_true(sample_write_file(index, bytes, size));
        imx_store *store = NULL;
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        imgmatch_status status = imx_store_open(&store, self->place.path, &identity, false, &diag);
        if (status == IMGMATCH_OK) {
            imx_hit hits[K];
            size_t count = 0;
            imx_snapshot *snapshot = imx_store_hold(store);
            status = imx_snapshot_search_embedding(hits, &count, snapshot, self->centres[i % 9], K,
                                                   &diag);
            for (size_t hit = 0; hit < count; hit++) {
                float exact = similarity_of(&self->items[hits[hit].seq], self->centres[i % 9]);
                assert_memory_equal(&hits[hit].similarity, &exact, sizeof exact);
            }
            imx_snapshot_release(snapshot);
        }
        if (status != IMGMATCH_OK) {
            assert_int_equal(status, IMGMATCH_ERR_CATALOGUE);
            assert_non_null(strstr(diag.message, index));
            refused++;
        }
        imx_store_close(store);
        bytes[at] ^= 0x10;
    }
    assert_true(refused > 20);
    for (size_t cut = 0; cut < 3; cut++) {
        assert_true(sample_write_file(index, bytes, cut == 0 ? 100 : size * cut / 3));
        imx_store *store = NULL;
        assert_int_equal(imx_store_open(&store, self->place.path, &identity, false, NULL),
                         IMGMATCH_ERR_CATALOGUE);
    }
    free(bytes);
}

static imgmatch_index_kind kind_now(const fixture *self) {
    assert_int_equal(imx_store_compact(self->place.writer, NULL), IMGMATCH_OK);
    imx_snapshot *snapshot = imx_store_hold(self->place.writer);
    imgmatch_index_kind kind = imx_snapshot_index_kind(snapshot);
    imx_snapshot_release(snapshot);
    return kind;
}

/* Unless a kind was asked for, nothing is missed up to as many items as the documentation says, and
 * again once there are no more. */
static void test_kind_follows_the_number_of_items(void **state) {
    fixture *self = *state;
    add(self, MOST_EXACT - ITEMS);
    assert_int_equal(kind_now(self), IMGMATCH_INDEX_EXACT);
    add(self, 1);
    assert_int_equal(kind_now(self), IMGMATCH_INDEX_IVF);
    remove_item(self, 1);
    assert_int_equal(kind_now(self), IMGMATCH_INDEX_EXACT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ivf_recall, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hnsw_recall, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_removed_neighbours_do_not_shorten_answers, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_kind_follows_the_number_of_items, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reader_keeps_its_generation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damage_is_an_error_when_it_matters, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
