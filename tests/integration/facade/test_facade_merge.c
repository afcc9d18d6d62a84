/*
 * Shards that were indexed apart and merged answer as one run over all photos, byte for byte: with
 * more copies of a photo than there are candidates, so that ties decide who is looked at; with bare
 * hashes that are as near as photos; and whatever kind of index is forced.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "integration/facade/pictures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHARDS 3
#define COPIES 20u /* More than are looked at. */
#define OTHERS 5u
#define HASHES 15u
#define PHOTOS (COPIES + OTHERS)

typedef struct fixture {
    workplace whole; /* All in one run, in the order of their numbers. */
    workplace merged;
    encoded pictures[1 + OTHERS]; /* The first is the one with copies. */
} fixture;

/* Ids in another order than the numbers, or ties by number and by id would agree. */
static void id_of(char out[16], uint32_t number) {
    (void)snprintf(out, 16, "p%02u", number * 7 % PHOTOS);
}

static const encoded *picture_of(const fixture *self, uint32_t number) {
    return &self->pictures[number < COPIES ? 0 : 1 + number - COPIES];
}

static void add(const fixture *self, imgmatch_catalogue *catalogue, uint32_t number) {
    char id[16];
    imgmatch_outcome outcome;
    id_of(id, number);
    imgmatch_photo photo = photo_of(picture_of(self, number), id);
    assert_int_equal(imgmatch_catalogue_add(&outcome, catalogue, &photo, 1, NULL, NULL),
                     IMGMATCH_OK);
    assert_int_equal(outcome.kind, IMGMATCH_OUTCOME_ADDED);
}

/* Bare hashes `first`, `first + step`...: those of the photo with copies, a few bits away or none.
 */
