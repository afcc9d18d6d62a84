/*
 * Descriptors are compared many at a time, from a table of their own, with distances and indices in
 * one number. Here is the same one after the other: every distance, the nearest feature, the first
 * of several as near, and the nearest one at another place.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/random.h"
#include "fingerprint/descriptor_table.h"
#include "match/correspondence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t counts[] = {1, 2, 15, 16, 17, 31, 400, IMX_FEATURES_MAX};

static float fraction(imx_random *random) { return (float)imx_random_below(random, 1000) / 1000; }

/* Numbers in -range..range - 1. */
static void make_descriptor(int8_t *out, imx_random *random, uint32_t range) {
    for (size_t i = 0; i < IMX_DESCRIPTOR_BYTES; i++) {
        out[i] = (int8_t)((int32_t)imx_random_below(random, 2 * range) - (int32_t)range);
    }
}

static void make_features(imx_feature *out, uint32_t count, imx_random *random, uint32_t range) {
    for (uint32_t i = 0; i < count; i++) {
        /* Some at one place, some with one descriptor. */
        bool again = i > 0 && imx_random_below(random, 4) == 0;
        out[i] = (imx_feature){.x = fraction(random), .y = fraction(random), .scale = 0.01F};
        make_descriptor(out[i].descriptor, random, range);
        if (again && imx_random_below(random, 2) == 0) {
            out[i].x = out[i - 1].x + 0.005F;
            out[i].y = out[i - 1].y;
        } else if (again) {
            memcpy(out[i].descriptor, out[i - 1].descriptor, IMX_DESCRIPTOR_BYTES);
        }
    }
}

static void keys_hold_distances_and_indices(void **state) {
    (void)state;
    imx_random random = {.state = 11};
    imx_feature *features = calloc(IMX_FEATURES_MAX, sizeof *features);
    assert_non_null(features);
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        make_features(features, counts[c], &random, 128);
        memset(features[0].descriptor, -128, IMX_DESCRIPTOR_BYTES);
        imx_descriptor_table *table = imx_descriptor_table_new(features, counts[c]);
        assert_non_null(table);
        int8_t wanted[IMX_DESCRIPTOR_BYTES];
        for (int round = 0; round < 3; round++) {
            make_descriptor(wanted, &random, 128);
            if (round == 0) {
                memset(wanted, 127, sizeof wanted); /* As far as there is. */
            }
            const char *name = NULL;
            imx_descriptor_measure_fn measure;
            int32_t keys[IMX_TABLE_MAX];
            for (size_t which = 0; (measure = imx_descriptor_measure_variant(which, &name)) != NULL;
                 which++) {
                memset(keys, 0, sizeof keys);
                measure(keys, table, wanted);
                for (uint32_t i = 0; i < counts[c]; i++) {
                    int32_t distance = imx_descriptor_distance(features[i].descriptor, wanted);
                    assert_int_equal(keys[i], distance * (1 << IMX_KEY_INDEX_BITS) + (int32_t)i);
                }
            }
            int32_t least = imx_descriptor_table_measure(keys, table, counts[c], wanted);
            for (uint32_t i = 0; i < table->room; i++) {
                assert_true(keys[i] >= least && (i < counts[c] || keys[i] == IMX_KEY_NONE));
            }
        }
        imx_descriptor_table_free(table);
    }
    free(features);
}

/* One after the other; false when the match is not kept. */
static bool expected_match(imx_correspondence *out, const imx_features *query,
                           const int8_t *descriptor) {
    int32_t nearest = INT32_MAX, second = INT32_MAX;
    for (uint32_t i = 0; i < query->count; i++) {
        int32_t distance = imx_descriptor_distance(query->features[i].descriptor, descriptor);
        if (distance < nearest) {
            nearest = distance;
            out->query = i;
        }
    }
    const imx_feature *best = &query->features[out->query];
    for (uint32_t i = 0; i < query->count; i++) {
        const imx_feature *other = &query->features[i];
        int32_t distance = imx_descriptor_distance(other->descriptor, descriptor);
        bool near = fabsf(other->x - best->x) < 0.012F && fabsf(other->y - best->y) < 0.012F;
        second = !near && distance < second ? distance : second;
    }
    out->ratio = second == INT32_MAX || second == 0 ? 1 : sqrtf((float)nearest / (float)second);
    return out->ratio < 0.88F;
}

static void matches_are_those_of_one_after_the_other(void **state) {
    (void)state;
    imx_random random = {.state = 5};
    imx_sketch *reference = calloc(1, sizeof *reference);
    imx_features query = {.features = calloc(IMX_FEATURES_MAX, sizeof *query.features)};
    assert_non_null(reference);
    assert_non_null(query.features);
    uint32_t kept = 0, refused = 0;
    for (size_t c = 1; c < sizeof counts / sizeof *counts; c++) {
        query.count = counts[c];
        make_features(query.features, query.count, &random, 40);
        query.table = imx_descriptor_table_new(query.features, query.count);
        assert_non_null(query.table);
        reference->feature_count = IMX_SKETCH_MAX_FEATURES;
        for (uint32_t i = 0; i < reference->feature_count; i++) {
            int8_t *descriptor = reference->features[i].descriptor;
            const imx_feature *like = &query.features[imx_random_below(&random, query.count)];
            make_descriptor(descriptor, &random, 25);
            for (size_t k = 0; k < IMX_DESCRIPTOR_BYTES && i % 2 == 0; k++) {
                descriptor[k] = (int8_t)(like->descriptor[k] + descriptor[k]);
            }
        }
        imx_correspondence found[IMX_SKETCH_MAX_FEATURES];
        uint32_t count = imx_correspondences_find(found, &query, reference, false);
        uint32_t next = 0;
        for (uint32_t i = 0; i < reference->feature_count; i++) {
            imx_correspondence expected = {.reference = i};
            if (!expected_match(&expected, &query, reference->features[i].descriptor)) {
                refused++;
                continue;
            }
            assert_true(next < count);
            assert_int_equal(found[next].reference, i);
            assert_int_equal(found[next].query, expected.query);
            assert_true(found[next].ratio == expected.ratio);
            next++;
        }
        assert_int_equal(next, count);
        kept += count;
        imx_descriptor_table_free(query.table);
    }
    assert_true(kept > 100 && refused > 100);
    free(query.features);
    free(reference);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_hold_distances_and_indices),
        cmocka_unit_test(matches_are_those_of_one_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
