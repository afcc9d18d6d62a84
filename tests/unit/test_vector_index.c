/* FAISS has to give back the vectors that went in, and rank them within the error that is claimed;
 * our own inner product has to be exact. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/random.h"
#include "catalogue/inner_product.h"
#include "catalogue/vector_index.h"
#include "integration/catalogue/samples.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIMENSION 100u /* Not a multiple of any vector width. */
#define COUNT 3000u
#define GRAPH_COUNT 1000u

static imx_vector_index *build(float *vectors) {
    imx_vector_index *index = NULL;
    imx_random random = {2};
    assert_int_equal(imx_vector_index_new(&index, DIMENSION, NULL), IMGMATCH_OK);
    for (size_t i = 0; i < COUNT; i++) {
        sample_direction(vectors + i * DIMENSION, DIMENSION, &random);
    }
    /* In pieces, as it is done. */
    assert_int_equal(imx_vector_index_add(index, vectors, 1000, NULL), IMGMATCH_OK);
    assert_int_equal(imx_vector_index_add(index, vectors, 0, NULL), IMGMATCH_OK);
    assert_int_equal(
        imx_vector_index_add(index, vectors + (size_t)1000 * DIMENSION, COUNT - 1000, NULL),
        IMGMATCH_OK);
    assert_int_equal(imx_vector_index_count(index), COUNT);
    return index;
}

static void test_search_is_within_the_claimed_error(void **state) {
    (void)state;
    float *vectors = malloc(COUNT * DIMENSION * sizeof *vectors);
    assert_non_null(vectors);
    imx_vector_index *index = build(vectors);
    assert_memory_equal(imx_vector_index_vectors(index), vectors,
                        COUNT * DIMENSION * sizeof *vectors);
    imx_random random = {3};
    for (int round = 0; round < 20; round++) {
        float query[DIMENSION], scores[50];
        int64_t rows[50];
        sample_direction(query, DIMENSION, &random);
        double error = imx_vector_index_score_error(index, query);
        assert_true(error > 0 && error < 1e-4);
        assert_int_equal(imx_vector_index_search(rows, scores, index, query, 50, NULL),
                         IMGMATCH_OK);
        size_t above = 0;
        for (size_t i = 0; i < COUNT; i++) {
            above += imx_inner_product(query, vectors + i * DIMENSION, DIMENSION) >
                     (double)scores[49] + error;
        }
        assert_true(above <= 49);
        for (size_t i = 0; i < 50; i++) {
            float exact =
                imx_inner_product(query, vectors + (size_t)rows[i] * DIMENSION, DIMENSION);
            assert_true(fabs((double)exact - (double)scores[i]) <= error);
        }
    }
    imx_vector_index_free(index);
    free(vectors);
}

static void test_search_refuses_what_would_abort(void **state) {
    (void)state;
    float query[DIMENSION] = {1}, score;
    int64_t row;
    imx_vector_index *index = NULL;
    assert_int_equal(imx_vector_index_new(&index, DIMENSION, NULL), IMGMATCH_OK);
    assert_int_equal(imx_vector_index_search(&row, &score, index, query, 1, NULL),
                     IMGMATCH_ERR_INTERNAL);
    assert_int_equal(imx_vector_index_add(index, query, 1, NULL), IMGMATCH_OK);
    assert_int_equal(imx_vector_index_search(&row, &score, index, query, 0, NULL),
                     IMGMATCH_ERR_INTERNAL);
    assert_int_equal(imx_vector_index_search(&row, &score, index, query, 1, NULL), IMGMATCH_OK);
    assert_int_equal(row, 0);
    imx_vector_index_free(index);
}

static void test_inner_product_has_one_order_of_adding(void **state) {
    (void)state;
    imx_random random = {4};
    float a[DIMENSION + 3], b[DIMENSION + 3];
    for (size_t dimension = 1; dimension <= DIMENSION + 3; dimension++) {
        double sums[16] = {0};
        for (size_t i = 0; i < dimension; i++) {
            a[i] = (float)(imx_random_unit(&random) - 0.5);
            b[i] = (float)(imx_random_unit(&random) - 0.5);
            volatile double product = (double)a[i] * (double)b[i];
            sums[i % 16] += product;
        }
        for (size_t half = 8; half > 0; half /= 2) {
            for (size_t lane = 0; lane < half; lane++) {
                sums[lane] += sums[lane + half];
            }
        }
        float expected = (float)sums[0], found = imx_inner_product(a, b, dimension);
        assert_memory_equal(&expected, &found, sizeof expected);
    }
}

static void set_openmp_threads(int threads) {
    void *symbol = dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    void (*set)(int) = NULL;
    memcpy(&set, &symbol, sizeof set);
    if (set != NULL) {
        set(threads);
    }
}

/* The bytes of a graph, which are the caller's. */
static char *write_graph(size_t *size, const float *vectors) {
    imx_vector_index *graph = NULL;
    char *bytes = NULL;
    FILE *file = open_memstream(&bytes, size);
    assert_non_null(file);
    assert_int_equal(imx_vector_index_new_graph(&graph, DIMENSION, NULL), IMGMATCH_OK);
    assert_int_equal(imx_vector_index_train(graph, vectors, GRAPH_COUNT, NULL), IMGMATCH_OK);
    assert_int_equal(imx_vector_index_add(graph, vectors, GRAPH_COUNT, NULL), IMGMATCH_OK);
    assert_int_equal(imx_vector_index_write(graph, file, "memory", NULL), IMGMATCH_OK);
    assert_int_equal(fclose(file), 0);
    imx_vector_index_free(graph);
    return bytes;
}

/* An index is part of the answer: compacted twice, or on another machine, it has to be the same. */
static void test_a_graph_depends_on_its_vectors_alone(void **state) {
    (void)state;
    float *vectors = malloc(COUNT * DIMENSION * sizeof *vectors);
    assert_non_null(vectors);
    imx_vector_index_free(build(vectors));
    size_t size = 0;
    set_openmp_threads(1);
    char *expected = write_graph(&size, vectors);
    set_openmp_threads(4);
    for (int round = 0; round < 3; round++) {
        size_t found_size = 0;
        char *found = write_graph(&found_size, vectors);
        assert_int_equal(found_size, size);
        assert_memory_equal(found, expected, size);
        free(found);
    }
    free(expected);
    free(vectors);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search_is_within_the_claimed_error),
        cmocka_unit_test(test_search_refuses_what_would_abort),
        cmocka_unit_test(test_inner_product_has_one_order_of_adding),
        cmocka_unit_test(test_a_graph_depends_on_its_vectors_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
