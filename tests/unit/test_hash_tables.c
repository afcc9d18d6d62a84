/* Looking up pieces has to find what a plain comparison with every row finds, at every limit that
 * it is meant for: whether all pieces that matter are looked up shows only at the edges, so for
 * each limit there are hashes exactly as far, with the bits that differ spread as evenly as they
 * can be, and one bit further. Duplicates and many rows of one value are there as well. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/random.h"
#include "catalogue/hash_tables.h"

#include <stdlib.h>
#include <string.h>

#define ROWS 6000u
#define QUERIES 8u

typedef struct fixture {
    uint8_t *hashes;
    imgmatch_pdq queries[QUERIES];
    uint32_t *starts;
    uint32_t *rows;
    imx_hash_tables tables;
} fixture;

static void flip(uint8_t *hash, size_t bit) {
    hash[bit / 8] = (uint8_t)(hash[bit / 8] ^ (1u << (bit % 8)));
}

/* `distance` bits from a query, the same number in each piece or one more, from any piece on. */
static void spread_evenly(uint8_t *hash, const imgmatch_pdq *query, size_t distance,
                          imx_random *random) {
    size_t first = imx_random_below(random, IMX_HASH_TABLES);
    size_t shift = imx_random_below(random, 16);
    memcpy(hash, query->hash, IMGMATCH_PDQ_BYTES);
    for (size_t i = 0; i < distance; i++) {
        size_t piece = (first + i) % IMX_HASH_TABLES;
        flip(hash, 16 * piece + (i / IMX_HASH_TABLES * 5 + shift) % 16);
    }
}

static int set_up(void **state) {
    fixture *self = calloc(1, sizeof *self);
    imx_random random = {77};
    self->hashes = malloc(ROWS * IMGMATCH_PDQ_BYTES);
    self->starts = malloc(IMX_HASH_STARTS_BYTES);
    self->rows = malloc(ROWS * IMX_HASH_ROWS_BYTES);
    for (size_t q = 0; q < QUERIES; q++) {
        for (size_t i = 0; i < IMGMATCH_PDQ_BYTES; i++) {
            self->queries[q].hash[i] = (uint8_t)imx_random_next(&random);
        }
    }
    for (size_t row = 0; row < ROWS; row++) {
        uint8_t *hash = self->hashes + row * IMGMATCH_PDQ_BYTES;
        uint32_t kind = imx_random_below(&random, 10);
        if (kind < 6) {
            spread_evenly(hash, &self->queries[imx_random_below(&random, QUERIES)], row % 66,
                          &random);
        } else if (kind == 6) { /* One value for hundreds of rows. */
            memcpy(hash, self->queries[0].hash, IMGMATCH_PDQ_BYTES);
        } else if (kind == 7 && row > 0) {
            memcpy(hash, hash - IMGMATCH_PDQ_BYTES, IMGMATCH_PDQ_BYTES);
        } else {
            for (size_t i = 0; i < IMGMATCH_PDQ_BYTES; i++) {
                hash[i] = (uint8_t)imx_random_next(&random);
            }
        }
    }
    imx_hash_tables_fill(self->starts, self->rows, self->hashes, ROWS);
    self->tables = (imx_hash_tables){self->starts, self->rows, self->hashes, ROWS};
    *state = self;
    return 0;
}

static int tear_down(void **state) {
    fixture *self = *state;
    free(self->hashes);
    free(self->starts);
    free(self->rows);
    free(self);
    return 0;
}

static int bits_between(const uint8_t *a, const uint8_t *b) {
    int count = 0;
    for (size_t i = 0; i < IMGMATCH_PDQ_BYTES; i++) {
        count += __builtin_popcount((unsigned)(a[i] ^ b[i]));
    }
    return count;
}

static bool is_near(const fixture *self, size_t row, size_t query_count, int limit) {
    for (size_t q = 0; q < query_count; q++) {
        if (bits_between(self->hashes + row * IMGMATCH_PDQ_BYTES, self->queries[q].hash) <= limit) {
            return true;
        }
    }
    return false;
}

