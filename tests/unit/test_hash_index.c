/* The scans for each kind of processor have to name the same rows as counting bit by bit. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/random.h"
#include "catalogue/hash_index.h"
#include "fingerprint/pdq.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 5000u

static int bits_between(const uint8_t *a, const uint8_t *b) {
    int count = 0;
    for (int bit = 0; bit < 256; bit++) {
        count += ((a[bit / 8] ^ b[bit / 8]) >> (bit % 8)) & 1;
    }
    return count;
}

/* Random hashes, some of them near to the queries. */
static void fill_around(uint8_t *hashes, const imgmatch_pdq *queries, imx_random *random) {
    for (size_t row = 0; row < ROWS; row++) {
        uint8_t *hash = hashes + row * 32;
        if (imx_random_below(random, 10) > 0) {
            for (size_t byte = 0; byte < 32; byte++) {
                hash[byte] = (uint8_t)imx_random_next(random);
            }
            continue;
        }
        memcpy(hash, queries[imx_random_below(random, IMX_HASH_QUERIES)].hash, 32);
        for (uint32_t flips = imx_random_below(random, 120); flips > 0; flips--) {
            uint32_t bit = imx_random_below(random, 256);
            hash[bit / 8] = (uint8_t)(hash[bit / 8] ^ (1u << (bit % 8)));
        }
    }
}

static void fill(uint8_t *hashes, imgmatch_pdq *queries, imx_random *random) {
    for (size_t i = 0; i < IMX_HASH_QUERIES; i++) {
        for (size_t byte = 0; byte < 32; byte++) {
            queries[i].hash[byte] = (uint8_t)imx_random_next(random);
        }
    }
    fill_around(hashes, queries, random);
}

/* Each scan names exactly the rows whose `least` distance is within the limit. */
static void check_scans(const uint8_t *hashes, const imx_hash_query *query, const int *least,
                        int limit) {
    uint32_t *rows = malloc(ROWS * sizeof *rows);
    assert_non_null(rows);
    const char *name = NULL;
    imx_hash_scan_fn scan;
    for (size_t v = 0; (scan = imx_hash_scan_variant(v, &name)) != NULL; v++) {
        size_t found = scan(rows, hashes, ROWS, query, limit);
        size_t at = 0;
        for (size_t row = 0; row < ROWS; row++) {
            if (least[row] <= limit) {
                assert_true(at < found);
                assert_int_equal(rows[at], row);
                at++;
            }
        }
        assert_int_equal(at, found);
    }
    assert_string_equal(name, "plain");
    free(rows);
}

/* With one query hash, two, and so on. */
static void check_all(const uint8_t *hashes, const imgmatch_pdq *queries) {
    static const int limits[] = {-1, 0, 1, 31, 63, 80, 100, 128, 255, 256};
    int least[ROWS];
    for (size_t count = 1; count <= IMX_HASH_QUERIES; count++) {
        for (size_t row = 0; row < ROWS; row++) {
            int distance = bits_between(hashes + row * 32, queries[count - 1].hash);
            least[row] = count == 1 || distance < least[row] ? distance : least[row];
        }
        imx_hash_query query;
        imx_hash_query_init(&query, queries, count);
        for (size_t l = 0; l < sizeof limits / sizeof *limits; l++) {
            check_scans(hashes, &query, least, limits[l]);
        }
    }
}

static void test_every_scan_finds_the_same_rows(void **state) {
    (void)state;
    imx_random random = {1};
    uint8_t *hashes = malloc(ROWS * 32);
    imgmatch_pdq queries[IMX_HASH_QUERIES] = {{.quality = 0}};
    assert_non_null(hashes);
    fill(hashes, queries, &random);
    check_all(hashes, queries);
    free(hashes);
}

/* A picture of noise, with its eight orientations in another order than the library's. */
static void hash_picture(imgmatch_pdq queries[IMX_HASH_QUERIES], imx_random *random) {
    enum { SIDE = 96 };
    static const size_t order[IMX_HASH_QUERIES] = {3, 7, 0, 5, 1, 6, 2, 4};
    uint8_t *rgb = malloc(3 * SIDE * SIDE);
    imgmatch_pdq hashes[IMGMATCH_ORIENT_COUNT];
    assert_non_null(rgb);
    for (size_t i = 0; i < 3 * SIDE * SIDE; i++) {
        rgb[i] = (uint8_t)imx_random_next(random);
    }
    assert_int_equal(imx_pdq_compute(hashes, (imx_pixels){rgb, SIDE, SIDE, 3 * (size_t)SIDE}, NULL),
                     IMGMATCH_OK);
    free(rgb);
    for (size_t i = 0; i < IMX_HASH_QUERIES; i++) {
        queries[i] = hashes[order[i]];
    }
}

static void test_orientations_of_pictures_are_turns_of_two_hashes(void **state) {
    (void)state;
    imx_random random = {2};
    uint8_t *hashes = malloc(ROWS * 32);
    imgmatch_pdq queries[IMX_HASH_QUERIES];
    assert_non_null(hashes);
    for (int picture = 0; picture < 4; picture++) {
        hash_picture(queries, &random);
        imx_hash_query query;
        imx_hash_query_init(&query, queries, IMX_HASH_QUERIES);
        assert_true(query.turns.known);
        fill_around(hashes, queries, &random);
        check_all(hashes, queries);
    }
    free(hashes);
}

static void test_other_hashes_are_no_turns(void **state) {
    (void)state;
    imx_random random = {3};
    imgmatch_pdq queries[IMX_HASH_QUERIES];
    hash_picture(queries, &random);
    queries[4].hash[7] ^= 0xff; /* 16 bits in a row of the picture, */
    queries[4].hash[6] ^= 0xff;
    queries[4].hash[5] ^= 0xff; /* and as many in the next. */
    queries[4].hash[4] ^= 0xff;
    imx_hash_query query;
    imx_hash_query_init(&query, queries, IMX_HASH_QUERIES);
    assert_false(query.turns.known);
    imx_hash_query_init(&query, queries, 4);
    assert_true(query.turns.known);
}

static void test_distance_names_the_first_of_equal_orientations(void **state) {
    (void)state;
    imgmatch_pdq queries[3] = {{.quality = 0}};
    uint8_t hash[32] = {0};
    queries[0].hash[5] = 0xff;
    queries[1].hash[0] = 1;
    queries[2].hash[31] = 0x80;
    imx_hash_query query;
    imx_hash_query_init(&query, queries, 3);
    int nearest = -1;
    assert_int_equal(imx_hash_distance(&nearest, hash, &query), 1);
    assert_int_equal(nearest, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_scan_finds_the_same_rows),
        cmocka_unit_test(test_orientations_of_pictures_are_turns_of_two_hashes),
        cmocka_unit_test(test_other_hashes_are_no_turns),
        cmocka_unit_test(test_distance_names_the_first_of_equal_orientations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
