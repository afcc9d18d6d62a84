/* The scans for each kind of processor have to name the same rows as counting bit by bit. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/random.h"
#include "catalogue/hash_index.h"

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
static void fill(uint8_t *hashes, imgmatch_pdq *queries, imx_random *random) {
    for (size_t i = 0; i < IMX_HASH_QUERIES; i++) {
        for (size_t byte = 0; byte < 32; byte++) {
            queries[i].hash[byte] = (uint8_t)imx_random_next(random);
        }
    }
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

static void test_every_scan_finds_the_same_rows(void **state) {
    (void)state;
    static const int limits[] = {-1, 0, 1, 31, 63, 100, 128, 255, 256};
    imx_random random = {1};
    uint8_t *hashes = malloc(ROWS * 32);
    uint32_t *rows = malloc(ROWS * sizeof *rows);
    imgmatch_pdq queries[IMX_HASH_QUERIES] = {{.quality = 0}};
    assert_non_null(hashes);
    assert_non_null(rows);
    fill(hashes, queries, &random);
    for (size_t query_count = 1; query_count <= IMX_HASH_QUERIES; query_count++) {
        imx_hash_query query;
        imx_hash_query_init(&query, queries, query_count);
        for (size_t l = 0; l < sizeof limits / sizeof *limits; l++) {
            const char *name = NULL;
            imx_hash_scan_fn scan;
            for (size_t v = 0; (scan = imx_hash_scan_variant(v, &name)) != NULL; v++) {
                size_t found = scan(rows, hashes, ROWS, &query, limits[l]);
                size_t at = 0;
                for (size_t row = 0; row < ROWS; row++) {
                    int best = 257;
                    for (size_t q = 0; q < query_count; q++) {
                        int distance = bits_between(hashes + row * 32, queries[q].hash);
                        best = distance < best ? distance : best;
                    }
                    if (best <= limits[l]) {
                        assert_true(at < found);
                        assert_int_equal(rows[at], row);
                        at++;
                    }
                }
                assert_int_equal(at, found);
            }
            assert_string_equal(name, "plain");
        }
    }
    free(rows);
    free(hashes);
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
        cmocka_unit_test(test_distance_names_the_first_of_equal_orientations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
