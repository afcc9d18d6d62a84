/* Codes have to be near enough to the vectors to choose by, the scans have to agree to the bit, and
 * the plan of a main index has to hold every row exactly once, equal embeddings together. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/half.h"
#include "catalogue/code_scan.h"
#include "catalogue/entry_plan.h"
#include "catalogue/inner_product.h"
#include "catalogue/ivf.h"
#include "integration/catalogue/samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DIMENSION 100u
#define ROWS 3000u

/* Enough codes that later ones are asked for ahead, and queries one by one, four together, and the
 * rest of both. */
static void test_every_scan_gives_the_same_sums(void **state) {
    (void)state;
    enum { CODES = 70, QUERIES = 6 };
    static const size_t dimensions[] = {1, 15, 16, 31, 32, 33, 64, 100, 256, 4096};
    static int8_t codes[CODES * 4096];
    static int16_t room[QUERIES][4096];
    const int16_t *queries[QUERIES];
    imx_random random = {5};
    for (size_t q = 0; q < QUERIES; q++) {
        queries[q] = room[q];
        for (size_t i = 0; i < 4096; i++) { /* The last query is as large as can be. */
            room[q][i] =
                (int16_t)(q + 1 == QUERIES ? 4095 : (int)imx_random_below(&random, 8191) - 4095);
        }
    }
    for (size_t d = 0; d < sizeof dimensions / sizeof *dimensions; d++) {
        size_t dimension = dimensions[d];
        for (size_t i = 0; i < CODES * dimension; i++) { /* So is the second code. */
            codes[i] =
                (int8_t)(i / dimension == 1 ? -127 : (int)imx_random_below(&random, 255) - 127);
        }
        const char *name = NULL;
        imx_code_scan_fn scan;
        for (size_t v = 0; (scan = imx_code_scan_variant(v, &name)) != NULL; v++) {
            for (size_t query_count = 0; query_count <= QUERIES; query_count++) {
                int32_t sums[QUERIES * CODES + 1];
                sums[query_count * CODES] = 4711;
                /* From the end, so that the largest is in it whatever the count. */
                const int16_t *const *some = queries + QUERIES - query_count;
                scan(sums, some, query_count, codes, CODES, dimension);
                for (size_t at = 0; at < query_count * CODES; at++) {
                    int64_t sum = 0;
                    for (size_t i = 0; i < dimension; i++) {
                        sum += some[at / CODES][i] * codes[at % CODES * dimension + i];
                    }
                    assert_true(sums[at] == sum);
                }
                assert_int_equal(sums[query_count * CODES], 4711);
            }
        }
        assert_string_equal(name, "plain");
    }
}

static void test_codes_are_near_their_vectors(void **state) {
    (void)state;
    imx_random random = {6};
    for (int round = 0; round < 100; round++) {
        float vector[DIMENSION];
        int8_t code[DIMENSION];
        sample_direction(vector, DIMENSION, &random);
        float scale = imx_ivf_encode(code, vector, DIMENSION);
        for (size_t i = 0; i < DIMENSION; i++) {
            assert_true(fabsf(vector[i] - scale * (float)code[i]) <= 0.501F * scale);
        }
    }
    float nothing[DIMENSION] = {0};
    int8_t code[DIMENSION];
    assert_true(imx_ivf_encode(code, nothing, DIMENSION) == 0);
    assert_int_equal(code[0], 0);
}

/* One row in three has the embedding of an earlier row. */
static void fill(imx_bulk *bulk, size_t rows) {
    imx_random random = {7};
    uint8_t hash[IMGMATCH_PDQ_BYTES] = {0};
    for (size_t row = 0; row < rows; row++) {
        float vector[DIMENSION];
        uint16_t halves[DIMENSION];
        if (row % 3 == 2) {
            size_t earlier = imx_random_below(&random, (uint32_t)row);
            memcpy(halves, bulk->halves + earlier * DIMENSION, sizeof halves);
        } else {
            sample_direction(vector, DIMENSION, &random);
            imx_half_from_float(halves, vector, DIMENSION);
        }
        imx_index_row added = {
            .seq = (int64_t)(row / 2 + 1), .view = (int)(row % 2), .hash = hash, .halves = halves};
        assert_int_equal(imx_bulk_append(bulk, &added, NULL), IMGMATCH_OK);
    }
}

static void check_plan(const imx_entry_plan *plan, const imx_bulk *bulk) {
    size_t size = DIMENSION * sizeof *bulk->halves;
    assert_int_equal(plan->entry_starts[0], 0);
    assert_int_equal(plan->entry_starts[plan->entry_count], bulk->row_count);
    for (uint32_t entry = 0; entry < plan->entry_count; entry++) {
        uint32_t first = plan->entry_starts[entry], end = plan->entry_starts[entry + 1];
        assert_true(first < end);
        for (uint32_t i = first; i < end; i++) {
            uint32_t row = plan->entry_rows[i];
            assert_true(row < bulk->row_count && plan->row_entries[row] == entry);
            assert_true(i == first || plan->entry_rows[i - 1] < row);
            assert_memory_equal(bulk->halves + row * DIMENSION,
                                bulk->halves + plan->entry_rows[first] * DIMENSION, size);
        }
    }
}

