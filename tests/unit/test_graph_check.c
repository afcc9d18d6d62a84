/* A graph that FAISS wrote is sound. One that was changed anywhere is either refused, or one that
 * FAISS can read and search: its reader and its search follow every number. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "catalogue/graph_check.h"
#include "catalogue/vector_index.h"
#include "integration/catalogue/samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIMENSION 8u
#define COUNT 600u /* Enough for a second and a third layer. */

typedef struct sample_graph {
    uint8_t *bytes;
    size_t size;
    size_t codes; /* From here on there are only numbers that lead nowhere. */
} sample_graph;

static uint64_t number_at(const sample_graph *graph, size_t at, size_t size) {
    uint64_t value = 0;
    assert_true(at + size <= graph->size);
    memcpy(&value, graph->bytes + at, size);
    return value;
}

static sample_graph make_graph(void) {
    sample_graph out = {0};
    imx_vector_index *index = NULL;
    float *vectors = malloc(COUNT * DIMENSION * sizeof *vectors);
    imx_random random = {9};
    assert_non_null(vectors);
    for (size_t i = 0; i < COUNT; i++) {
        sample_direction(vectors + i * DIMENSION, DIMENSION, &random);
    }
    assert_int_equal(imx_vector_index_new_graph(&index, DIMENSION, NULL), IMGMATCH_OK);
    assert_int_equal(imx_vector_index_train(index, vectors, COUNT, NULL), IMGMATCH_OK);
    assert_int_equal(imx_vector_index_add(index, vectors, COUNT, NULL), IMGMATCH_OK);
    FILE *file = open_memstream((char **)&out.bytes, &out.size);
    assert_non_null(file);
    assert_int_equal(imx_vector_index_write(index, file, "graph", NULL), IMGMATCH_OK);
    assert_int_equal(fclose(file), 0);
    imx_vector_index_free(index);
    free(vectors);
    out.codes = out.size - COUNT * DIMENSION;
    return out;
}

/* Where the arrays of the graph begin, behind their sizes. */
enum { ODDS, BELOW, LAYERS, STARTS, EDGES, TAIL, PLACES };

static void find_places(size_t places[PLACES], const sample_graph *graph) {
    static const size_t element_sizes[TAIL] = {8, 4, 4, 8, 4};
    size_t at = 37;
    for (int i = ODDS; i < TAIL; i++) {
        places[i] = at + 8;
        at = places[i] + (size_t)number_at(graph, at, 8) * element_sizes[i];
    }
    places[TAIL] = at;
}

static bool is_sound(const sample_graph *graph) {
    return imx_graph_is_sound(graph->bytes, graph->size, DIMENSION, COUNT);
}

/* Read it as FAISS does and look for something in it. */
static void use(const sample_graph *graph) {
    imx_vector_index *index = NULL;
    FILE *file = fmemopen(graph->bytes, graph->size, "rb");
    assert_non_null(file);
    imgmatch_status status =
        imx_vector_index_read_graph(&index, file, DIMENSION, COUNT, "graph", NULL);
    assert_int_equal(fclose(file), 0);
    if (status == IMGMATCH_OK) {
        float query[DIMENSION] = {0.5F, -0.5F, 0.5F, -0.5F};
        uint32_t rows[20];
        size_t count = 0;
        status = imx_vector_index_search_graph(rows, &count, index, query, 20, NULL);
        assert_true(status == IMGMATCH_OK && count <= 20);
        imx_vector_index_free(index);
    }
}

static void test_what_was_written_is_sound(void **state) {
    (void)state;
    sample_graph graph = make_graph();
    assert_true(is_sound(&graph));
    use(&graph);
    assert_false(imx_graph_is_sound(graph.bytes, graph.size, DIMENSION, COUNT - 1));
    assert_false(imx_graph_is_sound(graph.bytes, graph.size, DIMENSION + 1, COUNT));
    for (size_t size = 0; size < graph.size; size += size < 400 ? 1 : 97) {
        assert_false(imx_graph_is_sound(graph.bytes, size, DIMENSION, COUNT));
    }
    free(graph.bytes);
}

/* What an attacker would write: each of these would take FAISS out of its memory. */
static void test_ways_out_are_refused(void **state) {
    (void)state;
    sample_graph graph = make_graph();
    size_t places[PLACES];
    find_places(places, &graph);
    size_t vertex = 0;
    while (number_at(&graph, places[LAYERS] + 4 * vertex, 4) < 2) {
        vertex++;
    }
    size_t start = (size_t)number_at(&graph, places[STARTS] + 8 * vertex, 8);
    size_t upper = places[EDGES] + 4 * (start + number_at(&graph, places[BELOW] + 4, 4));
    size_t low_vertex = 0;
    while (number_at(&graph, places[LAYERS] + 4 * low_vertex, 4) > 1) {
        low_vertex++;
    }
    const struct {
        const char *what;
        size_t at;
        uint32_t value;
    } ways[] = {
        {"an edge to no vertex", places[EDGES], COUNT},
        {"an edge below all vertices", places[EDGES], (uint32_t)-2},
        {"an edge to a vertex that is not in the layer", upper, (uint32_t)low_vertex},
        {"an entry point that is none", places[TAIL], COUNT},
        {"no entry point", places[TAIL], UINT32_MAX},
        {"more layers than the entry point has", places[TAIL] + 4, 7},
        {"another search", places[TAIL] + 16, 2},
        {"a vertex of many layers", places[LAYERS], 5},
        {"a vertex of no layer", places[LAYERS], 0},
        {"edges that begin elsewhere", places[STARTS] + 8, 1u << 30},
        {"more edges in a layer", places[BELOW] + 4, 4096},
        {"an endless array", places[EDGES] - 8, UINT32_MAX},
        {"a quantizer of another kind", places[TAIL] + 20 + 37, 1},
        {"larger codes", places[TAIL] + 20 + 37 + 20, 4 * DIMENSION},
        {"a range to the largest float", places[TAIL] + 20 + 37 + 36, 0x7f7fffff},
        {"a range below all vectors", places[TAIL] + 20 + 37 + 36, 0xc0a00000}, /* -5. */
        {"another metric", 33, 1},
        {"an untrained index", 29, 0},
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        uint8_t before[4];
        memcpy(before, graph.bytes + ways[i].at, 4);
        memcpy(graph.bytes + ways[i].at, &ways[i].value, 4);
        if (is_sound(&graph)) {
            fail_msg("%s is not seen", ways[i].what);
        }
        memcpy(graph.bytes + ways[i].at, before, 4);
    }
    assert_true(is_sound(&graph));
    free(graph.bytes);
}

/* Every byte of the structure. */
static void test_what_is_sound_can_be_searched(void **state) {
    (void)state;
    static const uint8_t masks[] = {0x01, 0x80, 0xff};
    sample_graph graph = make_graph();
    size_t used = 0;
    imx_random random = {4};
    for (size_t at = 0; at < graph.codes; at += at < 400 ? 1 : 1 + imx_random_below(&random, 12)) {
        uint8_t mask = masks[imx_random_below(&random, 3)];
        graph.bytes[at] ^= mask;
        if (is_sound(&graph)) {
            used++;
            if (used % 16 == 0 || at < 400) {
                use(&graph);
            }
        }
        graph.bytes[at] ^= mask;
    }
    assert_true(used > 100); /* Edges to other vertices. */
    free(graph.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_written_is_sound),
        cmocka_unit_test(test_ways_out_are_refused),
        cmocka_unit_test(test_what_is_sound_can_be_searched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
