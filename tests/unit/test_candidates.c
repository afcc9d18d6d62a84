/* Which references are looked at closely. What is not among them cannot be found, whatever it is
 * like. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/half.h"
#include "integration/catalogue/place.h"
#include "match/candidates.h"

#define DECOYS 150u
#define GENUINE DECOYS
#define LOOKS 32u

typedef struct fixture {
    place place;
    float whole[SAMPLE_DIMENSION]; /* What the query as a whole looks like, */
    float tile[SAMPLE_DIMENSION];  /* and a tile of it. */
    sample samples[DECOYS + 1];
    imx_candidate found[IMX_CANDIDATES_MAX];
} fixture;

/* The genuine one is somewhat like the whole, the others very much like the tile. */
static int set_up(void **state) {
    fixture *self = place_new(sizeof *self, SAMPLE_DIMENSION);
    imx_random random = {31};
    imx_item_record records[DECOYS + 1];
    sample_direction(self->whole, SAMPLE_DIMENSION, &random);
    sample_direction(self->tile, SAMPLE_DIMENSION, &random);
    for (uint32_t i = 0; i <= DECOYS; i++) {
        float near[SAMPLE_DIMENSION];
        sample_fill(&self->samples[i], i, 0);
        sample_near(near, i == GENUINE ? self->whole : self->tile, i == GENUINE ? 1.0 : 0.2,
                    SAMPLE_DIMENSION, &random);
        imx_half_from_float(self->samples[i].halves[0], near, SAMPLE_DIMENSION);
        records[i] = self->samples[i].record;
        records[i].view_count = 1;
    }
    bool replaced[DECOYS + 1];
    assert_int_equal(imx_store_add(replaced, self->place.writer, records, DECOYS + 1, NULL),
                     IMGMATCH_OK);
    *state = self;
    return 0;
}

static int tear_down(void **state) {
    place_free(*state);
    return 0;
}

static size_t look(fixture *self, uint32_t views, uint32_t found, size_t most) {
    float embeddings[2 * SAMPLE_DIMENSION];
    imx_prints query = {
        .count = views, .found = found, .dimension = SAMPLE_DIMENSION, .embeddings = embeddings};
    for (size_t i = 0; i < SAMPLE_DIMENSION; i++) {
        embeddings[i] = self->whole[i];
        embeddings[SAMPLE_DIMENSION + i] = self->tile[i];
    }
    for (uint32_t i = 0; i < views; i++) {
        query.views[i].embedding = embeddings + (size_t)i * SAMPLE_DIMENSION;
    }
    imx_snapshot *snapshot = imx_store_hold(self->place.writer);
    size_t count = 0;
    assert_int_equal(imx_candidates_find(self->found, &count, snapshot, &query, most, NULL),
                     IMGMATCH_OK);
    imx_snapshot_release(snapshot);
    assert_true(count <= most);
    for (size_t i = 1; i < count; i++) {
        assert_true(self->found[i - 1].promise >= self->found[i].promise);
    }
    return count;
}

/* Items are numbered as they were added. */
static bool has(const fixture *self, size_t count, int64_t first, uint32_t number) {
    for (size_t i = 0; i < count; i++) {
        if (self->found[i].seq == first + number) {
            return true;
        }
    }
    return false;
}

static void what_tiles_look_like_does_not_crowd_out_the_whole(void **state) {
    fixture *self = *state;
    size_t count = look(self, 1, 1, LOOKS);
    int64_t first = self->found[0].seq - GENUINE; /* Nothing is as much like the whole. */
    assert_true(has(self, count, first, GENUINE));
    /* All views alike: the tile's are more, and better. */
    count = look(self, 2, 2, LOOKS);
    assert_int_equal(count, LOOKS);
    assert_false(has(self, count, first, GENUINE));
    count = look(self, 2, 1, LOOKS);
    assert_int_equal(count, LOOKS);
    assert_true(has(self, count, first, GENUINE));
    /* The tile's best are there as well. */
    assert_true(self->found[0].seq != first + GENUINE);
    count = look(self, 2, 1, 1);
    assert_int_equal(count, 1);
    assert_true(has(self, count, first, GENUINE));
}

/* A catalogue may have one photo under hundreds of ids: who asks for them all gets them all. */
static void as_many_are_found_as_are_asked_for(void **state) {
    fixture *self = *state;
    assert_int_equal(look(self, 2, 2, DECOYS), DECOYS);
    assert_int_equal(look(self, 2, 2, IMX_CANDIDATES_MAX), DECOYS + 1);
    assert_int_equal(look(self, 2, 1, 1000), DECOYS + 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_tiles_look_like_does_not_crowd_out_the_whole, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(as_many_are_found_as_are_asked_for, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
