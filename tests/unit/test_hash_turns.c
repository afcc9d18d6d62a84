/* The classes of bits and their counts have to give the distances to turned hashes that bit by bit
 * comparison gives; a picture's orientations have to be near enough to turns for that to be of use;
 * and hashes that are no turns of one another have to be found all the same. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/random.h"
#include "catalogue/hash_index.h"
#include "fingerprint/pdq.h"
#include "unit/scene.h"

#include <string.h>

#define ROWS 1003u /* Not a multiple of what is looked at at once. */

static unsigned bit_at(const uint8_t *hash, size_t row, size_t column) {
    size_t bit = 16 * row + column;
    return ((unsigned)hash[31 - bit / 8] >> (bit % 8)) & 1u;
}

/* Turn `which`: 1 inverts even rows, 2 even columns, 4 transposes first. */
static void turn(imgmatch_pdq *out, const imgmatch_pdq *from, unsigned which) {
    *out = (imgmatch_pdq){.quality = 100};
    for (size_t row = 0; row < 16; row++) {
        for (size_t column = 0; column < 16; column++) {
            unsigned bit = (which & 4) != 0 ? bit_at(from->hash, column, row)
                                            : bit_at(from->hash, row, column);
            bit ^= (which & 1) != 0 && row % 2 == 0;
            bit ^= (which & 2) != 0 && column % 2 == 0;
            size_t at = 16 * row + column;
            out->hash[31 - at / 8] |= (uint8_t)(bit << at % 8);
        }
    }
}

static int bits_between(const uint8_t *a, const uint8_t *b) {
    int count = 0;
    for (size_t i = 0; i < IMGMATCH_PDQ_BYTES; i++) {
        count += __builtin_popcount((unsigned)(a[i] ^ b[i]));
    }
    return count;
}

static void make_random(uint8_t *hash, imx_random *random) {
    for (size_t i = 0; i < IMGMATCH_PDQ_BYTES; i++) {
        hash[i] = (uint8_t)imx_random_next(random);
    }
}

static void flip_bits(uint8_t *hash, uint32_t flips, imx_random *random) {
    for (; flips > 0; flips--) {
        uint32_t bit = imx_random_below(random, 256);
        hash[bit / 8] = (uint8_t)(hash[bit / 8] ^ 1u << bit % 8);
    }
}

static int nearest(const uint8_t *hash, const imgmatch_pdq *queries, size_t count) {
    int best = 257;
    for (size_t q = 0; q < count; q++) {
        int distance = bits_between(hash, queries[q].hash);
        best = distance < best ? distance : best;
    }
    return best;
}

/* Rows near to turns of a hash, and some that are not. */
static void fill(uint8_t *hashes, const imgmatch_pdq *turned, imx_random *random) {
    for (size_t row = 0; row < ROWS; row++) {
        uint8_t *hash = hashes + row * IMGMATCH_PDQ_BYTES;
        if (row % 5 == 0) {
            make_random(hash, random);
        } else {
            memcpy(hash, turned[imx_random_below(random, 8)].hash, IMGMATCH_PDQ_BYTES);
            flip_bits(hash, imx_random_below(random, 140), random);
        }
    }
}

static void test_every_scan_gives_the_distances_to_turns(void **state) {
    (void)state;
    static const int limits[] = {-1, 0, 1, 50, 80, 99, 128, 256};
    static uint8_t hashes[ROWS * IMGMATCH_PDQ_BYTES];
    static uint32_t rows[ROWS];
    imx_random random = {21};
    for (int round = 0; round < 20; round++) {
        imgmatch_pdq turned[8];
        make_random(turned[0].hash, &random);
        for (unsigned which = 1; which < 8; which++) {
            turn(&turned[which], &turned[0], which);
        }
        fill(hashes, turned, &random);
        imx_hash_turns turns;
        imx_hash_turns_init(&turns, turned, 8);
        assert_int_equal(turns.spread, 0);
        for (size_t l = 0; l < sizeof limits / sizeof *limits; l++) {
            const char *name = NULL;
            imx_hash_turns_fn scan;
            for (size_t v = 0; (scan = imx_hash_turns_variant(v, &name)) != NULL; v++) {
                size_t found = scan(rows, hashes, ROWS, &turns, limits[l]), at = 0;
                for (uint32_t row = 0; row < ROWS; row++) {
                    if (nearest(hashes + row * IMGMATCH_PDQ_BYTES, turned, 8) <= limits[l]) {
                        assert_true(at < found);
                        assert_int_equal(rows[at++], row);
                    }
                }
                assert_int_equal(at, found);
            }
            assert_string_equal(name, "plain");
        }
    }
}

/* Whatever the spread, and where turns are of no use, too. */
static void test_rows_near_hashes_that_are_off(void **state) {
    (void)state;
    static uint8_t hashes[ROWS * IMGMATCH_PDQ_BYTES];
    static uint32_t rows[ROWS];
    imx_random random = {22};
    for (uint32_t off = 0; off < 60; off++) {
        imgmatch_pdq queries[8];
        make_random(queries[0].hash, &random);
        for (unsigned which = 1; which < 8; which++) {
            turn(&queries[which], &queries[0], which);
            flip_bits(queries[which].hash, off, &random);
        }
        size_t count = 1 + imx_random_below(&random, 8);
        fill(hashes, queries, &random);
        imx_hash_query query;
        imx_hash_query_init(&query, queries, count);
        assert_true(query.turns.spread <= (int)off);
        int limit = (int)imx_random_below(&random, 100);
        size_t found = imx_hash_scan(rows, hashes, ROWS, &query, limit), at = 0;
        for (uint32_t row = 0; row < ROWS; row++) {
            if (nearest(hashes + row * IMGMATCH_PDQ_BYTES, queries, count) <= limit) {
                assert_true(at < found);
                assert_int_equal(rows[at++], row);
            }
        }
        assert_int_equal(at, found);
    }
}

/* Else they would be looked for the slow way, and nobody would notice. (Where a filter reaches one
 * pixel further and where the median lies makes the difference.) */
static void test_orientations_of_pictures_are_nearly_turns(void **state) {
    (void)state;
    enum { PICTURES = 20, NEAR = 20 };
    int near = 0;
    for (uint64_t seed = 1; seed <= PICTURES; seed++) {
        drawn_scene scene;
        imgmatch_pdq hashes[IMGMATCH_ORIENT_COUNT];
        imx_hash_turns turns;
        scene_make(&scene, seed, 0.8F);
        drawing picture = picture_whole(&scene, 200);
        assert_int_equal(imx_pdq_compute(hashes, picture_view(&picture), NULL), IMGMATCH_OK);
        imx_hash_turns_init(&turns, hashes, IMGMATCH_ORIENT_COUNT);
        near += turns.spread <= NEAR;
        picture_free(&picture);
    }
    assert_true(near >= PICTURES - 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_scan_gives_the_distances_to_turns),
        cmocka_unit_test(test_rows_near_hashes_that_are_off),
        cmocka_unit_test(test_orientations_of_pictures_are_nearly_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