/* Entries lie in the list of the centre that is nearest, up to rounding. */
static void check_lists(const imx_entry_plan *plan, const imx_bulk *bulk) {
    assert_true(plan->list_count > 1);
    assert_int_equal(plan->list_starts[0], 0);
    assert_int_equal(plan->list_starts[plan->list_count], plan->entry_count);
    for (uint32_t list = 0; list < plan->list_count; list++) {
        for (uint32_t e = plan->list_starts[list]; e < plan->list_starts[list + 1]; e++) {
            float vector[DIMENSION];
            imx_half_to_float(
                vector, bulk->halves + (size_t)plan->entry_rows[plan->entry_starts[e]] * DIMENSION,
                DIMENSION);
            float own =
                imx_inner_product(vector, plan->centres + (size_t)list * DIMENSION, DIMENSION);
            for (uint32_t other = 0; other < plan->list_count; other++) {
                assert_true(imx_inner_product(vector, plan->centres + (size_t)other * DIMENSION,
                                              DIMENSION) <= own + 1e-5F);
            }
        }
    }
}

static void test_plan_joins_equal_embeddings(void **state) {
    (void)state;
    for (int lists = 0; lists < 2; lists++) {
        imx_bulk bulk = {.dimension = DIMENSION};
        imx_entry_plan plan, again;
        fill(&bulk, ROWS);
        assert_int_equal(bulk.item_count, ROWS / 2);
        assert_int_equal(imx_entry_plan_make(&plan, &bulk, lists == 1, NULL), IMGMATCH_OK);
        assert_int_equal(plan.entry_count, ROWS - ROWS / 3);
        check_plan(&plan, &bulk);
        if (lists == 1) {
            check_lists(&plan, &bulk);
        } else {
            assert_int_equal(plan.list_count, 0);
        }
        assert_int_equal(imx_entry_plan_make(&again, &bulk, lists == 1, NULL), IMGMATCH_OK);
        assert_memory_equal(plan.row_entries, again.row_entries, ROWS * sizeof *plan.row_entries);
        imx_entry_plan_free(&plan);
        imx_entry_plan_free(&again);
        imx_bulk_free(&bulk);
    }
}

static const uint16_t *entry_halves(const imx_entry_plan *plan, const imx_bulk *bulk, uint32_t e) {
    return bulk->halves + (size_t)plan->entry_rows[plan->entry_starts[e]] * DIMENSION;
}

/* A merged catalogue has the items of one that was made in one go in another order, and has to give
 * the same answers. */
static void test_plan_does_not_depend_on_the_order(void **state) {
    (void)state;
    imx_bulk bulk = {.dimension = DIMENSION}, turned = {.dimension = DIMENSION};
    imx_entry_plan plan, again;
    fill(&bulk, ROWS);
    for (size_t row = ROWS; row > 0; row--) {
        imx_index_row added = {.seq = (int64_t)(ROWS - row + 1),
                               .hash = bulk.hashes,
                               .halves = bulk.halves + (row - 1) * DIMENSION};
        assert_int_equal(imx_bulk_append(&turned, &added, NULL), IMGMATCH_OK);
    }
    assert_int_equal(imx_entry_plan_make(&plan, &bulk, true, NULL), IMGMATCH_OK);
    assert_int_equal(imx_entry_plan_make(&again, &turned, true, NULL), IMGMATCH_OK);
    assert_int_equal(plan.entry_count, again.entry_count);
    assert_int_equal(plan.list_count, again.list_count);
    assert_memory_equal(plan.centres, again.centres,
                        plan.list_count * DIMENSION * sizeof *plan.centres);
    assert_memory_equal(plan.list_starts, again.list_starts,
                        (plan.list_count + 1) * sizeof *plan.list_starts);
    for (uint32_t e = 0; e < plan.entry_count; e++) {
        assert_memory_equal(entry_halves(&plan, &bulk, e), entry_halves(&again, &turned, e),
                            DIMENSION * sizeof(uint16_t));
    }
    imx_entry_plan_free(&plan);
    imx_entry_plan_free(&again);
    imx_bulk_free(&bulk);
    imx_bulk_free(&turned);
}

static void test_plan_of_one_row(void **state) {
    (void)state;
    imx_bulk bulk = {.dimension = DIMENSION};
    imx_entry_plan plan;
    fill(&bulk, 1);
    assert_int_equal(imx_entry_plan_make(&plan, &bulk, true, NULL), IMGMATCH_OK);
    assert_int_equal(plan.list_count, 1);
    check_plan(&plan, &bulk);
    imx_entry_plan_free(&plan);
    imx_bulk_free(&bulk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_scan_gives_the_same_sums),
        cmocka_unit_test(test_codes_are_near_their_vectors),
        cmocka_unit_test(test_plan_joins_equal_embeddings),
        cmocka_unit_test(test_plan_does_not_depend_on_the_order),
        cmocka_unit_test(test_plan_of_one_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