static void check(const fixture *self, size_t query_count, int limit) {
    imx_hash_query query;
    imx_hash_query_init(&query, self->queries, query_count);
    uint32_t *found = NULL;
    size_t count = 0, at = 0;
    assert_true(imx_hash_tables_search(&found, &count, &self->tables, &query, limit));
    for (size_t row = 0; row < ROWS; row++) {
        if (is_near(self, row, query_count, limit)) {
            assert_true(at < count);
            assert_int_equal(found[at], row);
            at++;
        }
    }
    assert_int_equal(at, count);
    free(found);
}

static void test_every_limit_finds_what_a_comparison_finds(void **state) {
    const fixture *self = *state;
    for (int limit = 0; limit <= 63; limit++) {
        check(self, 1, limit);
        check(self, QUERIES, limit);
    }
}

static void test_tables_list_every_row_once(void **state) {
    const fixture *self = *state;
    for (size_t table = 0; table < IMX_HASH_TABLES; table++) {
        const uint32_t *starts = self->starts + table * IMX_HASH_TABLE_STARTS;
        uint8_t seen[ROWS] = {0};
        assert_int_equal(starts[0], 0);
        assert_int_equal(starts[IMX_HASH_TABLE_STARTS - 1], ROWS);
        for (size_t i = 0; i < ROWS; i++) {
            uint32_t row = self->rows[table * ROWS + i];
            assert_true(row < ROWS && seen[row]++ == 0);
        }
    }
}

static void test_no_rows_are_no_trouble(void **state) {
    const fixture *self = *state;
    imx_hash_query query;
    imx_hash_query_init(&query, self->queries, QUERIES);
    uint32_t *starts = malloc(IMX_HASH_STARTS_BYTES), rows[1], *found = NULL;
    size_t count = 99;
    assert_non_null(starts);
    imx_hash_tables_fill(starts, rows, self->hashes, 0);
    imx_hash_tables empty = {starts, rows, self->hashes, 0};
    assert_true(imx_hash_tables_search(&found, &count, &empty, &query, 31));
    assert_int_equal(count, 0);
    free(found);
    free(starts);
}

/* Tables in a file may be any, with the right checksums too. (One that is changed while it is in
 * use: test_main_index.) */
static void test_tables_that_lead_out_of_the_rows_are_refused(void **state) {
    fixture *self = *state;
    static const uint32_t rows[] = {ROWS, ROWS + 63, 0x01000000, INT32_MAX, UINT32_MAX};
    imx_hash_query query;
    imx_hash_query_init(&query, self->queries, 1);
    uint32_t *found = NULL;
    size_t count = 99;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t at = 0; at < ROWS * IMX_HASH_TABLES; at++) {
            self->rows[at] = rows[i];
        }
        assert_false(imx_hash_tables_search(&found, &count, &self->tables, &query, 15));
        assert_true(found == NULL && count == 0);
    }
    imx_hash_tables_fill(self->starts, self->rows, self->hashes, ROWS);
    assert_true(imx_hash_tables_search(&found, &count, &self->tables, &query, 15));
    assert_true(count > 0);
    free(found);
    for (size_t at = 0; at < IMX_HASH_TABLES * IMX_HASH_TABLE_STARTS; at++) {
        self->starts[at] = (uint32_t)at << 10;
    }
    assert_false(imx_hash_tables_search(&found, &count, &self->tables, &query, 15));
    assert_true(found == NULL && count == 0);
}

/* The rule only has to be sensible where there is no doubt. */
static void test_tables_pay_for_small_limits_alone(void **state) {
    const fixture *self = *state;
    imx_hash_query query;
    imx_hash_query_init(&query, self->queries, QUERIES);
    imx_hash_tables many = self->tables;
    many.count = 1000000;
    assert_true(imx_hash_tables_pay(&many, &query, 0));
    assert_true(imx_hash_tables_pay(&many, &query, 15));
    assert_false(imx_hash_tables_pay(&many, &query, 63));
    assert_false(imx_hash_tables_pay(&many, &query, 64));
    many.count = 100;
    assert_false(imx_hash_tables_pay(&many, &query, 31));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_limit_finds_what_a_comparison_finds, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_tables_list_every_row_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_rows_are_no_trouble, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tables_that_lead_out_of_the_rows_are_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_tables_pay_for_small_limits_alone, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