static void import_hashes(const fixture *self, const workplace *place, uint32_t first,
                          uint32_t step) {
    char path[600], id[16];
    imgmatch_item *item = NULL;
    id_of(id, 0);
    assert_int_equal(imgmatch_catalogue_get(&item, self->whole.catalogue, id, NULL), IMGMATCH_OK);
    (void)snprintf(path, sizeof path, "%s/hashes.csv", place->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (uint32_t i = first; i < HASHES; i += step) {
        for (uint32_t b = 0; b < IMGMATCH_PDQ_BYTES; b++) {
            (void)fprintf(file, "%02x", item->pdq.hash[b] ^ (b < i / 5 ? 1u : 0u));
        }
        (void)fprintf(file, ",h%02u\n", i * 4 % HASHES);
    }
    assert_int_equal(fclose(file), 0);
    imgmatch_item_free(item);
    imgmatch_exchange_report report;
    assert_int_equal(imgmatch_catalogue_import(&report, place->catalogue, path, NULL, NULL),
                     IMGMATCH_OK);
    assert_int_equal(report.added, (HASHES - first + step - 1) / step);
}

/* Every third photo, counted from the end. */
static void make_shard(const fixture *self, workplace *out, uint32_t shard) {
    workplace_open(out);
    for (uint32_t number = PHOTOS; number > 0; number--) {
        if ((number - 1) % SHARDS == shard) {
            add(self, out->catalogue, number - 1);
        }
    }
    import_hashes(self, out, shard, SHARDS);
}

static int set_up(void **state) {
    fixture *self = calloc(1, sizeof *self);
    workplace_open(&self->whole);
    workplace_open(&self->merged);
    for (uint32_t i = 0; i <= OTHERS; i++) {
        self->pictures[i] = i % 2 == 0 ? picture_png(i) : picture_cropped_jpeg(i - 1);
    }
    for (uint32_t number = 0; number < PHOTOS; number++) {
        add(self, self->whole.catalogue, number);
    }
    import_hashes(self, &self->whole, 0, 1);
    for (uint32_t shard = SHARDS; shard > 0; shard--) {
        workplace part;
        imgmatch_exchange_report report;
        make_shard(self, &part, shard - 1);
        assert_int_equal(
            imgmatch_catalogue_merge(&report, self->merged.catalogue, part.path, NULL, NULL),
            IMGMATCH_OK);
        assert_int_equal(report.failed, 0);
        workplace_close(&part);
    }
    *state = self;
    return 0;
}

static int tear_down(void **state) {
    fixture *self = *state;
    workplace_close(&self->whole);
    workplace_close(&self->merged);
    for (uint32_t i = 0; i <= OTHERS; i++) {
        imgmatch_free(self->pictures[i].bytes);
    }
    free(self);
    return 0;
}

/* The answer without the catalogue's generation, which counts changes, and the times. */
static char *answer(const workplace *place, const encoded *picture, imgmatch_effort effort,
                    size_t *matches) {
    imgmatch_photo photo = photo_of(picture, "query");
    imgmatch_query_options options = IMGMATCH_QUERY_OPTIONS_INIT;
    imgmatch_result *result = NULL;
    char *text = NULL;
    options.min_score = 0;
    options.threads = 1;
    options.effort = effort;
    options.top = 10;
    assert_int_equal(imgmatch_query(&result, place->catalogue, &photo, &options, NULL),
                     IMGMATCH_OK);
    *matches = imgmatch_result_match_count(result);
    assert_int_equal(imgmatch_result_to_json(&text, result, NULL), IMGMATCH_OK);
    char *end = strstr(text, ",\"catalogue\":");
    assert_non_null(end);
    *end = '\0';
    imgmatch_result_free(result);
    return text;
}

static void expect_same_answer(const fixture *self, const encoded *picture,
                               imgmatch_effort effort) {
    size_t matches = 0, matches_merged = 0;
    char *one = answer(&self->whole, picture, effort, &matches);
    char *other = answer(&self->merged, picture, effort, &matches_merged);
    assert_true(matches > 0 && matches_merged == matches);
    assert_string_equal(one, other);
    imgmatch_free(one);
    imgmatch_free(other);
}

static void expect_same_answers(const fixture *self) {
    for (uint32_t i = 0; i < 3; i++) {
        expect_same_answer(self, &self->pictures[i], IMGMATCH_EFFORT_FAST);
    }
    size_t matches = 0;
    imgmatch_free(answer(&self->whole, &self->pictures[0], IMGMATCH_EFFORT_FAST, &matches));
    assert_true(matches < COPIES); /* Ties have left some out. */
}

static void expect_figures(const workplace *place, imgmatch_index_kind kind) {
    imgmatch_catalogue_stat stat;
    assert_int_equal(imgmatch_catalogue_get_stat(&stat, place->catalogue, NULL), IMGMATCH_OK);
    assert_int_equal(stat.items, PHOTOS + HASHES);
    assert_int_equal(stat.hash_only, HASHES);
    assert_int_equal(stat.index_kind, kind);
    assert_int_equal(imgmatch_catalogue_verify(place->catalogue, NULL, NULL, NULL), IMGMATCH_OK);
}

static void test_merged_shards_answer_as_one_run(void **state) {
    const fixture *self = *state;
    static const imgmatch_index_kind kinds[] = {IMGMATCH_INDEX_EXACT, IMGMATCH_INDEX_IVF,
                                                IMGMATCH_INDEX_HNSW};
    expect_figures(&self->whole, IMGMATCH_INDEX_AUTO);
    expect_figures(&self->merged, IMGMATCH_INDEX_AUTO);
    expect_same_answers(self);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        assert_int_equal(imgmatch_catalogue_compact_as(self->whole.catalogue, kinds[i], NULL),
                         IMGMATCH_OK);
        expect_same_answers(self); /* One has a main index, the other has a tail or another. */
        assert_int_equal(imgmatch_catalogue_compact_as(self->merged.catalogue, kinds[i], NULL),
                         IMGMATCH_OK);
        expect_same_answers(self);
        expect_figures(&self->whole, kinds[i]);
        expect_figures(&self->merged, kinds[i]);
    }
    expect_same_answer(self, &self->pictures[0], IMGMATCH_EFFORT_STANDARD);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_merged_shards_answer_as_one_run, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
